// One part of a content, of requests and replies alike; the names in snake_case as well:
//
//     {"text": "…"}                              {"text": "…", "thought": true}
//     {"functionCall": {"id": "…", "name": "…", "args": {…}}, "thoughtSignature": "…"}
//     {"functionResponse": {"id": "…", "name": "…", "response": {"output": "…"}, "parts": […]}}
//     {"inlineData": {"mimeType": "image/png", "data": "…"}}
//     {"fileData": {"mimeType": "…", "fileUri": "…"}}
//     {"thoughtSignature": "…"}                  seals what was said before it
//     {"executableCode": {…}}                    and everything else is opaque

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/gemini/parts.h"
#include "dialect/gemini/wire.h"
#include "dialect/media.h"

namespace omni::dialect::gemini {

using chat::Media;
using chat::Part;
using json::Kind;
using json::Value;

namespace {

/// Where a member of that name belongs in a view; nullptr for one we do not know.
Value* place_of(PartView& view, std::string_view name) {
  std::uint32_t& spelling = view.extras.spelling;
  if (name == "text") return &view.text;
  if (is(name, function_call, spelling)) return &view.call;
  if (is(name, function_response, spelling)) return &view.result;
  if (is(name, inline_data, spelling)) return &view.inline_data;
  if (is(name, file_data, spelling)) return &view.file_data;
  return nullptr;
}

PartView::Kind kind_of(PartView& view) {
  using Kind = PartView::Kind;
  const std::array<std::pair<bool, PartView::Kind>, 5> kinds{{{bool(view.text), Kind::text},
                                                              {bool(view.call), Kind::call},
                                                              {bool(view.result), Kind::result},
                                                              {bool(view.inline_data), Kind::media},
                                                              {bool(view.file_data), Kind::media}}};
  Kind kind = Kind::opaque;
  int count = 0;
  for (const auto& [present, name] : kinds) {
    if (!present) continue;
    kind = name;
    ++count;
  }
  if (count > 1 || (kind == Kind::media && view.thought)) return Kind::opaque;
  const bool bare = count == 0 && view.extras.members.empty();
  if (!bare || (view.signature.empty() && !view.thought)) return kind;
  view.extras.spelling |= text_absent;
  return Kind::text;
}

}  // namespace

PartView look_at_part(Value part) {
  PartView view;
  for (const auto [name, value] : part.members()) {
    if (!value.is_null()) {
      if (Value* const place = place_of(view, name)) {
        *place = value;
        continue;
      }
      if (name == "thought" && value.boolean()) {
        view.thought = true;
        continue;
      }
      if (is(name, thought_signature, view.extras.spelling)) {
        view.signature = value.text();
        if (!view.signature.empty()) continue;
      }
    }
    keep(view.extras, at_top, name, value);
  }
  view.kind = kind_of(view);
  if (view.extras.spelling != 0) view.extras.dialect = own;
  return view;
}

namespace {

Media::Kind kind_of_file(const Media& media) {
  if (!media.mime_type.empty()) return media_kind_of(media.mime_type);
  const bool film = media.payload.find("youtube.com/") != std::string::npos ||
                    media.payload.find("youtu.be/") != std::string::npos;
  return film ? Media::Kind::video : Media::Kind::image;
}

/// What only Google can open, whatever it looks like.
bool is_own_file(std::string_view uri) {
  return uri.starts_with("gs://") || uri.starts_with("https://generativelanguage.googleapis.com/");
}

/// Google takes both alphabets of base64, and its Python SDK writes the one that nobody else reads.
void use_common_alphabet(std::string& base64, std::uint32_t& spelling) {
  const auto has = [&](char c) { return base64.find(c) != std::string::npos; };
  if ((!has('-') && !has('_')) || has('+') || has('/')) return;
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  spelling |= url_safe;
}

void read_media(Part& part, Value object, std::string_view path) {
  const bool in_place = path == at_inline_data;
  Media media;
  media.form = in_place ? Media::Form::base64 : Media::Form::url;
  std::uint32_t& spelling = part.extras.spelling;
  for (const auto [name, value] : object.members()) {
    if (!value.is_null()) {
      if (is(name, mime_type, spelling) && take(media.mime_type, value)) continue;
      if (is(name, display_name, spelling) && take(media.name, value)) continue;
      const bool payload = in_place ? name == "data" : is(name, file_uri, spelling);
      if (payload && take(media.payload, value)) continue;
    }
    keep(part.extras, path, name, value);
  }
  if (in_place) use_common_alphabet(media.payload, spelling);
  media.kind = in_place ? media_kind_of(media) : kind_of_file(media);
  if (!in_place && is_own_file(media.payload)) media.form = Media::Form::file_id;
  part.body = std::move(media);
}

void read_call(Part& part, Value object) {
  chat::ToolCall call;
  std::uint32_t spelling = id_absent | args_absent;
  for (const auto [name, value] : object.members()) {
    if (!value.is_null()) {
      if (name == "name" && take(call.name, value)) continue;
      if (name == "id" && take(call.id, value)) {
        spelling &= ~id_absent;
        continue;
      }
      if (name == "args") {
        if (value.kind() != Kind::object) value.refuse("expected an object");
        call.input = value.slice();
        spelling &= ~args_absent;
        continue;
      }
    }
    keep(part.extras, at_function_call, name, value);
  }
  part.extras.spelling |= spelling;
  part.body = std::move(call);
}

Part media_part(Value value) {
  PartView view = look_at_part(value);
  if (view.kind != PartView::Kind::media) view.kind = PartView::Kind::opaque;
  return read_part(value, std::move(view));
}

/// The text in {"result": text}, {"output": text} or {"error": text}, else the object's own text.
std::string read_response(Value object, std::uint32_t& spelling, bool& is_error) {
  std::string_view name;
  Value text;
  int count = 0;
  for (const auto member : object.members()) {
    name = member.key;
    text = member.value;
    ++count;
  }
  if (count == 1 && text.kind() == Kind::text) {
    is_error = name == "error";
    if (name == "result") spelling |= in_result;
    if (name == "output") spelling |= in_output;
    if (is_error || name == "result" || name == "output") return std::string(text.text());
  }
  return std::string(object.slice());
}

void read_result(Part& part, Value object) {
  chat::ToolResult result;
  std::uint32_t spelling = id_absent | response_absent;
  for (const auto [name, value] : object.members()) {
    if (!value.is_null()) {
      if (name == "name" && take(result.name, value)) continue;
      if (name == "id" && take(result.call_id, value)) {
        spelling &= ~id_absent;
        continue;
      }
      if (name == "response") {
        spelling &= ~response_absent;
        Part text;
        text.body = chat::Text{read_response(value, spelling, result.is_error)};
        result.content.insert(result.content.begin(), std::move(text));
        continue;
      }
      if (name == "parts") {
        const std::size_t before = result.content.size();
        for (const Value piece : value.items()) result.content.push_back(media_part(piece));
        if (result.content.size() > before) continue;
      }
    }
    keep(part.extras, at_function_response, name, value);
  }
  part.extras.spelling |= spelling;
  part.body = std::move(result);
}

}  // namespace

Part read_part(Value value, PartView view) {
  Part part;
  if (view.kind == PartView::Kind::opaque) {
    part.body = chat::Opaque{own, value.raw()};
    return part;
  }
  part.extras = std::move(view.extras);
  switch (view.kind) {
    case PartView::Kind::text:
      if (view.thought) {
        part.body = chat::Reasoning{std::string(view.text.text()), {}, false};
      } else {
        part.body = chat::Text{std::string(view.text.text())};
      }
      break;
    case PartView::Kind::call:
      read_call(part, view.call);
      break;
    case PartView::Kind::result:
      read_result(part, view.result);
      break;
    default:
      read_media(part, view.inline_data ? view.inline_data : view.file_data,
                 view.inline_data ? at_inline_data : at_file_data);
  }
  if (view.thought && view.kind != PartView::Kind::text)
    part.extras.members.emplace_back("thought", json::Raw::trusted("true"));
  if (!view.signature.empty()) part.seal = chat::Seal{{}, std::string(view.signature)};
  if (part.extras.spelling != 0 || !part.extras.members.empty()) part.extras.dialect = own;
  return part;
}

}  // namespace omni::dialect::gemini
