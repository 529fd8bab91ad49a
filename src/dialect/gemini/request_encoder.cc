// Writes what request_decoder.cc reads.  A request of this dialect goes as it came; in the
// conversation of another one the sides alternate, all results of a turn stand in one content in
// the order of their calls, and system texts stand apart.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dialect/gemini/parts.h"
#include "dialect/gemini/path.h"
#include "dialect/gemini/request.h"
#include "dialect/turns.h"

namespace omni::dialect::gemini {

using chat::Message;
using chat::Part;
using chat::Role;

namespace {

/// The contents of a conversation from abroad.  One is begun when the first part of its side is
/// written, so none is empty and no two in a row are of one side.
class Contents {
 public:
  explicit Contents(json::Writer& out) : out_(out) { out_.begin_array(); }
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;

  /// Where a part of that side goes.
  json::Writer& of(std::string_view role) {
    if (role == open_) return out_;
    close();
    out_.begin_object().key("role").text(role).key("parts").begin_array();
    open_ = role;
    return out_;
  }
  void end() {
    close();
    out_.end_array();
  }

 private:
  void close() {
    if (!open_.empty()) out_.end_array().end_object();
    open_ = {};
  }

  json::Writer& out_;
  std::string_view open_;
};

class Conversation {
 public:
  Conversation(ObjectWriter& root, const Sending& sending)
      : root_(root),
        sending_(sending),
        losses_(sending.out.losses),
        terms_{sending.hints.seal_issuer, sending.out.names, losses_, sending.home} {}

  void write_home();
  void write_foreign();

 private:
  static bool is_system(const Message& message) {
    return (message.role == Role::system || message.role == Role::developer) &&
           (spelling_of(message.extras) & in_contents) == 0;
  }
  void home_system(std::size_t count);
  void home_content(const Message& message);
  static bool home_role(ObjectWriter& object, const Message& message);
  void home_parts(ObjectWriter& object, const Message& message);
  void foreign_system(const std::vector<const Part*>& system);
  void foreign_results(Contents& contents, const Turn& turn);

  void write(json::Writer& out, const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      if (admits(part, terms_)) write_part(out, part, terms_);
    }
  }

  ObjectWriter& root_;
  const Sending& sending_;
  Losses& losses_;
  const PartTerms terms_;
};

// ---- At home

void Conversation::write_home() {
  const std::vector<Message>& messages = sending_.request.messages;
  const auto first = std::find_if_not(messages.begin(), messages.end(), is_system);
  home_system(static_cast<std::size_t>(first - messages.begin()));
  json::Writer& out = root_.key("contents");
  const bool single = sending_.has(contents_single) && messages.end() - first == 1;
  if (!single) out.begin_array();
  for (auto message = first; message != messages.end(); ++message) home_content(*message);
  if (!single) out.end_array();
}

/// The system messages at the head are one instruction.
void Conversation::home_system(std::size_t count) {
  if (count == 0) return;
  const std::vector<Message>& messages = sending_.request.messages;
  const Message& first = messages.front();
  json::Writer& out = root_.key(sending_.name(system_instruction));
  const bool text = (spelling_of(first.extras) & as_text) != 0;
  if (text && count == 1 && first.parts.size() == 1) {
    out.text(chat::text_of(first.parts.front()));
    return;
  }
  ObjectWriter object(out, own);
  if (count == 1) {
    home_parts(object, first);
  } else {
    object.key("parts").begin_array();
    for (std::size_t i = 0; i < count; ++i) write(out, messages[i].parts);
    out.end_array();
  }
  for (std::size_t i = 0; i < count; ++i) {
    home_role(object, messages[i]);
    write_kept(object, messages[i].extras, at_top, losses_);
  }
  object.end();
}

void Conversation::home_content(const Message& message) {
  ObjectWriter object(root_.out(), own);
  const bool said = (spelling_of(message.extras) & role_absent) == 0;
  if (said && !home_role(object, message))
    object.key("role").text(message.role == Role::assistant ? "model" : "user");
  home_parts(object, message);
  write_kept(object, message.extras, at_top, losses_);
  object.end();
}

/// Whether it came in a word that is not ours.
bool Conversation::home_role(ObjectWriter& object, const Message& message) {
  const json::Raw* const role = kept(message.extras, as_it_came, "role");
  if (role != nullptr) object.key("role").raw(*role);
  return role != nullptr;
}

void Conversation::home_parts(ObjectWriter& object, const Message& message) {
  const std::uint32_t spelling = spelling_of(message.extras);
  if (message.parts.empty() && (spelling & parts_absent) != 0) return;
  json::Writer& out = object.key("parts");
  const bool single = message.parts.size() == 1 && (spelling & parts_single) != 0;
  if (!single) out.begin_array();
  write(out, message.parts);
  if (!single) out.end_array();
}

// ---- From abroad

void Conversation::write_foreign() {
  TurnRules rules;
  rules.system_apart = rules.merge_users = rules.user_first = true;
  const Turns turns(sending_.request, rules, losses_);
  foreign_system(turns.system());
  Contents contents(root_.key("contents"));
  for (const Turn& turn : turns.turns()) {
    if (!turn.name.empty()) losses_.add(loss::speaker_name);
    if (turn.kind == Turn::Kind::results) {
      foreign_results(contents, turn);
      continue;
    }
    const std::string_view role = turn.kind == Turn::Kind::assistant ? "model" : "user";
    for (const Part* part : turn.parts) {
      if (admits(*part, terms_)) write_part(contents.of(role), *part, terms_);
    }
  }
  contents.end();
  for (const Message& message : sending_.request.messages)
    declare_foreign(message.extras, own, losses_);
}

/// Texts alone have a place there.
void Conversation::foreign_system(const std::vector<const Part*>& system) {
  json::Writer& out = root_.out();
  bool begun = false;
  for (const Part* part : system) {
    if (const auto* media = std::get_if<chat::Media>(&part->body)) {
      const bool image = media->kind == chat::Media::Kind::image;
      losses_.add(image ? loss::image : loss::document);
    } else if (admits(*part, terms_)) {
      if (!std::exchange(begun, true))
        root_.key(system_instruction.camel).begin_object().key("parts").begin_array();
      write_part(out, *part, terms_);
    }
  }
  if (begun) out.end_array().end_object();
}

void Conversation::foreign_results(Contents& contents, const Turn& turn) {
  for (std::size_t i = 0; i < turn.parts.size(); ++i)
    write_result(contents.of("user"), *turn.parts[i], *turn.calls[i], terms_);
  for (const Part* part : turn.parts) {
    const auto* result = std::get_if<chat::ToolResult>(&part->body);
    if (result == nullptr) continue;
    for (const Part& piece : result->content) {
      const bool media = std::holds_alternative<chat::Media>(piece.body);
      if (!media && !std::holds_alternative<chat::Opaque>(piece.body)) continue;
      if (!admits(piece, terms_)) continue;
      if (media) losses_.add(loss::result_media);
      write_part(contents.of("user"), piece, terms_);
    }
  }
}

// ---- The whole

std::size_t size_of(const std::vector<Part>& parts) {
  std::size_t size = 0;
  for (const Part& part : parts) {
    size += 96;
    if (const auto* text = std::get_if<chat::Text>(&part.body)) size += text->text.size();
    if (const auto* media = std::get_if<chat::Media>(&part.body)) size += media->payload.size();
    if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) size += call->input.size();
    if (const auto* result = std::get_if<chat::ToolResult>(&part.body))
      size += size_of(result->content);
  }
  return size;
}

