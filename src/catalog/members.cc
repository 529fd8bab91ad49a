#include "catalog/members.h"

#include <algorithm>

namespace omni::catalog {

std::vector<std::string> read_texts(json::Value list) {
  std::vector<std::string> texts;
  for (const json::Value item : list.items()) {
    const std::string_view text = item.text();
    if (item && text.empty()) item.refuse("must not be empty");
    if (std::find(texts.begin(), texts.end(), text) != texts.end()) {
      item.refuse("stands here twice");
    }
    texts.emplace_back(text);
  }
  return texts;
}

std::vector<chat::Dialect> read_dialects(json::Value list) {
  std::vector<chat::Dialect> dialects;
  for (const json::Value item : list.items()) dialects.push_back(read_word(item, dialect_named));
  return dialects;
}

Quirks read_quirks(json::Value list) {
  Quirks quirks;
  for (const json::Value item : list.items()) {
    const Quirk quirk = read_word(item, quirk_named);
    if (item && quirks.has(quirk)) item.refuse("stands here twice");
    quirks.add(quirk);
  }
  return quirks;
}

std::optional<chat::Dialect> dialect_named(std::string_view name) {
  for (const chat::Dialect dialect : chat::all_dialects) {
    if (chat::name_of(dialect) == name) return dialect;
  }
  return std::nullopt;
}

}  // namespace omni::catalog
