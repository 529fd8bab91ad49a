// The way back of message_reader.cc.  A part is written alike at home and abroad; what differs is
// which parts get this far, and that only at home the spelling bits are obeyed.

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/media.h"
#include "dialect/openai_chat/message.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Media;
using chat::Part;

/// The first row of a format has the type that we would write.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> audio_formats{{
    {"audio/wav", "wav"},
    {"audio/mp3", "mp3"},
    {"audio/mpeg", "mp3"},
    {"audio/mpeg3", "mp3"},
    {"audio/x-wav", "wav"},
    {"audio/wave", "wav"},
    {"audio/vnd.wave", "wav"},
}};

constexpr std::string_view audio_prefix = "audio/";

const LossRow& loss_of(Media::Kind kind) {
  switch (kind) {
    case Media::Kind::image:
      return loss::image;
    case Media::Kind::audio:
      return loss::audio;
    case Media::Kind::video:
      return loss::video;
    case Media::Kind::document:
      return loss::document;
  }
  return loss::document;
}

/// The row for media that cannot be written; nullptr where they can.
const LossRow* loss_of(const Media& media, Place place) {
  if (media.kind == Media::Kind::document && media.form == Media::Form::text) return nullptr;
  if (media.kind == Media::Kind::video || place != Place::user) return &loss_of(media.kind);
  if (media.form == Media::Form::file_id) return &loss::file_id;
  switch (media.kind) {
    case Media::Kind::image:
      return media.form == Media::Form::text ? &loss::image : nullptr;
    case Media::Kind::document:
      return media.form == Media::Form::url ? &loss::media_url : nullptr;
    default:
      if (media.form == Media::Form::url) return &loss::media_url;
      return audio_format_of(media.mime_type).empty() ? &loss::audio : nullptr;
  }
}

/// Whether the part can stand in a message's content; declares what can stand nowhere.
bool is_piece(const Part& part, Place place, const Addressee& to) {
  if (std::holds_alternative<chat::Text>(part.body)) return true;
  if (std::holds_alternative<chat::Refusal>(part.body)) {
    return is_spelled(part.extras, spelled::listed_refusal);
  }
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (opaque->dialect == own) return !is_spelled(part.extras, spelled::listed_call);
    to.losses.add(loss::foreign_item, type_of(opaque->item));
    return false;
  }
  const auto* media = std::get_if<Media>(&part.body);
  if (media == nullptr) return false;
  const LossRow* const lost = to.home ? nullptr : loss_of(*media, place);
  if (lost != nullptr) to.losses.add(*lost);
  return lost == nullptr;
}

bool is_text(const Part& part) {
  const auto* media = std::get_if<Media>(&part.body);
  return std::holds_alternative<chat::Text>(part.body) ||
         (media != nullptr && media->form == Media::Form::text);
}

std::string_view text_in(const Part& part, const Addressee& to) {
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return text->text;
  const auto& media = std::get<Media>(part.body);
  to.losses.add(loss::document_as_text);
  if (!media.name.empty()) to.losses.add(loss::document_name);
  return media.payload;
}

bool is_marked(const Part& part, const Addressee& to) {
  return part.cache_control && to.cache_marks;
}

bool says_more_than_text(const Part& part, const Addressee& to) {
  return is_marked(part, to) || (part.extras.dialect == own && !part.extras.members.empty());
}

std::string url_of(const Media& media) {
  std::string url;
  if (media.form != Media::Form::base64) return media.payload;
  url.reserve(media.payload.size() + media.mime_type.size() + 32);
  const bool image = media.kind == Media::Kind::image;
  append_data_uri(url, image ? image_type_of(media) : media.mime_type, media.payload);
  return url;
}

