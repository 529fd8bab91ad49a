// {"id": "chatcmpl-…", "object": "chat.completion", "created": 1700000000, "model": "gpt-5",
//  "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": null},
//               "logprobs": null, "finish_reason": "stop"}],
//  "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}}
//
// Members of a choice that have no name in the model are its extras; those of its message stand
// among them as an object of the name "message".

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/strings.h"
#include "dialect/openai_chat/message.h"
#include "dialect/openai_failure.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Choice;
using chat::Failure;
using chat::Finish;
using chat::Part;
using chat::Reply;
using chat::ToolCall;
using json::Kind;
using json::Value;

Failure failure_of(std::string_view message) {
  Failure failure;
  failure.status = 502;
  failure.message = message;
  return failure;
}

void read_content(Value content, Choice& choice) {
  if (!content) return spell(choice.extras, spelled::no_message_content);
  if (content.is_null()) return spell(choice.extras, spelled::null_message_content);
  if (content.kind() == Kind::array) {
    for (const Value piece : content.items()) {
      std::optional<Part> thought = read_thinking_piece(piece);
      choice.parts.push_back(thought ? std::move(*thought) : read_piece(piece));
    }
  } else {
    const std::string_view text = content.text();
    if (text.empty()) return spell(choice.extras, spelled::empty_content);
    choice.parts.emplace_back().body = chat::Text{std::string(text)};
  }
}

void read_message(Value object, Choice& choice) {
  Rest rest;
  bool refuses = false;  // or says that it does not
  std::vector<Part> pictures;
  const WireMessage message =
      WireMessage::read(object, chat::Role::assistant, [&](std::string_view key, Value value) {
        refuses |= key == "refusal";
        if (key != "images" || !read_pictures(value, pictures)) rest.add(key, value);
      });
  if (!refuses && !message.refusal) spell(choice.extras, spelled::no_refusal);
  if (message.name) rest.add("name", message.name);
  std::move(rest).keep_as("message", choice.extras);
  read_reasoning(message, choice.parts);
  read_content(message.content, choice);
  std::move(pictures.begin(), pictures.end(), std::back_inserter(choice.parts));
  if (message.refusal) {
    choice.parts.emplace_back().body = chat::Refusal{std::string(message.refusal.text())};
  }
  if (message.tool_calls) {
    for (const Value item : message.tool_calls.items()) choice.parts.push_back(read_call(item));
  }
  if (message.function_call) choice.parts.push_back(read_old_call(message.function_call));
}

bool is_call(const Part& part) {
  const auto* call = std::get_if<ToolCall>(&part.body);
  return call != nullptr && call->runner == ToolCall::Runner::client;
}

/// Whoever calls a tool waits for its result, whatever the provider calls that.
void set_finish(std::string_view word, Choice& choice) {
  choice.finish = finish_of(word);
  choice.finish_word = word;
  const bool cut = choice.finish == Finish::length || choice.finish == Finish::content_filter;
  if (cut || choice.finish == Finish::tool_calls) return;
  if (std::ranges::any_of(choice.parts, is_call)) {
    choice.finish = Finish::tool_calls;
    choice.finish_word.clear();
  }
}

/// Says whether the choice broke off, as OpenRouter tells it.
std::optional<Failure> read_choice(Value object, Choice& choice) {
  std::string_view word;
  bool failed = false;
  for (const auto [key, value] : object.members()) {
    if (key == "message" && !value.is_null()) {
      read_message(value, choice);
    } else if (key == "finish_reason" && value.kind() == Kind::text) {
      word = value.text();
    } else if (key == "stop_reason" && is_stop_sequence(text_if(value))) {
      choice.stop_sequence = value.text();
    } else if (key == "error" && openai::is_failure(value)) {
      failed = true;
    } else if (key != "index" && key != "finish_reason") {
      keep(choice.extras, key, value);
    }
  }
  if (find_extra(choice.extras, "logprobs") == nullptr) spell(choice.extras, spelled::no_logprobs);
  if (failed) return openai::read_failure(object);
  if (word == broken_off) return broken_off_failure();
  set_finish(word, choice);
  return std::nullopt;
}

