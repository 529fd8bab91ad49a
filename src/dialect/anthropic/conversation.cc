#include "dialect/anthropic/conversation.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/strings.h"
#include "dialect/ids.h"
#include "dialect/media.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Media;
using chat::Message;
using chat::Part;
using chat::Role;

constexpr std::size_t id_length_max = 64;
constexpr std::array<std::string_view, 4> image_types{"image/jpeg", "image/png", "image/gif",
                                                      "image/webp"};
constexpr std::string_view document_type = "application/pdf";

template <class Body>
bool is(const Part& part) {
  return std::holds_alternative<Body>(part.body);
}

/// A text that says nothing but its text, so that a bare string can stand for it.
bool is_plain_text(const std::vector<Part>& parts) {
  if (parts.size() != 1 || !is<chat::Text>(parts.front())) return false;
  return !parts.front().cache_control && parts.front().extras.empty();
}

bool is_on_the_web(std::string_view address) {
  return address.starts_with("https://") || address.starts_with("http://");
}

/// The loss of media that Anthropic does not take, nullptr if it does.
const LossRow* loss_of(const Media& media) {
  if (media.kind == Media::Kind::audio) return &loss::audio;
  if (media.kind == Media::Kind::video) return &loss::video;
  const bool image = media.kind == Media::Kind::image;
  switch (media.form) {
    case Media::Form::file_id:
      return &loss::file_id;
    case Media::Form::url:
      return is_on_the_web(media.payload) ? nullptr : &loss::media_url;
    case Media::Form::text:
      return image ? &loss::image : nullptr;
    case Media::Form::base64:
      break;
  }
  if (image) {
    const bool known = std::ranges::find(image_types, image_type_of(media)) != image_types.end();
    return known ? nullptr : &loss::image;
  }
  const bool known =
      media.mime_type.empty() || equals_ignoring_case(media.mime_type, document_type);
  return known || decoded_text(media) ? nullptr : &loss::document;
}

std::string mime_type_of(const Media& media) {
  if (media.kind == Media::Kind::image) return image_type_of(media);
  return std::string(media.form == Media::Form::text ? "text/plain" : document_type);
}

/// Thoughts first, calls last; within each the order in which the model said them.
int rank(const Part* part) {
  if (is<chat::Reasoning>(*part)) return 0;
  return is<chat::ToolCall>(*part) ? 2 : 1;
}

std::string_view as_it_is(std::string_view text) { return text; }

std::string_view without_trailing_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);
}

constexpr TurnRules turn_rules{.system_apart = true, .merge_users = true, .no_blank_texts = true};

}  // namespace

Conversation::Conversation(const Encoding& encoding, BlockWriter& blocks)
    : encoding_(encoding), blocks_(blocks), home_(encoding.at_home()) {
  const std::vector<Message>& messages = encoding.request.messages;
  if (home_) {
    const auto is_apart = [](const Message& message) {
      const bool system = message.role == Role::system || message.role == Role::developer;
      return system && !spelled(message.extras, among_messages);
    };
    while (head_ < messages.size() && is_apart(messages[head_])) ++head_;
    return;
  }
  turns_.emplace(encoding.request, turn_rules, encoding.losses);
  for (const Message& message : messages) {
    declare_foreign(message.extras, own, encoding.losses);
  }
}

Obstacles Conversation::obstacles() const {
  Obstacles found;
  std::vector<const Part*> parts;
  if (home_) {
    const auto& messages = encoding_.request.messages;
    const auto last = std::find_if(messages.rbegin(), messages.rend(), [](const Message& message) {
      return message.role == Role::assistant;
    });
    if (last == messages.rend()) return found;
    for (const Part& part : last->parts) parts.push_back(&part);
    // Who sends no thoughts along knows why, unless it was not he who wanted them; and it is we who
    // withhold those with a foreign seal.
    const auto is_withheld = [&](const Part& part) {
      return is<chat::Reasoning>(part) && !accepts_seal(part);
    };
    const bool imposed = encoding_.request.thinking.imposed;
    found.begun_answer = imposed && last == messages.rbegin();
    found.bare_call =
        (imposed || std::ranges::any_of(last->parts, is_withheld)) && is_bare_call(parts);
    return found;
  }
  const std::vector<Turn>& turns = turns_->turns();
  const auto is_assistant = [](const Turn& turn) { return turn.kind == Turn::Kind::assistant; };
  const auto last = std::find_if(turns.rbegin(), turns.rend(), is_assistant);
  found.begun_answer = !turns.empty() && last == turns.rbegin();
  found.bare_call = last != turns.rend() && is_bare_call(last->parts);
  return found;
}

bool Conversation::is_bare_call(const std::vector<const Part*>& parts) const {
  const auto is_call = [](const Part* part) { return is<chat::ToolCall>(*part); };
  const auto is_sealed = [&](const Part* part) {
    return is<chat::Reasoning>(*part) && accepts_seal(*part);
  };
  return std::ranges::any_of(parts, is_call) && std::ranges::none_of(parts, is_sealed);
}

