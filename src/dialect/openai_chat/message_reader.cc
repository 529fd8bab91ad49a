// {"role": "assistant", "content": "…" | [{"type": "text", "text": "…"}, …] | null,
//  "refusal": "…", "reasoning_content": "…",
//  "tool_calls": [{"id": "…", "type": "function", "function": {"name": "…", "arguments": "{…}"}}]}
//
// Every piece of content is {"type": T, T: …}.  Thoughts have three names, all of them inventions
// of providers: reasoning_content, reasoning, and reasoning_details, a list that also carries
// seals.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "dialect/media.h"
#include "dialect/openai_chat/message.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Media;
using chat::Part;
using chat::Role;
using chat::ToolCall;
using json::Kind;
using json::Value;

struct Slot {
  std::string_view key;
  Value WireMessage::*value;
  std::optional<Role> role;  // of the only role that has it
};
constexpr std::array<Slot, 10> slots{{
    {"role", &WireMessage::role, {}},
    {"content", &WireMessage::content, {}},
    {"name", &WireMessage::name, {}},
    {"tool_call_id", &WireMessage::tool_call_id, Role::tool},
    {"tool_calls", &WireMessage::tool_calls, Role::assistant},
    {"refusal", &WireMessage::refusal, Role::assistant},
    {"reasoning_content", &WireMessage::reasoning_content, Role::assistant},
    {"reasoning", &WireMessage::reasoning, Role::assistant},
    {"reasoning_details", &WireMessage::reasoning_details, Role::assistant},
    {"function_call", &WireMessage::function_call, Role::assistant},
}};

/// `stood_as` is the kind of media that the piece's type is for; where the data are of another one,
/// a bit remembers the piece.
void set_media(Part& part, Media media, Media::Kind stood_as, std::uint32_t bit) {
  if (media.kind != stood_as) spell(part.extras, bit);
  part.body = std::move(media);
}

/// False where a data URI has more to it, such as the name of a file, than we would write.
bool set_url(Part& part, Media& media, std::string_view url) {
  const auto data = parse_data_uri(url);
  if (!data) {
    media.form = Media::Form::url;
    media.payload = url;
    return true;
  }
  media.form = Media::Form::base64;
  media.mime_type = data->mime_type;
  media.payload = data->base64;
  media.kind = media_kind_of(media);
  std::string head;
  const bool image = media.kind == Media::Kind::image;
  append_data_uri(head, image ? image_type_of(media) : media.mime_type, {});
  const bool plain = url.starts_with(head) && url.size() == head.size() + media.payload.size();
  if (!plain) spell(part.extras, spelled::odd_source);
  return plain;
}

// What stands under the name of the piece's type.  False where the model has no place for it.

bool read_text(Value value, Part& part) {
  part.body = chat::Text{std::string(value.text())};
  return true;
}

bool read_refusal(Value value, Part& part) {
  spell(part.extras, spelled::listed_refusal);
  part.body = chat::Refusal{std::string(value.text())};
  return true;
}

bool read_image(Value value, Part& part) {
  Media media;
  media.kind = Media::Kind::image;
  if (value.kind() == Kind::text) {
    spell(part.extras, spelled::bare_url);
    if (!set_url(part, media, value.text())) keep_spelling(part.extras, "image_url", value);
  } else {
    Rest rest;
    Value url;
    for (const auto [key, member] : value.members()) {
      if (key == "url" && !member.is_null()) {
        url = member;
      } else if (key == "detail" && !holds_nothing(member)) {
        media.detail = member.text();
      } else {
        rest.add(key, member);
      }
    }
    if (!url) value.refuse("member \"url\" is missing");
    if (!set_url(part, media, url.text())) rest.add("url", url.slice());
    std::move(rest).keep_as("image_url", part.extras);
  }
  set_media(part, std::move(media), Media::Kind::image, spelled::as_image);
  return true;
}

/// Not a word of OpenAI's, but of vLLM's, OpenRouter's and Qwen's.
bool read_video(Value value, Part& part) {
  if (value.kind() != Kind::object) return false;
  Media media;
  Rest rest;
  for (const auto [key, member] : value.members()) {
    if (key == "url" && !member.is_null()) {
      if (!set_url(part, media, member.text())) rest.add(key, member.slice());
    } else {
      rest.add(key, member);
    }
  }
  media.kind = Media::Kind::video;
  std::move(rest).keep_as("video_url", part.extras);
  part.body = std::move(media);
  return true;
}

