#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/quirk.h"
#include "chat/dialect.h"
#include "json/reader.h"
#include "json/unescape.h"

namespace omni::catalog {

/// A member of an object in a file: its name, and how it is read into what the object stands for.
template <class Subject>
struct MemberRow {
  std::string_view name;
  void (*read)(Subject& into, json::Value value);
};

/// Reads an object by a table of at most 64 rows, of which each may come once and no other may.
template <class Subject>
void read_members(json::Value object, std::span<const MemberRow<Subject>> rows, Subject& into) {
  std::uint64_t seen = 0;
  std::size_t at = 0;  // files mostly keep to the order of the table
  for (const auto [key, value] : object.members()) {
    std::size_t tried = 0;
    while (tried < rows.size() && rows[at].name != key) {
      at = (at + 1) % rows.size();
      ++tried;
    }
    const std::uint64_t bit = std::uint64_t{1} << at;
    if (tried == rows.size()) return value.refuse("there is no such member");
    if ((seen & bit) != 0) return value.refuse("stands here twice");
    seen |= bit;
    rows[at].read(into, value);
  }
}

template <class Subject>
std::vector<std::string_view> names_of(std::span<const MemberRow<Subject>> rows) {
  std::vector<std::string_view> names;
  for (const MemberRow<Subject>& row : rows) names.push_back(row.name);
  return names;
}

/// A word out of those that `named` knows.
template <class Value>
Value read_word(json::Value value, std::optional<Value> (*named)(std::string_view)) {
  const std::string_view text = value.text();
  if (!value) return {};
  const std::optional<Value> known = named(text);
  if (!known) value.refuse("there is no \"" + json::presentable(text) + "\"");
  return known.value_or(Value{});
}

/// What catalogue files have in common.
std::vector<std::string> read_texts(json::Value list);
std::vector<chat::Dialect> read_dialects(json::Value list);
Quirks read_quirks(json::Value list);
std::optional<chat::Dialect> dialect_named(std::string_view name);

}  // namespace omni::catalog
