#pragma once

#include <string>

namespace omni::dialect {

/// The Markdown of docs/wire/LOSSES.md: what each codec declares that it cannot say.
std::string losses_page();

}  // namespace omni::dialect
