// A whole answer:
//
//     {"id":"msg_…","type":"message","role":"assistant","model":"…","content":[blocks],
//      "stop_reason":"end_turn","stop_sequence":null,"usage":{…},
//      "container":null,"stop_details":null,"diagnostics":null}

#include "dialect/anthropic/reply.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/failure.h"
#include "dialect/anthropic/usage.h"
#include "dialect/error_body.h"
#include "dialect/ids.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Choice;
using chat::Extras;
using chat::Failure;
using chat::Part;
using chat::Reply;
using chat::ToolCall;
using json::Value;

constexpr std::array<std::string_view, 3> nullable{"container", "stop_details", "diagnostics"};

bool is_client_call(const Part& part) {
  const auto* call = std::get_if<ToolCall>(&part.body);
  return call != nullptr && call->runner == ToolCall::Runner::client;
}

Failure unusable(std::string message) {
  Failure failure;
  failure.status = 502;
  failure.message = std::move(message);
  return failure;
}

void read_message(Value root, Reply& reply, Choice& choice) {
  for (const auto [key, value] : root.members()) {
    if (key == "id") {
      reply.id = value.text();
    } else if (key == "model") {
      reply.model = value.text();
    } else if (key == "content") {
      if (value.is_null()) continue;
      for (const Value block : value.items()) {
        choice.parts.push_back(decode_block(block, Place::reply));
      }
    } else if (key == "stop_reason") {
      if (!value.is_null()) choice.finish_word = value.text();
    } else if (key == "stop_sequence") {
      if (!value.is_null()) choice.stop_sequence = value.text();
    } else if (key == "usage" && value.kind() == json::Kind::object) {
      reply.usage = decode_usage(value);
    } else if (key != "type" && key != "role") {
      keep(own, reply.extras, key, value);
    }
  }
}

/// What a stream said at its end stands beside the choice and counts more.
Extras joined(const Extras& of_reply, const Extras& of_choice) {
  if (of_choice.members.empty()) return of_reply;
  Extras all = of_choice;
  for (const auto& member : of_reply.members) {
    const auto same = [&](const auto& other) { return other.first == member.first; };
    if (std::ranges::none_of(of_choice.members, same)) all.members.push_back(member);
  }
  return all;
}

bool is_empty(const Part& part) {
  const bool said = std::holds_alternative<chat::Text>(part.body) ||
                    std::holds_alternative<chat::Refusal>(part.body) ||
                    std::holds_alternative<chat::Reasoning>(part.body);
  return said && !part.seal && bytes_of(part) == 0;
}

void write_content(json::Writer& out, const WireMessage& message, Losses& losses) {
  out.begin_array();
  if (message.choice != nullptr) {
    std::size_t number = 0;
    for (const Part& part : message.choice->parts) {
      if (!message.at_home && is_empty(part)) continue;
      if (takes_reply_part(message, part, losses)) {
        write_reply_part(out, part, message, number++, losses);
      }
    }
  }
  out.end_array();
}

std::size_t estimate(const Reply& reply) {
  std::size_t bytes = 1024;
  for (const Choice& choice : reply.choices) {
    for (const Part& part : choice.parts) bytes += bytes_of(part) + 256;
  }
  return bytes + bytes / 16;
}

}  // namespace

std::variant<Reply, Failure> decode_reply(std::string_view body) {
  if (is_blank(body)) return unusable("Provider returned empty content");
  json::ScratchReader reader;
  const Value root = reader->read(body, Error::Kind::upstream);
  if (root.kind() != json::Kind::object) {
    if (body.find_first_not_of(" \t\r\n") == body.find('<')) return read_error_body(502, body);
    return unusable("Invalid JSON response from provider");
  }
  if (!root.find("content") && !root.find("stop_reason")) return failure_of(root);
  Reply reply;
  reply.source = own;
  Choice& choice = reply.choices.emplace_back();
  read_message(root, reply, choice);
  if (Status read = reader->finish(); !read) return Failure::of(read.error());
  choice.finish = finish_of(choice.finish_word);
  if (choice.finish == chat::Finish::stop && std::ranges::any_of(choice.parts, is_client_call)) {
    choice.finish = chat::Finish::tool_calls;
  }
  return reply;
}

