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

chat::Extras members_of(const json::Raw& object) {
  chat::Extras extras;
  const json::ScratchReader reader;
  const json::Value root = reader->read(object.text());
  if (root.kind() != json::Kind::object) return extras;
  for (const auto [name, value] : root.members()) keep(extras, name, value);
  return extras;
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