bool read_audio(Value value, Part& part) {
  Media media;
  media.kind = Media::Kind::audio;
  media.form = Media::Form::base64;
  Rest rest;
  for (const auto [key, member] : value.members()) {
    if (key == "data") {
      media.payload = member.text();
    } else if (key == "format" && !holds_nothing(member)) {
      media.mime_type.assign("audio/").append(member.text());
      const std::string_view ours = audio_format_of(media.mime_type);
      if (ours.empty() || ours == member.text()) continue;
      spell(part.extras, spelled::odd_source);
      rest.add(key, member.slice());
    } else {
      rest.add(key, member);
    }
  }
  std::move(rest).keep_as("input_audio", part.extras);
  part.body = std::move(media);
  return true;
}

/// OpenAI takes both a data URI and plain base64, OpenRouter an address as well.
bool set_file_data(Part& part, Media& media, std::string_view data) {
  const bool address = data.starts_with("data:") || data.find("://") != std::string_view::npos;
  if (address) return set_url(part, media, data);
  spell(part.extras, spelled::bare_data);
  media.form = Media::Form::base64;
  media.mime_type = "application/pdf";
  media.payload = data;
  return true;
}

bool read_file(Value value, Part& part) {
  Media media;
  media.kind = Media::Kind::document;
  Rest rest;
  Value id;
  Value data;
  for (const auto [key, member] : value.members()) {
    if (key == "filename" && !holds_nothing(member)) {
      media.name = member.text();
    } else if (key == "file_data" && !holds_nothing(member)) {
      data = member;
    } else if (key == "file_id" && !holds_nothing(member)) {
      id = member;
    } else {
      rest.add(key, member);
    }
  }
  if (!data && !id) return false;
  if (data) {
    if (!set_file_data(part, media, data.text())) rest.add("file_data", data.slice());
    if (id) rest.add("file_id", id);
  } else {
    media.form = Media::Form::file_id;
    media.payload = id.text();
  }
  std::move(rest).keep_as("file", part.extras);
  set_media(part, std::move(media), Media::Kind::document, spelled::as_file);
  return true;
}

struct PieceType {
  std::string_view name;
  bool (*read)(Value, Part&);
};
constexpr std::array<PieceType, 6> piece_types{{
    {"text", read_text},
    {"image_url", read_image},
    {"input_audio", read_audio},
    {"file", read_file},
    {"refusal", read_refusal},
    {"video_url", read_video},
}};

Part opaque(Value item) {
  Part part;
  part.body = chat::Opaque{own, item.raw()};
  return part;
}

/// It can be said in several ways.
void read_seal(std::string_view key, Value value, Part& part) {
  const std::string_view signature = key == seal_names[0] ? signature_in(value) : text_if(value);
  if (signature.empty()) return keep(part.extras, key, value);
  part.seal = chat::Seal{{}, std::string(signature)};
  keep_spelling(part.extras, key, value);
}

bool holds_seal(std::string_view key) {
  return std::ranges::find(seal_names, key) != seal_names.end();
}

/// {"name":…,"arguments":…}, or {"name":…,"input":…} of a freeform tool.
void read_function(Value function, std::string_view name, Part& part, ToolCall& call) {
  const bool freeform = name == "custom";
  Rest rest;
  Value input;
  for (const auto [key, value] : function.members()) {
    if (key == "name" && !holds_nothing(value)) {
      call.name = value.text();
    } else if (key == (freeform ? "input" : "arguments") && !value.is_null()) {
      input = value;
    } else {
      rest.add(key, value);
    }
  }
  if (freeform) {
    call.form = ToolCall::Form::freeform;
    call.input = input.text();
  } else {
    read_arguments(input, call, part.extras);
  }
  std::move(rest).keep_as(name, part.extras);
}

}  // namespace

Value* WireMessage::place_of(std::string_view key, Role speaker) {
  for (const Slot& slot : slots) {
    if (slot.key == key) return slot.role && *slot.role != speaker ? nullptr : &(this->*slot.value);
  }
  return nullptr;
}

Part read_piece(Value piece) {
  const std::string_view type_name = piece.find("type").text();
  const auto type = std::ranges::find(piece_types, type_name, &PieceType::name);
  if (type == piece_types.end()) return opaque(piece);
  Part part;
  Value payload;
  for (const auto [key, value] : piece.members()) {
    if (key == type_name) {
      payload = value;
    } else if (key == "cache_control" && !value.is_null()) {
      part.cache_control = value.raw();
    } else if (key != "type") {
      keep(part.extras, key, value);
    }
  }
  if (!payload) payload = piece.at(type_name);  // records that it is missing
  return type->read(payload, part) ? part : opaque(piece);
}

ReasoningDetail ReasoningDetail::read(Value item) {
  ReasoningDetail detail;
  if (item.kind() != Kind::object) return detail;
  for (const auto [key, value] : item.members()) {
    if (value.kind() != Kind::text) continue;
    if (key == "text") {
      detail.text = value.text();
    } else if (key == "summary") {
      detail.summary = value.text();
    } else if (key == "signature") {
      detail.signature = value.text();
    } else if (key == "data") {
      detail.data = value.text();
    }
  }
  return detail;
}

