#pragma once

#include <optional>
#include <string_view>

#include "json/raw.h"

namespace omni::dialect::anthropic {

struct AnswerSchema {
  std::optional<json::Raw> schema;  // none: nothing like it is taken
  bool simplified = false;          // it allows more or less than what it came from
};

/// A JSON Schema reduced to what Anthropic takes for the form of an answer: every object is closed,
/// and what is no keyword there is left out.  Nothing is left of a schema that refers to itself or
/// to another document, or that would allow almost nothing once it is closed, as a map does.
AnswerSchema answer_schema(std::string_view schema);

}  // namespace omni::dialect::anthropic