/// Members that only the whole reply has; false for any other, and for one of an odd kind.
bool read_head(std::string_view key, Value value, Reply& reply) {
  if (key == "object") return true;  // always the same
  if (key == "id" && value.kind() == Kind::text) {
    reply.id = value.text();
  } else if (key == "model" && value.kind() == Kind::text) {
    reply.model = value.text();
  } else if (key == "created" && value.kind() == Kind::number) {
    reply.created = whole_part(value);
  } else {
    return false;
  }
  return true;
}

class ReplyWriter {
 public:
  ReplyWriter(const Reply& reply, const ReplyStyle& style, Losses& losses, std::string& body)
      : reply_(reply),
        style_(style),
        losses_(losses),
        home_(reply.source == own),
        ids_(reply.source, reply.id, style),
        to_{.losses = losses,
            .names = no_names_,
            .home = home_,
            .custom_tools = true,
            .every_seal = true},
        out_(body) {}

  void write() {
    ObjectWriter object(out_, own);
    object.key("id").text(ids_.reply());
    object.key("object").text("chat.completion");
    object.key("created").integer(reply_.created != 0 ? reply_.created : style_.now);
    object.key("model").text(style_.model.empty() ? std::string_view(reply_.model) : style_.model);
    object.key("choices").begin_array();
    int index = 0;
    for (const Choice& each : reply_.choices) choice(each, index++);
    out_.end_array();
    if (reply_.usage) write_usage(object.key("usage"), *reply_.usage);
    object.end(reply_.extras, losses_);
  }

 private:
  void choice(const Choice& choice, int index);
  void message(const Choice& choice, int index);
  void calls(ObjectWriter& message, const Choice& choice, int index);
  /// Whether the part stands in a list as the content: at home, where the provider's own list had
  /// pieces that no model knows, such as references.
  bool is_listed(const Choice& choice, const Part& part) const;
  /// What is no text, no thought, no picture and no call.
  void declare(const Part& part);

  const Reply& reply_;
  const ReplyStyle& style_;
  Losses& losses_;
  const bool home_;
  const ClientIds ids_;
  const ToolNames no_names_;
  const Addressee to_;
  json::Writer out_;
};

void ReplyWriter::choice(const Choice& choice, int index) {
  ObjectWriter object(out_, own);
  object.key("index").integer(index);
  object.key("message");
  message(choice, index);
  if (!is_spelled(choice.extras, spelled::no_logprobs) &&
      find_extra(choice.extras, "logprobs") == nullptr) {
    object.key("logprobs").null();
  }
  if (choice.finish == Finish::paused && !home_) losses_.add(loss::finish_reason);
  object.key("finish_reason")
      .text(finish_word(choice.finish, home_ ? std::string_view(choice.finish_word) : ""));
  if (home_ && !choice.stop_sequence.empty()) object.key("stop_reason").text(choice.stop_sequence);
  object.end(choice.extras, losses_);
}

void ReplyWriter::message(const Choice& choice, int index) {
  std::string text;
  std::string refusal;
  std::vector<const Part*> parts;
  std::vector<const Part*> pictures;
  std::vector<const Part*> pieces;  // of a content that only a list can say
  bool called = false;
  for (const Part& part : choice.parts) {
    parts.push_back(&part);
    called |= is_call(part);
    if (is_listed(choice, part)) {
      pieces.push_back(&part);
      continue;
    }
    if (const auto* said = std::get_if<chat::Text>(&part.body)) {
      text += said->text;
    } else if (const auto* refused = std::get_if<chat::Refusal>(&part.body)) {
      refusal += refused->text;
    } else if (const auto* media = std::get_if<chat::Media>(&part.body);
               media != nullptr && is_picture(*media)) {
      pictures.push_back(&part);
      continue;
    } else {
      declare(part);
      continue;
    }
    declare_foreign(part.extras, own, losses_);
  }
  const bool silent = called || !refusal.empty()
                          ? !is_spelled(choice.extras, spelled::empty_content)
                          : is_spelled(choice.extras, spelled::null_message_content);
  ObjectWriter object(out_, own);
  object.key("role").text("assistant");
  if (!pieces.empty()) {
    write_list(object.key("content"), pieces, to_);
  } else if (!text.empty() || !is_spelled(choice.extras, spelled::no_message_content)) {
    json::Writer& content = object.key("content");
    text.empty() && silent ? content.null() : content.text(text);
  }
  if (!refusal.empty() || !is_spelled(choice.extras, spelled::no_refusal)) {
    json::Writer& refused = object.key("refusal");
    refusal.empty() ? refused.null() : refused.text(refusal);
  }
  write_reasoning(object, parts, to_);
  if (!pictures.empty()) write_list(object.key("images"), pictures, to_);
  calls(object, choice, index);
  end_with_rest(object, choice.extras, "message");
}