/// At home thoughts may come without a seal; abroad those that have none are worth nothing.
bool Conversation::accepts_seal(const Part& part) const {
  if (!part.seal) return home_;
  if (part.seal->issuer.empty()) return home_;
  return part.seal->issuer == encoding_.hints.seal_issuer;
}

void Conversation::write(ObjectWriter& root, std::string_view words) {
  if (home_) {
    system_at_home(root);
    messages_at_home(root);
  } else {
    system_abroad(root, words);
    messages_abroad(root);
  }
}

void Conversation::system_at_home(ObjectWriter& root) {
  if (head_ == 0) return;
  const std::vector<Message>& messages = encoding_.request.messages;
  root.key("system");
  const Message& first = messages.front();
  if (head_ == 1 && spelled(first.extras, content_as_text) && is_plain_text(first.parts)) {
    root.out().text(std::get<chat::Text>(first.parts.front().body).text);
    return;
  }
  root.out().begin_array();
  for (std::size_t i = 0; i < head_; ++i) parts(messages[i].parts);
  root.out().end_array();
}

void Conversation::messages_at_home(ObjectWriter& root) {
  static constexpr auto word_of = [](Role role) -> std::string_view {
    if (role == Role::assistant) return "assistant";
    return role == Role::system || role == Role::developer ? "system" : "user";
  };
  const std::vector<Message>& messages = encoding_.request.messages;
  json::Writer& list = root.key("messages").begin_array();
  for (std::size_t i = head_; i < messages.size(); ++i) {
    ObjectWriter object(list, own);
    object.key("role").text(word_of(messages[i].role));
    content_at_home(object, messages[i]);
    object.end(messages[i].extras, encoding_.losses);
  }
  list.end_array();
}

void Conversation::content_at_home(ObjectWriter& object, const Message& message) {
  if (spelled(message.extras, content_absent) && message.parts.empty()) return;
  json::Writer& content = object.key("content");
  if (spelled(message.extras, content_as_text) && is_plain_text(message.parts)) {
    content.text(std::get<chat::Text>(message.parts.front().body).text);
    return;
  }
  content.begin_array();
  parts(message.parts);
  content.end_array();
}

void Conversation::system_abroad(ObjectWriter& root, std::string_view words) {
  std::vector<const Part*> kept;
  for (const Part* each : turns_->system()) {
    if (is<chat::Text>(*each)) {
      kept.push_back(each);
    } else if (const auto* media = std::get_if<Media>(&each->body)) {
      encoding_.losses.add(media->kind == Media::Kind::image ? loss::image : loss::document);
    } else {
      encoding_.losses.add(loss::foreign_item);
    }
  }
  if (kept.empty() && words.empty()) return;
  json::Writer& list = root.key("system").begin_array();
  for (const Part* each : kept) part(*each);
  if (!words.empty()) blocks_.text({}, words);
  list.end_array();
}

void Conversation::messages_abroad(ObjectWriter& root) {
  const std::vector<Turn>& turns = turns_->turns();
  json::Writer& list = root.key("messages").begin_array();
  for (const Turn& turn : turns) {
    if (!turn.name.empty()) encoding_.losses.add(loss::speaker_name);
    if (turn.kind == Turn::Kind::assistant) {
      const bool last = &turn == &turns.back();
      assistant(turn, last ? without_trailing_blanks : as_it_is);
      continue;
    }
    for (const Part* each : turn.parts) {
      if (!takes(*each)) continue;
      open(Role::user);
      part(*each);
    }
    for (const Part* each : std::exchange(behind_results_, {})) part(*each);
  }
  close();
  list.end_array();
}

void Conversation::assistant(const Turn& turn, std::string_view (*cut)(std::string_view)) {
  std::vector<const Part*> ordered = turn.parts;
  std::ranges::stable_sort(ordered, {}, rank);
  for (const Part* each : ordered) {
    if (is<Media>(*each)) {
      encoding_.losses.add(loss::output_media);
      continue;
    }
    if (!takes(*each)) continue;
    open(Role::assistant);
    const bool said = is<chat::Text>(*each) || is<chat::Refusal>(*each);
    if (said && each == ordered.back()) {
      text(*each, cut(is<chat::Text>(*each) ? std::get<chat::Text>(each->body).text
                                            : std::get<chat::Refusal>(each->body).text));
    } else {
      part(*each);
    }
  }
}

/// Begins a message where the one before is not of the same side.
void Conversation::open(Role role) {
  if (open_ == role) return;
  close();
  json::Writer& out = blocks_.out();
  if (!begun_ && role == Role::assistant) {
    encoding_.losses.add(loss::first_turn_added);
    out.begin_object().key("role").text("user").key("content").text("Continue.").end_object();
  }
  begun_ = true;
  open_ = role;
  out.begin_object().key("role").text(role == Role::user ? "user" : "assistant");
  out.key("content").begin_array();
}