void write_image(ObjectWriter& piece, const Media& media, const chat::Extras& extras) {
  piece.key("type").text("image_url");
  if (is_spelled(extras, spelled::bare_url)) {
    if (!is_spelled(extras, spelled::odd_source)) piece.key("image_url").text(url_of(media));
    return;
  }
  ObjectWriter image(piece.key("image_url"), own);
  if (!is_spelled(extras, spelled::odd_source)) image.key("url").text(url_of(media));
  if (!media.detail.empty()) image.key("detail").text(media.detail);
  end_with_rest(image, extras, "image_url");
}

void write_video(ObjectWriter& piece, const Media& media, const chat::Extras& extras) {
  piece.key("type").text("video_url");
  ObjectWriter video(piece.key("video_url"), own);
  if (!is_spelled(extras, spelled::odd_source)) video.key("url").text(url_of(media));
  end_with_rest(video, extras, "video_url");
}

void write_audio(ObjectWriter& piece, const Media& media, const chat::Extras& extras) {
  std::string_view format = audio_format_of(media.mime_type);
  if (format.empty() && media.mime_type.starts_with(audio_prefix)) {
    format = std::string_view(media.mime_type).substr(audio_prefix.size());
  }
  piece.key("type").text("input_audio");
  ObjectWriter audio(piece.key("input_audio"), own);
  audio.key("data").text(media.payload);
  if (!format.empty() && !is_spelled(extras, spelled::odd_source)) {
    audio.key("format").text(format);
  }
  end_with_rest(audio, extras, "input_audio");
}

void write_file(ObjectWriter& piece, const Media& media, const Part& part, const Addressee& to) {
  piece.key("type").text("file");
  ObjectWriter file(piece.key("file"), own);
  if (!media.name.empty()) {
    file.key("filename").text(media.name);
  } else if (!to.home) {
    // OpenAI refuses data without a name.
    file.key("filename").text(media.mime_type == "application/pdf" ? "document.pdf" : "document");
  }
  if (media.form == Media::Form::file_id) {
    file.key("file_id").text(media.payload);
  } else if (is_spelled(part.extras, spelled::bare_data)) {
    file.key("file_data").text(media.payload);
  } else if (!is_spelled(part.extras, spelled::odd_source)) {
    file.key("file_data").text(url_of(media));
  }
  end_with_rest(file, part.extras, "file");
}

void write_media(ObjectWriter& piece, const Media& media, const Part& part, const Addressee& to) {
  const bool data_of_file = is_spelled(part.extras, spelled::as_file);
  if (is_spelled(part.extras, spelled::as_image) ||
      (media.kind == Media::Kind::image && !data_of_file)) {
    write_image(piece, media, part.extras);
  } else if (media.kind == Media::Kind::document || data_of_file) {
    write_file(piece, media, part, to);
  } else if (media.kind == Media::Kind::video) {
    write_video(piece, media, part.extras);
  } else {
    write_audio(piece, media, part.extras);
  }
}

void write_piece(json::Writer& out, const Part& part, const Addressee& to) {
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    out.raw(opaque->item);
    return;
  }
  ObjectWriter piece(out, own);
  if (is_text(part)) {
    piece.key("type").text("text");
    piece.key("text").text(text_in(part, to));
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    piece.key("type").text("refusal");
    piece.key("refusal").text(refusal->text);
  } else {
    write_media(piece, std::get<Media>(part.body), part, to);
  }
  if (is_marked(part, to)) piece.key("cache_control").raw(*part.cache_control);
  if (part.cache_control && !to.cache_marks) to.losses.add(loss::cache_control);
  piece.end(part.extras, to.losses);
}

/// The text of a Reasoning without a copy where it has one.
std::string_view thoughts_in(const Part& part, std::string& buffer) {
  const auto& reasoning = std::get<chat::Reasoning>(part.body);
  if (!reasoning.text.empty()) return reasoning.text;
  buffer = chat::text_of(part);
  return buffer;
}

bool may_have_seal(const chat::Seal& seal, const Addressee& to) {
  if (to.every_seal) return true;
  return seal.issuer.empty() ? to.home : seal.issuer == to.seal_issuer;
}