bool ReplyWriter::is_listed(const Choice& choice, const Part& part) const {
  const auto is_foreign_piece = [](const Part& other) {
    const auto* opaque = std::get_if<chat::Opaque>(&other.body);
    return opaque != nullptr && opaque->dialect == own &&
           !is_spelled(other.extras, spelled::listed_call);
  };
  if (!home_ || std::ranges::none_of(choice.parts, is_foreign_piece)) return false;
  return std::holds_alternative<chat::Text>(part.body) || is_foreign_piece(part);
}

void ReplyWriter::declare(const Part& part) {
  if (std::holds_alternative<chat::Media>(part.body)) {
    losses_.add(loss::output_media);
  } else if (std::holds_alternative<chat::ToolResult>(part.body)) {
    losses_.add(loss::hosted_call);
  } else if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (!is_spelled(part.extras, spelled::listed_call)) {
      losses_.add(loss::foreign_item, type_of(opaque->item));
    }
  }
}

void ReplyWriter::calls(ObjectWriter& message, const Choice& choice, int index) {
  const Part* old_call = nullptr;
  bool begun = false;
  const auto begin = [&] {
    if (!std::exchange(begun, true)) message.key("tool_calls").begin_array();
  };
  for (std::size_t i = 0; i < choice.parts.size(); ++i) {
    const Part& part = choice.parts[i];
    const auto* opaque = std::get_if<chat::Opaque>(&part.body);
    const auto* call = std::get_if<ToolCall>(&part.body);
    if (is_spelled(part.extras, spelled::old_call)) {
      old_call = &part;
    } else if (call != nullptr && call->runner == ToolCall::Runner::provider) {
      losses_.add(loss::hosted_call, call->name);
    } else if (call != nullptr) {
      begin();
      write_call(out_, part, ids_.of_call(*call, index, static_cast<int>(i), losses_), to_);
    } else if (opaque != nullptr && is_spelled(part.extras, spelled::listed_call)) {
      begin();
      out_.raw(opaque->item);
    }
  }
  if (begun) out_.end_array();
  if (old_call != nullptr) write_old_call(message.key("function_call"), *old_call);
}

}  // namespace

std::variant<Reply, Failure> decode_reply(std::string_view body) {
  const json::ScratchReader reader;
  const Value root = reader->read(body, Error::Kind::upstream);
  if (root.kind() != Kind::object) {
    return failure_of(trim(body).empty() ? "Provider returned empty content"
                                         : "Invalid JSON response from provider");
  }
  Reply reply;
  reply.source = own;
  Value choices;
  chat::Service service{};
  for (const auto [key, value] : root.members()) {
    if (key == "choices" && !value.is_null()) {
      choices = value;
    } else if (key == "error" && openai::is_failure(value)) {
      return openai::read_failure(root);
    } else if (key == "usage" && value.kind() == Kind::object) {
      reply.usage = read_usage(value);
      if (!reply.usage) keep(reply.extras, key, value);
    } else if (!read_head(key, value, reply)) {
      if (key == "service_tier") service = chat::service_of(text_if(value));
      keep(reply.extras, key, value);
    }
  }
  if (reply.usage) reply.usage->service = service;
  for (const Value each : choices.items()) {
    if (auto failure = read_choice(each, reply.choices.emplace_back())) return *std::move(failure);
  }
  if (Status read = reader->finish(); !read) return failure_of(read.error().message());
  if (reply.choices.empty()) return failure_of("Provider returned empty content");
  return reply;
}

std::string encode_reply(const Reply& reply, const ReplyStyle& style, Losses& losses) {
  std::string body;
  std::size_t bytes = 1024;
  for (const Choice& choice : reply.choices) {
    for (const Part& part : choice.parts) bytes += 128 + size_of(part);
  }
  body.reserve(bytes + bytes / 8);
  ReplyWriter(reply, style, losses, body).write();
  return body;
}

}  // namespace omni::dialect::openai_chat
