#pragma once

#include <string>
#include <string_view>

namespace omni::upstream {

/// A JSON value that fits a JSON Schema: required members only, the first of several choices, the
/// least that is allowed.  Patterns, `not` and conditions are not looked at.  Always valid JSON and
/// always the same for the same schema; `{}` for a text that is no schema.
std::string sample_of(std::string_view schema);

}  // namespace omni::upstream