bool extras_hold_seal(const chat::Extras& extras) {
  return std::ranges::any_of(
      seal_names, [&](std::string_view name) { return find_extra(extras, name) != nullptr; });
}

/// A seal goes back in the form in which OpenRouter gave it.
void write_detail(json::Writer& out, const Part& part) {
  const auto& reasoning = std::get<chat::Reasoning>(part.body);
  std::string buffer;
  out.begin_object();
  if (reasoning.redacted) {
    out.key("type").text("reasoning.encrypted").key("data").text(part.seal->bytes);
  } else {
    out.key("type").text("reasoning.text").key("text").text(thoughts_in(part, buffer));
    out.key("signature").text(part.seal->bytes);
  }
  out.end_object();
}

void write_sealed(ObjectWriter& message, Parts thoughts, const Addressee& to) {
  bool begun = false;
  for (const Part* part : thoughts) {
    if (!part->seal) continue;
    if (may_have_seal(*part->seal, to)) {
      if (!std::exchange(begun, true)) message.key("reasoning_details").begin_array();
      write_detail(message.out(), *part);
    } else {
      to.losses.add(std::get<chat::Reasoning>(part->body).redacted ? loss::reasoning : loss::seal);
    }
  }
  if (begun) message.out().end_array();
}

/// What one part says at home, as it was spelled.
void write_own_reasoning(ObjectWriter& message, const Part& part, const Addressee& to) {
  std::string buffer;
  if (!is_spelled(part.extras, spelled::as_details)) {
    const bool shorter = is_spelled(part.extras, spelled::as_reasoning);
    message.key(shorter ? "reasoning" : "reasoning_content").text(thoughts_in(part, buffer));
  }
  message.extras(part.extras, to.losses);
}

/// The member `arguments` of a call.
void write_arguments(ObjectWriter& function, const Part& part) {
  using Form = chat::ToolCall::Form;
  const auto& call = std::get<chat::ToolCall>(part.body);
  const bool none = call.input == "{}";
  if (none && is_spelled(part.extras, spelled::no_arguments)) return;
  json::Writer& out = function.key("arguments");
  if (is_spelled(part.extras, spelled::object_arguments) && call.form == Form::object) {
    out.raw(call.input);
  } else if (none && is_spelled(part.extras, spelled::empty_arguments)) {
    out.text("");
  } else if (call.form == Form::freeform) {
    std::string object;
    json::Writer(object).begin_object().key("input").text(call.input).end_object();
    out.text(object);
  } else {
    out.text(call.input);
  }
}

}  // namespace

std::string_view audio_format_of(std::string_view mime_type) {
  const auto row = std::ranges::find(audio_formats, mime_type,
                                     &std::pair<std::string_view, std::string_view>::first);
  return row == audio_formats.end() ? std::string_view{} : row->second;
}

bool is_picture(const Media& media) {
  return media.kind == Media::Kind::image &&
         (media.form == Media::Form::base64 || media.form == Media::Form::url);
}

std::string type_of(const json::Raw& item) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(item.text());
  if (root.kind() != json::Kind::object) return {};
  return std::string(text_if(root.find("type")));
}

std::size_t size_of(const Part& part) {
  constexpr std::size_t frame = 128;
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return frame + text->text.size();
  if (const auto* media = std::get_if<chat::Media>(&part.body)) {
    return frame + media->payload.size();
  }
  if (const auto* thoughts = std::get_if<chat::Reasoning>(&part.body)) {
    return frame + thoughts->text.size();
  }
  if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    return frame + call->input.size();
  }
  const auto* result = std::get_if<chat::ToolResult>(&part.body);
  std::size_t bytes = frame;
  if (result == nullptr) return bytes;
  for (const Part& piece : result->content) {
    const auto* text = std::get_if<chat::Text>(&piece.body);
    bytes += text != nullptr ? text->text.size() : 0;
  }
  return bytes;
}