void read_reasoning(const WireMessage& message, std::vector<Part>& parts) {
  const Value said = message.reasoning_content ? message.reasoning_content : message.reasoning;
  if (!said && !message.reasoning_details) return;
  const std::size_t first = parts.size();
  chat::Reasoning reasoning;
  reasoning.text = said.text();
  std::string_view signature;
  std::vector<Part> encrypted;
  for (const Value item : message.reasoning_details.items()) {
    const ReasoningDetail detail = ReasoningDetail::read(item);
    if (!said) reasoning.text += detail.text;
    if (!said && !detail.summary.empty()) reasoning.summary.emplace_back(detail.summary);
    if (!detail.signature.empty()) signature = detail.signature;
    if (!detail.data.empty()) encrypted.push_back(encrypted_thought(detail.data));
  }
  if (said || !reasoning.text.empty() || !reasoning.summary.empty() || encrypted.empty()) {
    Part& part = parts.emplace_back();
    if (!message.reasoning_content) {
      spell(part.extras, said ? spelled::as_reasoning : spelled::as_details);
    } else if (message.reasoning) {
      keep_spelling(part.extras, "reasoning", message.reasoning);
    }
    if (!signature.empty()) part.seal = chat::Seal{{}, std::string(signature)};
    part.body = std::move(reasoning);
  }
  std::move(encrypted.begin(), encrypted.end(), std::back_inserter(parts));
  if (message.reasoning_details) {
    keep_spelling(parts[first].extras, "reasoning_details", message.reasoning_details);
  }
}

Part encrypted_thought(std::string_view data) {
  Part part;
  chat::Reasoning reasoning;
  reasoning.redacted = true;
  part.body = std::move(reasoning);
  part.seal = chat::Seal{{}, std::string(data)};
  spell(part.extras, spelled::as_details);
  return part;
}

std::optional<Part> read_thinking_piece(Value piece) {
  if (piece.kind() != Kind::object) return std::nullopt;
  const Value type = piece.find("type");
  if (type.kind() != Kind::text || type.text() != "thinking") return std::nullopt;
  chat::Reasoning reasoning;
  const Value thinking = piece.find("thinking");
  if (thinking.kind() == Kind::text) {
    reasoning.text = thinking.text();
  } else if (thinking.kind() == Kind::array) {
    for (const Value item : thinking.items()) reasoning.text += ReasoningDetail::read(item).text;
  }
  Part part;
  part.body = std::move(reasoning);
  return part;
}

bool read_pictures(Value images, std::vector<Part>& parts) {
  if (images.kind() != Kind::array || holds_nothing(images)) return false;
  for (const Value item : images.items()) {
    if (item.kind() != Kind::object || text_if(item.find("type")) != "image_url") return false;
    const Value image = item.find("image_url");
    const Value url = image.kind() == Kind::object ? image.find("url") : image;
    if (text_if(url).empty()) return false;
  }
  for (const Value item : images.items()) {
    Part& picture = parts.emplace_back(read_piece(item));
    for (auto& [name, value] : picture.extras.members) {
      if (name == "index") name.insert(0, 1, carried);  // the order says it as well
    }
  }
  return true;
}

Part read_call(Value item) {
  Part part;
  ToolCall call;
  Value type;
  Value function;
  std::string_view function_name;
  for (const auto [key, value] : item.members()) {
    if (key == "id" && !holds_nothing(value)) {
      call.id = value.text();
    } else if (key == "type") {
      type = value;
    } else if ((key == "function" || key == "custom") && value.kind() == Kind::object &&
               !function) {
      function = value;
      function_name = key;
    } else if (holds_seal(key)) {
      read_seal(key, value, part);
    } else {
      keep(part.extras, key, value);
    }
  }
  if (!function) {
    part = opaque(item);
    spell(part.extras, spelled::listed_call);
    return part;
  }
  if (type.kind() != Kind::text || type.text() != function_name) {
    spell(part.extras, spelled::no_type);
    if (type) keep(part.extras, "type", type);
  }
  read_function(function, function_name, part, call);
  part.body = std::move(call);
  return part;
}

Part read_old_call(Value function) {
  Part part;
  spell(part.extras, spelled::old_call);
  ToolCall call;
  read_function(function, "function", part, call);
  part.body = std::move(call);
  return part;
}

std::string_view signature_in(Value extra_content) {
  if (extra_content.kind() != Kind::object) return {};
  const Value google = extra_content.find("google");
  if (google.kind() != Kind::object) return {};
  return text_if(google.find("thought_signature"));
}

}  // namespace omni::dialect::openai_chat
