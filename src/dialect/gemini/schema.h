#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "json/raw.h"
#include "json/reader.h"

namespace omni::dialect::gemini {

struct CleanSchema {
  json::Raw schema;
  bool simplified = false;  // it allows more or less than what it came from
  bool empty = false;       // an object without properties
};

/// A JSON Schema reduced to what every Gemini model takes as `parameters` or `responseSchema`:
/// references put in their places, constants and alternatives made into what there is for them,
/// all other keywords left out.  The names of properties are never touched.  Cleaning twice gives
/// the same as once.  What is too deep, refers to itself or grows too much becomes
/// {"type":"OBJECT"}, and so does what is no schema at all.
CleanSchema clean_schema(std::string_view schema);

/// The other way: Google's own schema, with types in capitals, `nullable`, and numbers in strings,
/// as JSON Schema; nothing where it is that already.
std::optional<json::Raw> to_json_schema(json::Value schema);

/// What words a schema has: Google's own, or perhaps, for some clients write those everywhere.
enum class Words : std::uint8_t { googles, unsure };

/// Reads a schema as JSON Schema.  False where the original has to be kept, because it was in other
/// words or is none.
bool read_schema(std::optional<json::Raw>& schema, json::Value value, Words words);
/// What to write for it at home: the original that was kept, while the schema is still what that
/// was read as.
const json::Raw& spelled_at_home(const json::Raw& schema, const json::Raw* original);

/// Whether a text has types in capitals, which JSON Schema does not know.
bool has_capital_types(std::string_view schema);

}  // namespace omni::dialect::gemini
