#pragma once

#include <string>
#include <string_view>

namespace omni::recall {

/// What of a question vectors do not tell apart, although the answer depends on it: its numbers,
/// names, code, quotations, whether something is denied, and which of two opposites is meant.  Only
/// questions with the same marks may be compared, so a partition has them in its print.
/// Denials and opposites are English ones; elsewhere the others hold.
std::string marks_of(std::string_view text);

}  // namespace omni::recall
