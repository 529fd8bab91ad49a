// Reads the pieces of a message's content and of a tool's output:
//
//     {"type":"input_text","text":"…"}      {"type":"output_text","text":"…","annotations":[…]}
//     {"type":"refusal","refusal":"…"}      {"type":"input_image","image_url":"…","detail":"low"}
//     {"type":"input_file","filename":"…","file_data":"data:…"}

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "dialect/media.h"
#include "dialect/openai_responses/item_reader.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {

using chat::Extras;
using chat::Media;
using chat::Part;
using chat::Role;
using json::Kind;
using json::Value;

namespace {

Part opaque_piece(Value piece) {
  Part part;
  part.body = chat::Opaque{own, piece.raw()};
  part.extras.dialect = own;
  part.extras.spelling = spelled::in_content;
  return part;
}

void read_text(Value piece, Part& part) {
  chat::Text text;
  for (const auto [key, value] : piece.members()) {
    if (key == "text" && !value.is_null()) {
      text.text = value.text();
    } else if (key != "type") {
      keep(part.extras, key, value);
    }
  }
  part.body = std::move(text);
}

void read_refusal(Value piece, Part& part) {
  chat::Refusal refusal;
  for (const auto [key, value] : piece.members()) {
    if (key == "refusal" && !value.is_null()) {
      refusal.text = value.text();
    } else if (key != "type") {
      keep(part.extras, key, value);
    }
  }
  part.body = std::move(refusal);
}

/// Keeps the address as well if putting it together again would not give the same.
void set_address(Media& media, Extras& extras, std::string_view name, Value address) {
  const std::string_view uri = address.text();
  const std::optional<DataUri> data = parse_data_uri(uri);
  if (!data) {
    media.form = Media::Form::url;
    media.payload = uri;
    return;
  }
  media.form = Media::Form::base64;
  media.mime_type = data->mime_type;
  media.payload = data->base64;
  std::string head;
  append_data_uri(head, data->mime_type, {});
  if (uri.size() == head.size() + data->base64.size() && uri.starts_with(head)) return;
  keep_spelling(extras, name, address);
  extras.spelling |= spelled::from_extras;
}

void set_file_id(Media& media, Value id) {
  media.form = Media::Form::file_id;
  media.payload = id.text();
}

void read_image(Value piece, Part& part) {
  Media media;
  media.kind = Media::Kind::image;
  Value address;
  Value id;
  for (const auto [key, value] : piece.members()) {
    if (key == "type") continue;
    if (value.is_null()) {
      keep(part.extras, key, value);
    } else if (key == "image_url") {
      address = value;
    } else if (key == "file_id") {
      id = value;
    } else if (key == "detail" && !value.text().empty()) {
      media.detail = value.text();
    } else {
      keep(part.extras, key, value);
    }
  }
  if (address) {
    set_address(media, part.extras, "image_url", address);
    if (id) keep(part.extras, "file_id", id);
  } else if (id) {
    set_file_id(media, id);
  } else {
    part = opaque_piece(piece);
    return;
  }
  part.body = std::move(media);
}

void set_file_data(Media& media, Extras& extras, Value data) {
  set_address(media, extras, "file_data", data);
  if (media.form != Media::Form::url) return;
  media.form = Media::Form::base64;
  media.mime_type = "application/pdf";
  extras.spelling |= spelled::bare_base64;
}

void read_file(Value piece, Part& part) {
  Media media;
  media.kind = Media::Kind::document;
  Value data;
  Value address;
  Value id;
  for (const auto [key, value] : piece.members()) {
    if (key == "type") continue;
    if (value.is_null()) {
      keep(part.extras, key, value);
    } else if (key == "file_data") {
      data = value;
    } else if (key == "file_url") {
      address = value;
    } else if (key == "file_id") {
      id = value;
    } else if (key == "filename" && !value.text().empty()) {
      media.name = value.text();
    } else if (key == "detail" && !value.text().empty()) {
      media.detail = value.text();
    } else {
      keep(part.extras, key, value);
    }
  }
  if (data) {
    set_file_data(media, part.extras, data);
    if (address) keep(part.extras, "file_url", address);
    if (id) keep(part.extras, "file_id", id);
  } else if (address) {
    media.form = Media::Form::url;
    media.payload = address.text();
    if (id) keep(part.extras, "file_id", id);
  } else if (id) {
    set_file_id(media, id);
  } else {
    part = opaque_piece(piece);
    return;
  }
  part.body = std::move(media);
}

void read_audio(Value piece, Part& part) {
  const Value audio = piece.find("input_audio");
  Media media;
  media.kind = Media::Kind::audio;
  media.form = Media::Form::base64;
  bool plain = audio.kind() == Kind::object;
  if (plain) {
    for (const auto [key, value] : audio.members()) {
      if (key == "data") {
        media.payload = value.text();
      } else if (key == "format") {
        media.mime_type.assign("audio/").append(value.text());
      } else {
        plain = false;
      }
    }
  }
  if (!plain) {
    part = opaque_piece(piece);
    return;
  }
  for (const auto [key, value] : piece.members()) {
    if (key != "type" && key != "input_audio") keep(part.extras, key, value);
  }
  part.body = std::move(media);
}

struct PieceType {
  std::string_view name;
  void (*read)(Value, Part&);
  std::uint32_t spelling;  // where another word was to be expected
};
constexpr std::array<PieceType, 7> piece_types{{
    {"input_text", read_text, spelled::input_text},
    {"output_text", read_text, spelled::output_text},
    {"refusal", read_refusal, 0},
    {"input_image", read_image, 0},
    {"input_file", read_file, 0},
    {"input_audio", read_audio, 0},
    {"text", read_text, spelled::plain_text},
}};

}  // namespace

Part read_content_part(Value piece, Role role) {
  const Value type = piece.find("type");
  const std::string_view name = type ? type.text() : "";
  for (const PieceType& row : piece_types) {
    if (row.name != name) continue;
    const std::uint32_t expected =
        role == Role::assistant ? spelled::output_text : spelled::input_text;
    Part part;
    part.extras.dialect = own;
    row.read(piece, part);
    if (row.spelling != expected) part.extras.spelling |= row.spelling;
    return part;
  }
  return opaque_piece(piece);
}

}  // namespace omni::dialect::openai_responses
