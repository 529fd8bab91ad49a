#pragma once

#include <string>
#include <string_view>

namespace omni {

/// Appends `text` with every byte escaped that is no letter, no digit and not among `plain`.
void append_percent_encoded(std::string& out, std::string_view text, std::string_view plain);

}  // namespace omni