void Conversation::close() {
  if (open_) blocks_.out().end_array().end_object();
  open_.reset();
}

bool Conversation::takes(const Part& part) {
  if (const auto* media = std::get_if<Media>(&part.body)) return home_ || takes(*media);
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return home_ || !is_blank(text->text);
  if (is<chat::Reasoning>(part)) {
    if (accepts_seal(part)) return true;
    if (part.seal) encoding_.losses.add(loss::seal);
    if (!home_) encoding_.losses.add(loss::reasoning);
    return false;
  }
  const auto* opaque = std::get_if<chat::Opaque>(&part.body);
  if (opaque == nullptr || opaque->dialect == own) return true;
  encoding_.losses.add(loss::foreign_item, type_of(*opaque));
  return false;
}

bool Conversation::takes(const Media& media) {
  const LossRow* const lost = loss_of(media);
  if (lost != nullptr) encoding_.losses.add(*lost);
  return lost == nullptr;
}

void Conversation::parts(const std::vector<Part>& parts) {
  for (const Part& each : parts) {
    if (takes(each)) part(each);
  }
}

void Conversation::part(const Part& part) {
  if (const auto* said = std::get_if<chat::Text>(&part.body)) {
    blocks_.text(part, said->text);
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    text(part, refusal->text);
  } else if (const auto* shown = std::get_if<Media>(&part.body)) {
    media(part, *shown);
  } else if (is<chat::Reasoning>(part)) {
    blocks_.reasoning(part);
  } else if (const auto* called = std::get_if<chat::ToolCall>(&part.body)) {
    call(part, *called);
  } else if (const auto* answered = std::get_if<chat::ToolResult>(&part.body)) {
    result(part, *answered);
  } else {
    blocks_.opaque(std::get<chat::Opaque>(part.body));
  }
}

void Conversation::text(const Part& part, std::string_view text) {
  if (is<chat::Refusal>(part)) encoding_.losses.add(loss::refusal_as_text);
  blocks_.text(part, text);
}

void Conversation::media(const Part& part, const Media& media) {
  if (!media.detail.empty() && media.detail != "auto") encoding_.losses.add(loss::image_detail);
  if (home_) return blocks_.media(part, media.mime_type);
  std::optional<std::string> text = decoded_text(media);
  if (!text) return blocks_.media(part, mime_type_of(media));
  Part plain = part;
  auto& document = std::get<Media>(plain.body);
  document.form = Media::Form::text;
  document.payload = *std::move(text);
  blocks_.media(plain, mime_type_of(document));
}

void Conversation::call(const Part& part, const chat::ToolCall& call) {
  if (home_) return blocks_.tool_use(part, call.id, call.name);
  blocks_.tool_use(part, id(call.id), encoding_.names.wire(call.space, call.name));
}

std::string Conversation::id(std::string_view id) {
  std::string fitting = fitting_id(id, id_length_max);
  if (fitting != id) encoding_.losses.add(loss::call_id);
  return fitting;
}

void Conversation::result(const Part& part, const chat::ToolResult& result) {
  ObjectWriter block(blocks_.out(), own);
  block.key("type").text("tool_result");
  if (home_) {
    block.key("tool_use_id").text(result.call_id);
    result_content_at_home(block, part);
  } else {
    block.key("tool_use_id").text(id(result.call_id));
    result_content_abroad(block, result);
  }
  if (result.is_error || spelled(part.extras, no_error_said)) {
    block.key("is_error").boolean(result.is_error);
  }
  blocks_.end(block, part);
}

void Conversation::result_content_at_home(ObjectWriter& block, const Part& part) {
  const auto& result = std::get<chat::ToolResult>(part.body);
  if (spelled(part.extras, content_absent) && result.content.empty()) return;
  json::Writer& content = block.key("content");
  if (spelled(part.extras, content_as_text) && is_plain_text(result.content)) {
    content.text(std::get<chat::Text>(result.content.front().body).text);
    return;
  }
  content.begin_array();
  parts(result.content);
  content.end_array();
}

/// An error must have words and may have nothing else.
void Conversation::result_content_abroad(ObjectWriter& block, const chat::ToolResult& result) {
  std::vector<const Part*> kept;
  for (const Part& each : result.content) {
    if (!takes(each)) continue;
    const bool apart = result.is_error && is<Media>(each);
    if (apart) encoding_.losses.add(loss::result_media);
    (apart ? behind_results_ : kept).push_back(&each);
  }
  if (kept.empty()) {
    if (result.is_error) block.key("content").text("Error");
    return;
  }
  json::Writer& content = block.key("content");
  if (kept.size() == 1 && is<chat::Text>(*kept.front()) && !kept.front()->cache_control) {
    content.text(std::get<chat::Text>(kept.front()->body).text);
    return;
  }
  content.begin_array();
  for (const Part* each : kept) part(*each);
  content.end_array();
}

}  // namespace omni::dialect::anthropic
