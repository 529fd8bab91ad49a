// Small helpers for members that have no typed place.

#include "dialect/openai_responses/wire.h"

#include <algorithm>

#include "dialect/object_writer.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::openai_responses {

const Ending& ending_of(chat::Finish finish) {
  const auto row = std::find_if(endings.begin(), endings.end(),
                                [&](const Ending& ending) { return ending.finish == finish; });
  return row == endings.end() ? endings.front() : *row;
}

void keep(chat::Extras& extras, std::string_view name, json::Value value) {
  extras.dialect = own;
  extras.members.emplace_back(extra_name(name), value.raw());
}

void keep_spelling(chat::Extras& extras, std::string_view name, json::Value value) {
  extras.dialect = own;
  extras.members.emplace_back(std::string(1, carried).append(name), value.raw());
}

const json::Raw* find_extra(const chat::Extras& extras, std::string_view name) {
  if (extras.dialect != own) return nullptr;
  for (const auto& [key, value] : extras.members) {
    if (wire_name(key) == name) return &value;
  }
  return nullptr;
}

chat::Extras members_of(const json::Raw& object) {
  chat::Extras extras;
  const json::ScratchReader reader;
  const json::Value root = reader->read(object.text());
  if (root.kind() != json::Kind::object) return extras;
  for (const auto [name, value] : root.members()) keep(extras, name, value);
  return extras;
}

json::Raw object_of(const json::RawMembers& members) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const auto& [name, value] : members) out.key(wire_name(name)).raw(value);
  out.end_object();
  return json::Raw::trusted(std::move(text));
}

bool is_piece(const chat::Part& part) {
  if (std::holds_alternative<chat::Opaque>(part.body))
    return is_spelled(part.extras, spelled::in_content);
  return std::holds_alternative<chat::Text>(part.body) ||
         std::holds_alternative<chat::Refusal>(part.body) ||
         std::holds_alternative<chat::Media>(part.body);
}

std::string type_of(const json::Raw& item) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(item.text());
  if (root.kind() != json::Kind::object) return {};
  const json::Value type = root.find("type");
  return type.kind() == json::Kind::text ? std::string(type.text()) : std::string();
}

}  // namespace omni::dialect::openai_responses
