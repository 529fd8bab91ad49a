#pragma once

#include <string_view>

namespace omni::json {

/// Whether `text` may stand between the quotes of a JSON string and says there what it is: valid
/// UTF-8 without quotes, backslashes and control characters.
bool is_plain(std::string_view text);

}  // namespace omni::json
