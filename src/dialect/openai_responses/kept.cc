// "previous_response_id": "resp_1"     "conversation": "conv_1" or {"id": "conv_1"}
// "prompt": {"id": "pmpt_1"}           an item {"type": "item_reference", "id": "msg_1"}

#include "dialect/openai_responses/kept.h"

#include <algorithm>
#include <string>

#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {
namespace {

using chat::Message;
using chat::Part;
using json::Kind;
using json::Value;

/// The text itself, or the member "id" of the object.
std::string_view id_in(Value named) {
  const Value id = named.kind() == Kind::object ? named.find("id") : named;
  return id.kind() == Kind::text ? id.text() : std::string_view();
}

std::string id_under(const chat::Request& request, std::string_view name) {
  const json::Raw* named = find_extra(request.extras, name);
  if (named == nullptr) return {};
  const json::ScratchReader reader;
  return std::string(id_in(reader->read(named->text())));
}

std::string referred_id(const Part& part) {
  const auto* opaque = std::get_if<chat::Opaque>(&part.body);
  if (opaque == nullptr || opaque->dialect != own) return {};
  const json::ScratchReader reader;
  const Value item = reader->read(opaque->item.text());
  const Value type = item.find("type"), id = item.find("id");
  const bool refers = type.kind() == Kind::text && type.text() == "item_reference";
  return refers && id.kind() == Kind::text ? std::string(id.text()) : std::string();
}

/// Clients that send everything name the answer before all the same.
bool says_what_was_answered(const chat::Request& request) {
  return std::ranges::any_of(request.messages, [](const Message& message) {
    return message.role == chat::Role::assistant &&
           std::ranges::any_of(message.parts, [](const Part& part) {
             return !std::holds_alternative<chat::Opaque>(part.body);
           });
  });
}

chat::Failure not_found(std::string message, std::string_view param) {
  chat::Failure failure;
  failure.status = 400;
  failure.message = std::move(message);
  failure.param = param;
  return failure;
}

}  // namespace

bool names_kept(std::string_view member, Value value) {
  const bool is_name =
      member == "previous_response_id" || member == "conversation" || member == "prompt";
  return is_name && !id_in(value).empty();
}

std::optional<chat::Failure> refer_to_kept(const chat::Request& request) {
  for (const Message& message : request.messages) {
    for (const Part& part : message.parts) {
      const std::string id = referred_id(part);
      if (id.empty()) continue;
      return not_found("Item with id '" + id +
                           "' not found. Items are kept here for a while at most; set `store` to "
                           "false in the client, so that it sends them whole.",
                       "input");
    }
  }
  if (const std::string id = id_under(request, "prompt"); !id.empty()) {
    return not_found("Prompt with id '" + id + "' not found. Send its text as `instructions`.",
                     "prompt");
  }
  if (says_what_was_answered(request)) return std::nullopt;
  if (const std::string id = id_under(request, "previous_response_id"); !id.empty()) {
    chat::Failure failure =
        not_found("Previous response with id '" + id +
                      "' not found. Answers are not kept here; send the whole conversation as "
                      "`input`.",
                  "previous_response_id");
    failure.code = "previous_response_not_found";
    return failure;
  }
  if (const std::string id = id_under(request, "conversation"); !id.empty()) {
    return not_found("Conversation with id '" + id +
                         "' not found. Conversations are not kept here; send the whole of it as "
                         "`input`.",
                     "conversation");
  }
  return std::nullopt;
}

}  // namespace omni::dialect::openai_responses
