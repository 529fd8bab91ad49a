#pragma once

#include <string_view>

namespace omni::dialect {

/// Whether a keyword of JSON Schema is no rule for the values that a schema describes.
bool is_annotation(std::string_view keyword);

}  // namespace omni::dialect