/// About as long as the body will be.
std::size_t size_of(const chat::Request& request) {
  std::size_t size = 512;
  for (const Message& message : request.messages) size += size_of(message.parts);
  for (const chat::Tool& tool : request.tools) {
    size += 96 + tool.description.size() + (tool.schema ? tool.schema->text().size() : 0);
  }
  return size + size / 16;  // escapes
}

bool has_functions(const chat::Request& request) {
  return std::any_of(request.tools.begin(), request.tools.end(), [](const chat::Tool& tool) {
    return tool.kind != chat::Tool::Kind::builtin && !tool.name.empty();
  });
}

/// A Gemini client says for himself what shall be filtered; nobody else can.
void write_safety_off(ObjectWriter& root) {
  constexpr std::array<std::string_view, 5> categories{
      "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT",
      "HARM_CATEGORY_DANGEROUS_CONTENT", "HARM_CATEGORY_CIVIC_INTEGRITY"};
  json::Writer& settings = root.key("safetySettings").begin_array();
  for (const std::string_view category : categories) {
    settings.begin_object().key("category").text(category);
    settings.key("threshold").text("OFF").end_object();
  }
  settings.end_array();
}

/// A body may name the model again.
void write_rest(ObjectWriter& root, const Sending& sending) {
  const chat::Request& request = sending.request;
  if (sending.home) {
    const std::string_view model = sending.hints.model;
    if (const json::Raw* const said = kept(request.extras, as_it_came, "model")) {
      root.key("model");
      if (model.empty()) {
        root.out().raw(*said);
      } else {
        root.out().text(std::string("models/").append(model));
      }
    }
    write_kept(root, request.extras, at_top, sending.out.losses);
    return;
  }
  if (!request.end_user.empty()) sending.out.losses.add(loss::end_user);
  if (sending.hints.safety_filters_off) write_safety_off(root);
  root.extras(request.extras, sending.out.losses);
}

}  // namespace

Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints) {
  Outbound out;
  const bool home = request.source == own;
  if (!home) {
    NameRules rules;
    rules.also = "";
    rules.starts_with_letter = true;
    out.names = ToolNames(request, rules, out.losses);
  }
  const std::string_view model = hints.model.empty() ? request.model : hints.model;
  out.path = hints.stream ? path_of_stream(model) : path_of_reply(model);
  out.body.reserve(size_of(request));

  const Sending sending{
      request, hints, out, home, home ? spelling_of(request.extras) : 0, has_functions(request)};
  json::Writer writer(out.body);
  ObjectWriter root(writer, own);
  Conversation conversation(root, sending);
  if (home) {
    conversation.write_home();
  } else {
    conversation.write_foreign();
    if (Status said = check_said(request, out.body); !said) return std::move(said).error();
  }
  write_tools(root, sending);
  write_tool_config(root, sending);
  write_generation_config(root, sending);
  write_rest(root, sending);
  root.end();
  return out;
}

}  // namespace omni::dialect::gemini
