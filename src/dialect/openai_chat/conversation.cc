// The member `messages`.  At home every message goes back as it came.  Abroad Turns puts them in
// order, and they are written in the spelling that the most providers take: role "system", strings
// where one text is all there is.

#include "dialect/openai_chat/conversation.h"

#include <algorithm>
#include <utility>

#include "dialect/ids.h"
#include "dialect/turns.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Message;
using chat::Part;
using chat::Role;
using chat::ToolCall;
using chat::ToolResult;

std::string_view word_of(const Message& message) {
  switch (message.role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
    case Role::tool:
      return is_spelled(message.extras, spelled::role_function) ? "function" : "tool";
  }
  return "user";
}

std::vector<const Part*> pointers_to(const std::vector<Part>& parts) {
  std::vector<const Part*> pointers;
  pointers.reserve(parts.size());
  for (const Part& part : parts) pointers.push_back(&part);
  return pointers;
}

class ConversationWriter {
 public:
  ConversationWriter(json::Writer& out, const Addressee& to) : out_(out), to_(to) {}

  void messages(const chat::Request& request);
  void turns(const chat::Request& request);

 private:
  void message(const Message& message);
  void result_message(const Message& message, const Part& part);

  void turn(const Turn& turn);
  void assistant(const Turn& turn);
  void results(const Turn& turn);
  std::string result_text(const Part& part, std::vector<const Part*>& media);

  void assistant_members(ObjectWriter& message, Parts parts, Parts pieces,
                         const chat::Extras& extras);
  void calls(ObjectWriter& message, Parts parts);
  std::string wire_id(std::string_view id);

  json::Writer& out_;
  const Addressee& to_;
};

void ConversationWriter::messages(const chat::Request& request) {
  for (const Message& each : request.messages) {
    if (each.role != Role::tool) {
      message(each);
      continue;
    }
    for (const Part& part : each.parts) {
      if (std::holds_alternative<ToolResult>(part.body)) result_message(each, part);
    }
  }
}

void ConversationWriter::message(const Message& message) {
  const std::vector<const Part*> parts = pointers_to(message.parts);
  const std::vector<const Part*> pieces = pieces_of(parts, Place::user, to_);
  ObjectWriter object(out_, own);
  if (find_extra(message.extras, "role") == nullptr) object.key("role").text(word_of(message));
  if (!message.name.empty()) object.key("name").text(message.name);
  if (message.role == Role::assistant) {
    assistant_members(object, parts, pieces, message.extras);
  } else {
    write_content(object, pieces, message.extras, to_);
  }
  object.end(message.extras, to_.losses);
}

void ConversationWriter::result_message(const Message& message, const Part& part) {
  const auto& result = std::get<ToolResult>(part.body);
  ObjectWriter object(out_, own);
  object.key("role").text(word_of(message));
  if (!is_spelled(part.extras, spelled::made_id)) object.key("tool_call_id").text(result.call_id);
  if (!result.name.empty()) object.key("name").text(result.name);
  write_content(object, pieces_of(pointers_to(result.content), Place::user, to_), message.extras,
                to_);
  object.end(message.extras, to_.losses);
}

/// Thoughts, text, refusal, calls: the order in which they were said.
void ConversationWriter::assistant_members(ObjectWriter& message, Parts parts, Parts pieces,
                                           const chat::Extras& extras) {
  std::string refusal;
  bool calls_tools = false;
  for (const Part* part : parts) {
    const auto* refused = std::get_if<chat::Refusal>(&part->body);
    if (refused != nullptr && !is_spelled(part->extras, spelled::listed_refusal)) {
      refusal += refused->text;
    }
    calls_tools |= std::holds_alternative<ToolCall>(part->body);
  }
  write_reasoning(message, parts, to_);
  if (pieces.empty() && extras.spelling == 0 && (calls_tools || !refusal.empty())) {
    message.key("content").null();
  } else {
    write_content(message, pieces, extras, to_);
  }
  if (!refusal.empty()) message.key("refusal").text(refusal);
  calls(message, parts);
}

