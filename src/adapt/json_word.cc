#include "adapt/json_word.h"

#include <algorithm>

#include "adapt/system_message.h"
#include "base/strings.h"
#include "dialect/format_in_words.h"

namespace omni::adapt {
namespace {

bool says_json(const chat::Part& part) {
  const auto* text = std::get_if<chat::Text>(&part.body);
  return text != nullptr && to_lower(text->text).find("json") != std::string::npos;
}

}  // namespace

void name_json(chat::Request& request) {
  if (request.format.kind != chat::OutputFormat::Kind::json) return;
  const bool said = std::ranges::any_of(request.messages, [](const chat::Message& message) {
    return std::ranges::any_of(message.parts, says_json);
  });
  if (said) return;
  request.messages.insert(request.messages.begin(),
                          system_message(dialect::format_in_words(request.format)));
}

}  // namespace omni::adapt
