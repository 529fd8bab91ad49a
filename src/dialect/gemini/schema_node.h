#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "json/reader.h"

namespace omni::dialect::gemini {

enum class SchemaType : std::uint8_t { none, text, number, integer, boolean, array, object, null };

/// "string"; empty for none.
std::string_view word_of(SchemaType type);
/// "STRING", as Google writes it.
std::string_view googles_word_of(SchemaType type);
/// Of a word in capitals or not.
SchemaType schema_type(std::string_view word);

/// What is known of one schema, gathered from all objects that speak of it.  Whoever speaks first
/// is heard.
struct SchemaNode {
  using Names = std::vector<std::string_view>;

  SchemaType type = SchemaType::none;
  std::string_view description, format;
  std::optional<std::vector<json::Value>> values;  // of the enum
  bool nullable = false;
  std::vector<std::pair<std::string_view, json::Value>> properties;
  Names required, ordering;
  json::Value items, first_item, minimum, maximum;
  Names alternatives;  // types that were not chosen

  void set_type(SchemaType said) {
    if (type == SchemaType::none) type = said;
  }

  /// Makes of the keywords that were gathered what Google takes.  A schema that tells no type in
  /// any way gets that one.
  void settle(SchemaType otherwise);

 private:
  void settle_enum();
  SchemaType inferred(SchemaType otherwise) const;
  bool fits_format() const;
  Names existing(const Names& wanted) const;
};

}  // namespace omni::dialect::gemini