void ConversationWriter::calls(ObjectWriter& message, Parts parts) {
  const Part* old_call = nullptr;
  bool begun = false;
  const auto begin = [&] {
    if (!std::exchange(begun, true)) message.key("tool_calls").begin_array();
  };
  for (const Part* part : parts) {
    const auto* opaque = std::get_if<chat::Opaque>(&part->body);
    if (is_spelled(part->extras, spelled::old_call)) {
      old_call = part;
    } else if (const auto* call = std::get_if<ToolCall>(&part->body)) {
      begin();
      write_call(out_, *part, wire_id(call->id), to_);
    } else if (opaque != nullptr && is_spelled(part->extras, spelled::listed_call)) {
      begin();
      out_.raw(opaque->item);
    }
  }
  if (begun) out_.end_array();
  if (old_call != nullptr) write_old_call(message.key("function_call"), *old_call);
}

std::string ConversationWriter::wire_id(std::string_view id) {
  if (to_.home) return std::string(id);
  std::string fitting = fitting_id(id, call_id_length_max);
  if (fitting != id) to_.losses.add(loss::call_id);
  return fitting;
}

void ConversationWriter::turns(const chat::Request& request) {
  for (const Message& each : request.messages) declare_foreign(each.extras, own, to_.losses);
  const Turns conversation(request, {}, to_.losses);
  for (const Turn& each : conversation.turns()) turn(each);
}

void ConversationWriter::turn(const Turn& turn) {
  if (turn.kind == Turn::Kind::assistant) return assistant(turn);
  if (turn.kind == Turn::Kind::results) return results(turn);
  const bool user = turn.kind == Turn::Kind::user;
  const std::vector<const Part*> pieces =
      pieces_of(turn.parts, user ? Place::user : Place::elsewhere, to_);
  if (pieces.empty()) return;
  ObjectWriter message(out_, own);
  message.key("role").text(user ? "user" : "system");
  if (!turn.name.empty()) message.key("name").text(turn.name);
  write_content(message, pieces, {}, to_);
  message.end();
}

void ConversationWriter::assistant(const Turn& turn) {
  const std::vector<const Part*> pieces = pieces_of(turn.parts, Place::elsewhere, to_);
  const auto is_silent = [](const Part* part) {
    return std::holds_alternative<chat::Media>(part->body) ||
           std::holds_alternative<chat::Opaque>(part->body);
  };
  if (pieces.empty() && std::ranges::all_of(turn.parts, is_silent)) return;
  ObjectWriter message(out_, own);
  message.key("role").text("assistant");
  if (!turn.name.empty()) message.key("name").text(turn.name);
  assistant_members(message, turn.parts, pieces, {});
  message.end();
}

/// What is no text follows in a message of the user's, for results can hold nothing else.
void ConversationWriter::results(const Turn& turn) {
  std::vector<const Part*> media;
  for (const Part* part : turn.parts) {
    Part text;
    text.body = chat::Text{result_text(*part, media)};
    text.cache_control = part->cache_control;
    const auto& result = std::get<ToolResult>(part->body);
    for (const Part& piece : result.content) {
      if (piece.cache_control) text.cache_control = piece.cache_control;
    }
    declare_foreign(part->extras, own, to_.losses);

    ObjectWriter message(out_, own);
    message.key("role").text("tool");
    message.key("tool_call_id").text(wire_id(result.call_id));
    const Part* const piece = &text;
    write_content(message, Parts(&piece, 1), {}, to_);
    message.end();
  }
  if (media.empty()) return;
  to_.losses.add(loss::result_media);
  ObjectWriter message(out_, own);
  message.key("role").text("user");
  write_content(message, media, {}, to_);
  message.end();
}

std::string ConversationWriter::result_text(const Part& part, std::vector<const Part*>& media) {
  const auto& result = std::get<ToolResult>(part.body);
  std::string text;
  if (result.is_error) to_.losses.add(loss::result_error);
  bool begun = false;
  for (const Part& piece : result.content) {
    if (std::holds_alternative<chat::Text>(piece.body) ||
        std::holds_alternative<chat::Refusal>(piece.body)) {
      declare_foreign(piece.extras, own, to_.losses);
      if (std::exchange(begun, true)) text += '\n';
      text += chat::text_of(piece);
    } else {
      const Part* const other = &piece;
      const std::vector<const Part*> fitting = pieces_of(Parts(&other, 1), Place::user, to_);
      media.insert(media.end(), fitting.begin(), fitting.end());
    }
  }
  return result.is_error ? "Error: " + text : text;
}

}  // namespace

void write_messages(json::Writer& out, const chat::Request& request, const Addressee& to) {
  ConversationWriter writer(out, to);
  out.begin_array();
  to.home ? writer.messages(request) : writer.turns(request);
  out.end_array();
}

}  // namespace omni::dialect::openai_chat