std::string message_id(std::string_view id, const ReplyStyle& style, const WireMessage& message) {
  if (message.at_home && !id.empty()) return std::string(id);
  return prefixed_id("msg_", id.empty() ? style.id : id);
}

bool takes_reply_part(const WireMessage& message, const Part& part, Losses& losses) {
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (opaque->dialect == own) return true;
    losses.add(loss::foreign_item, type_of(*opaque));
    return false;
  }
  if (std::holds_alternative<chat::Media>(part.body)) {
    losses.add(loss::output_media);
    return false;
  }
  const auto* call = std::get_if<ToolCall>(&part.body);
  const bool hosted =
      call != nullptr && call->runner == ToolCall::Runner::provider && !message.at_home;
  if (hosted || std::holds_alternative<chat::ToolResult>(part.body)) {
    losses.add(loss::hosted_call);
    return false;
  }
  if (std::holds_alternative<chat::Refusal>(part.body)) losses.add(loss::refusal_as_text);
  return true;
}

void write_reply_part(json::Writer& out, const Part& part, const WireMessage& message,
                      std::size_t number, Losses& losses) {
  using Members = BlockWriter::Members;
  BlockWriter blocks(out, losses, message.at_home ? Members::as_they_came : Members::all);
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return blocks.text(part, text->text);
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) return blocks.opaque(*opaque);
  if (std::holds_alternative<chat::Reasoning>(part.body)) return blocks.reasoning(part);
  const auto* call = std::get_if<ToolCall>(&part.body);
  if (call == nullptr) return blocks.text(part, chat::text_of(part));
  if (!call->id.empty() || message.at_home) return blocks.tool_use(part, call->id, call->name);
  blocks.tool_use(part, made_id("toolu_", message.id, 0, static_cast<int>(number)), call->name);
}

void write_message(json::Writer& out, const WireMessage& message, Losses& losses) {
  ObjectWriter object(out, own);
  object.key("id").text(message.id);
  object.key("type").text("message");
  object.key("role").text("assistant");
  object.key("model").text(message.model);
  write_content(object.key("content"), message, losses);
  const Choice* choice = message.choice;
  object.key("stop_reason");
  if (choice != nullptr) {
    const std::string_view word = message.at_home ? std::string_view(choice->finish_word) : "";
    out.text(stop_reason_of(choice->finish, word, choice->stop_sequence));
  } else {
    out.null();
  }
  object.key("stop_sequence");
  if (choice != nullptr && !choice->stop_sequence.empty()) {
    out.text(choice->stop_sequence);
  } else {
    out.null();
  }
  object.key("usage");
  write_usage(out, message.usage, choice != nullptr ? UsageOf::reply : UsageOf::message_start);
  if (!message.at_home) {
    for (const std::string_view name : nullable) object.key(name).null();
  }
  if (message.extras != nullptr) object.extras(*message.extras, losses);
  object.end();
}

std::string encode_reply(const Reply& reply, const ReplyStyle& style, Losses& losses) {
  static const Choice none;
  const bool at_home = reply.source == own;
  const Choice& choice = reply.choices.empty() ? none : reply.choices.front();
  if (reply.choices.size() > 1) losses.add(loss::extra_choices);
  const Extras extras = joined(reply.extras, choice.extras);
  WireMessage message;
  message.at_home = at_home;
  message.id = message_id(reply.id, style, message);
  message.model = style.model.empty() ? std::string_view(reply.model) : style.model;
  message.choice = &choice;
  message.usage = reply.usage ? &*reply.usage : nullptr;
  message.extras = &extras;
  std::string body;
  body.reserve(estimate(reply));
  json::Writer out(body);
  write_message(out, message, losses);
  return body;
}

std::span<const LossRow* const> reply_losses() {
  static constexpr std::array rows{
      &loss::foreign_member,   &loss::foreign_item,  &loss::refusal_as_text, &loss::hosted_call,
      &loss::broken_arguments, &loss::extra_choices, &loss::output_media};
  return rows;
}

}  // namespace omni::dialect::anthropic