std::vector<const Part*> pieces_of(Parts parts, Place place, const Addressee& to) {
  std::vector<const Part*> pieces;
  pieces.reserve(parts.size());
  for (const Part* part : parts) {
    if (is_piece(*part, place, to)) pieces.push_back(part);
  }
  return pieces;
}

void write_list(json::Writer& out, Parts pieces, const Addressee& to) {
  out.begin_array();
  for (const Part* piece : pieces) write_piece(out, *piece, to);
  out.end_array();
}

void write_content(ObjectWriter& message, Parts pieces, const chat::Extras& extras,
                   const Addressee& to) {
  const bool as_list = is_spelled(extras, spelled::listed_content);
  if (pieces.empty() && !as_list) {
    if (is_spelled(extras, spelled::no_content)) return;
    if (is_spelled(extras, spelled::null_content)) {
      message.key("content").null();
    } else {
      message.key("content").text("");
    }
    return;
  }
  const bool says_it_all =
      pieces.size() == 1 && is_text(*pieces[0]) && !says_more_than_text(*pieces[0], to);
  if (as_list || !says_it_all) return write_list(message.key("content"), pieces, to);
  if (pieces[0]->cache_control) to.losses.add(loss::cache_control);
  declare_foreign(pieces[0]->extras, own, to.losses);
  message.key("content").text(text_in(*pieces[0], to));
}

void write_reasoning(ObjectWriter& message, Parts parts, const Addressee& to) {
  std::vector<const Part*> thoughts;
  for (const Part* part : parts) {
    if (std::holds_alternative<chat::Reasoning>(part->body)) thoughts.push_back(part);
  }
  const auto is_said = [](const Part* part) {
    return !is_spelled(part->extras, spelled::as_details);
  };
  if (to.home && std::ranges::count_if(thoughts, is_said) <= 1) {
    for (const Part* part : thoughts) write_own_reasoning(message, *part, to);
    return;
  }

  std::string text;
  std::string buffer;
  for (const Part* part : thoughts) {
    declare_foreign(part->extras, own, to.losses);
    const std::string_view thought = thoughts_in(*part, buffer);
    if (!text.empty() && !thought.empty()) text += "\n\n";
    text += thought;
  }
  if (!text.empty()) message.key("reasoning_content").text(text);
  // Clients of this dialect know no seal of thoughts.
  if (!to.every_seal) write_sealed(message, thoughts, to);
}

void write_call(json::Writer& out, const Part& part, std::string_view id, const Addressee& to) {
  const auto& call = std::get<chat::ToolCall>(part.body);
  const bool custom = to.custom_tools && call.form == chat::ToolCall::Form::freeform;
  const std::string_view type = custom ? "custom" : "function";
  const bool sealed = part.seal && may_have_seal(*part.seal, to);
  ObjectWriter object(out, own);
  if (!is_spelled(part.extras, spelled::made_id)) object.key("id").text(id);
  if (!is_spelled(part.extras, spelled::no_type)) object.key("type").text(type);
  ObjectWriter function(object.key(type), own);
  if (!call.name.empty()) function.key("name").text(to.names.wire(call.space, call.name));
  custom ? void(function.key("input").text(call.input)) : write_arguments(function, part);
  end_with_rest(function, part.extras, type);
  if (sealed && !extras_hold_seal(part.extras)) {
    json::Writer& extra = object.key(seal_names[0]).begin_object();
    extra.key("google").begin_object().key("thought_signature").text(part.seal->bytes);
    extra.end_object().end_object();
  }
  if (part.cache_control) to.losses.add(loss::cache_control);
  if (!part.seal || sealed) return object.end(part.extras, to.losses);
  to.losses.add(loss::seal);
  object.end(without(part.extras, seal_names), to.losses);
}

void write_old_call(json::Writer& out, const Part& part) {
  ObjectWriter function(out, own);
  const auto& name = std::get<chat::ToolCall>(part.body).name;
  if (!name.empty()) function.key("name").text(name);
  write_arguments(function, part);
  end_with_rest(function, part.extras, "function");
}

}  // namespace omni::dialect::openai_chat
