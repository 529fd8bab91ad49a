#include "dialect/schema_annotation.h"

#include <algorithm>
#include <array>

namespace omni::dialect {

bool is_annotation(std::string_view keyword) {
  static constexpr std::array<std::string_view, 12> annotations{
      "$schema", "$id",     "$comment", "$defs",    "definitions", "$anchor",
      "title",   "default", "example",  "examples", "deprecated",  "readOnly"};
  return keyword.starts_with("x-") || std::ranges::find(annotations, keyword) != annotations.end();
}

}  // namespace omni::dialect
