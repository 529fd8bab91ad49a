// The opposite of item_reader.cc: see there for the shapes.

#include "dialect/openai_responses/item_writer.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/assert.h"
#include "dialect/extras.h"
#include "dialect/ids.h"
#include "dialect/media.h"

namespace omni::dialect::openai_responses {

using chat::Media;
using chat::Part;
using chat::Role;

namespace {

constexpr std::size_t call_id_length_max = 64;
constexpr std::array<std::string_view, 4> details{"low", "high", "auto", "original"};

std::string_view word_for(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::developer:
      return "developer";
    case Role::assistant:
      return "assistant";
    case Role::user:
    case Role::tool:
      return "user";
  }
  OMNI_ASSERT(false);
}

/// Whether nothing but text is to be said of a part.
const chat::Text* plain_text(const Part& part) {
  const auto* text = std::get_if<chat::Text>(&part.body);
  return text != nullptr && part.extras.members.empty() ? text : nullptr;
}

}  // namespace

bool ItemWriter::keeps(const chat::Seal& seal) const {
  if (rules_.hints == nullptr) return true;
  if (seal.issuer.empty()) return home_;
  return seal.issuer == rules_.hints->seal_issuer;
}

/// A member that came as null, or as something that the model cannot hold, stays so.
bool ItemWriter::stays_raw(const chat::Extras* extras, std::string_view name) const {
  return home_ && extras != nullptr && find_extra(*extras, name) != nullptr;
}

void ItemWriter::say(ObjectWriter& object, const chat::Extras* extras, std::string_view name,
                     std::string_view value) {
  if (!stays_raw(extras, name)) object.key(name).text(value);
}

void ItemWriter::finish(ObjectWriter& object, const chat::Extras* extras) {
  if (extras != nullptr) object.extras(*extras, losses_);
  object.end();
}

/// The members of the message around it may travel with a piece.
void ItemWriter::finish_piece(ObjectWriter& object, const Part& part) {
  if (dialect::find(own, part.extras, item_members) == nullptr) return finish(object, &part.extras);
  chat::Extras rest = part.extras;
  std::erase_if(rest.members, [](const auto& member) { return member.first == item_members; });
  finish(object, &rest);
}

// Items

void ItemWriter::message(Role role, std::span<const Part* const> pieces, const Face& face) {
  const bool to_stranger = !home_ && rules_.hints != nullptr;  // who refuses an empty content
  if (to_stranger && std::ranges::none_of(pieces, [&](const Part* part) { return takes(*part); }))
    return;
  const std::uint32_t spelling = home_ && face.extras != nullptr ? face.extras->spelling : 0;
  ObjectWriter object(out_, own);
  if ((spelling & spelled::untyped) == 0) object.key("type").text("message");
  if (!face.id.empty()) object.key("id").text(face.id);
  if (!face.status.empty()) object.key("status").text(face.status);
  object.key("role").text(word_for(role));
  const chat::Text* bare = pieces.size() == 1 ? plain_text(*pieces.front()) : nullptr;
  if ((spelling & spelled::bare_content) != 0 && bare != nullptr) {
    object.key("content").text(bare->text);
  } else if (!pieces.empty() || !stays_raw(face.extras, "content")) {
    object.key("content").begin_array();
    for (const Part* part : pieces) piece(*part, role);
    out_.end_array();
  }
  finish(object, face.extras);
}

void ItemWriter::assistant_text(std::string_view text) {
  out_.begin_object();
  out_.key("type").text("message").key("role").text("assistant").key("content").text(text);
  out_.end_object();
}

void ItemWriter::call(const Part& part, const Face& face) {
  const auto& call = std::get<chat::ToolCall>(part.body);
  const bool shell = at_home(part, spelled::local_shell);
  const bool freeform = call.form == chat::ToolCall::Form::freeform;
  const bool abroad = !home_ && rules_.hints != nullptr;
  ObjectWriter object(out_, own);
  object.key("type").text(shell      ? "local_shell_call"
                          : freeform ? "custom_tool_call"
                                     : "function_call");
  if (!face.id.empty()) object.key("id").text(face.id);
  if (!face.status.empty()) object.key("status").text(face.status);
  if (abroad) {
    const std::string id = fitting_id(call.id, call_id_length_max);
    if (id != call.id) losses_.add(loss::call_id);
    object.key("call_id").text(id);
    if (part.seal && !keeps(*part.seal)) losses_.add(loss::seal);
  } else {
    say(object, face.extras, "call_id", call.id);
  }
  if (shell) {
    object.key("action").raw(call.input);
  } else {
    if (!call.space.empty()) object.key("namespace").text(call.space);
    say(object, face.extras, "name",
        abroad ? rules_.names->wire(call.space, call.name) : std::string_view(call.name));
    const bool empty = call.input == "{}" && at_home(part, spelled::empty_input);
    say(object, face.extras, freeform ? "input" : "arguments",
        empty ? std::string_view{} : std::string_view(call.input));
  }
  finish(object, face.extras);
}

void ItemWriter::result(const Part& part, ResultOf kind, const Face& face) {
  const auto& result = std::get<chat::ToolResult>(part.body);
  const bool shell = at_home(part, spelled::local_shell);
  const bool freeform = kind == ResultOf::freeform || at_home(part, spelled::custom_output);
  ObjectWriter object(out_, own);
  object.key("type").text(shell      ? "local_shell_call_output"
                          : freeform ? "custom_tool_call_output"
                                     : "function_call_output");
  if (!home_) {
    object.key("call_id").text(fitting_id(result.call_id, call_id_length_max));
  } else if (!shell) {
    say(object, face.extras, "call_id", result.call_id);
  }
  if (!stays_raw(face.extras, "output")) {
    object.key("output");
    output(part, result);
  }
  finish(object, face.extras);
}

void ItemWriter::output(const Part& part, const chat::ToolResult& result) {
  constexpr std::string_view error_mark = "Error: ";
  const bool failed = !home_ && result.is_error;
  if (failed) losses_.add(loss::result_error);
  const bool one = result.content.size() == 1 && plain_text(result.content.front()) != nullptr;
  if (!at_home(part, spelled::listed_output) && (result.content.empty() || one)) {
    std::string text(failed ? error_mark : std::string_view{});
    if (one) text += std::get<chat::Text>(result.content.front().body).text;
    out_.text(text);
    return;
  }
  out_.begin_array();
  if (failed) {
    Part mark;
    mark.body = chat::Text{std::string(error_mark)};
    piece(mark, Role::tool);
  }
  for (const Part& content : result.content) piece(content, Role::tool);
  out_.end_array();
}

void ItemWriter::thoughts(ObjectWriter& object, std::string_view member, std::string_view type,
                          std::span<const std::string> texts) {
  object.key(member).begin_array();
  for (const std::string& text : texts) {
    out_.begin_object().key("type").text(type).key("text").text(text).end_object();
  }
  out_.end_array();
}

void ItemWriter::reasoning(const Part& part, const Face& face) {
  const auto& reasoning = std::get<chat::Reasoning>(part.body);
  const std::span<const std::string> text(&reasoning.text, 1);
  ObjectWriter object(out_, own);
  object.key("type").text("reasoning");
  if (!face.id.empty()) object.key("id").text(face.id);
  if (!home_ && !reasoning.text.empty()) {
    thoughts(object, "summary", "summary_text", text);
  } else if (!stays_raw(face.extras, "summary") &&
             (!reasoning.summary.empty() || !at_home(part, spelled::no_summary))) {
    thoughts(object, "summary", "summary_text", reasoning.summary);
  }
  const bool has_content = at_home(part, spelled::content_said) || !reasoning.text.empty();
  if (home_ && has_content && !stays_raw(face.extras, "content")) {
    thoughts(object, "content", "reasoning_text", text);
  }
  if (part.seal && keeps(*part.seal)) object.key("encrypted_content").text(part.seal->bytes);
  finish(object, face.extras);
}

// Pieces

/// Whether a piece has a place; if not, declares what is lost.
bool ItemWriter::takes(const Part& part) {
  if (const auto* media = std::get_if<Media>(&part.body)) return has_place(*media);
  const auto* opaque = std::get_if<chat::Opaque>(&part.body);
  if (opaque == nullptr || opaque->dialect == own) return true;
  losses_.add(loss::foreign_item, type_of(opaque->item));
  return false;
}

void ItemWriter::piece(const Part& part, Role role) {
  if (part.cache_control) losses_.add(loss::cache_control);
  if (!takes(part)) return;
  if (const auto* text = std::get_if<chat::Text>(&part.body)) {
    text_piece(part, text->text, role);
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    refusal_piece(part, *refusal, role);
  } else if (const auto* media = std::get_if<Media>(&part.body)) {
    media_piece(part, *media);
  } else if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    out_.raw(opaque->item);
  }
}

void ItemWriter::text_piece(const Part& part, std::string_view text, Role role) {
  bool output = role == Role::assistant;
  if (at_home(part, spelled::input_text)) output = false;
  if (at_home(part, spelled::output_text)) output = true;
  const bool plain = at_home(part, spelled::plain_text);
  ObjectWriter object(out_, own);
  object.key("type").text(plain ? "text" : output ? "output_text" : "input_text");
  say(object, &part.extras, "text", text);
  // What was read by us has them, or left them out.
  const bool as_it_came = home_ && part.extras.dialect == own;
  if (output && !as_it_came) object.key("annotations").begin_array().end_array();
  finish_piece(object, part);
}

void ItemWriter::refusal_piece(const Part& part, const chat::Refusal& refusal, Role role) {
  if (!home_ && rules_.hints != nullptr) {
    losses_.add(loss::refusal_as_text);
    return text_piece(part, refusal.text, role);
  }
  ObjectWriter object(out_, own);
  object.key("type").text("refusal");
  say(object, &part.extras, "refusal", refusal.text);
  finish_piece(object, part);
}

/// Declares what has none.
bool ItemWriter::has_place(const Media& media) {
  if (home_) return true;
  if (media.kind == Media::Kind::video) {
    losses_.add(loss::video);
  } else if (media.kind == Media::Kind::audio) {
    losses_.add(loss::audio);
  } else if (media.form == Media::Form::file_id && rules_.source != chat::Dialect::openai_chat) {
    losses_.add(loss::file_id);
  } else {
    return true;
  }
  return false;
}

void ItemWriter::media_piece(const Part& part, const Media& media) {
  switch (media.kind) {
    case Media::Kind::image:
      return image(part, media);
    case Media::Kind::audio:
      return audio(part, media);
    case Media::Kind::document:
    case Media::Kind::video:
      return document(part, media);
  }
}

void ItemWriter::payload(ObjectWriter& object, const Media& media, std::string_view name) {
  std::string uri;
  uri.reserve(media.payload.size() + 64);
  const bool image = !home_ && media.kind == Media::Kind::image;
  append_data_uri(uri, image ? image_type_of(media) : media.mime_type, media.payload);
  object.key(name).text(uri);
}

void ItemWriter::image(const Part& part, const Media& media) {
  ObjectWriter object(out_, own);
  object.key("type").text("input_image");
  if (media.form == Media::Form::file_id) {
    object.key("file_id").text(media.payload);
  } else if (media.form == Media::Form::url) {
    object.key("image_url").text(media.payload);
  } else if (!at_home(part, spelled::from_extras)) {
    payload(object, media, "image_url");
  }
  if (home_) {
    if (!media.detail.empty()) object.key("detail").text(media.detail);
  } else {
    const bool known = std::find(details.begin(), details.end(), media.detail) != details.end();
    object.key("detail").text(known ? std::string_view(media.detail) : "auto");
  }
  finish_piece(object, part);
}

void ItemWriter::document(const Part& part, const Media& media) {
  if (media.form == Media::Form::text) {
    losses_.add(loss::document_as_text);
    if (!media.name.empty()) losses_.add(loss::document_name);
    return text_piece(part, media.payload, Role::user);
  }
  ObjectWriter object(out_, own);
  object.key("type").text("input_file");
  std::string_view name = media.name;
  if (media.form == Media::Form::file_id) {
    object.key("file_id").text(media.payload);
  } else if (media.form == Media::Form::url) {
    object.key("file_url").text(media.payload);
  } else if (at_home(part, spelled::bare_base64)) {
    object.key("file_data").text(media.payload);
  } else if (!at_home(part, spelled::from_extras)) {
    payload(object, media, "file_data");
    // Bytes without a name are refused.
    if (!home_ && name.empty()) name = media.mime_type == "application/pdf" ? "file.pdf" : "file";
  }
  if (!name.empty()) object.key("filename").text(name);
  if (home_ && !media.detail.empty()) object.key("detail").text(media.detail);
  finish_piece(object, part);
}

void ItemWriter::audio(const Part& part, const Media& media) {
  constexpr std::string_view family = "audio/";
  std::string_view format = media.mime_type;
  if (format.starts_with(family)) format.remove_prefix(family.size());
  ObjectWriter object(out_, own);
  object.key("type").text("input_audio");
  object.key("input_audio").begin_object();
  out_.key("data").text(media.payload).key("format").text(format).end_object();
  finish_piece(object, part);
}

}  // namespace omni::dialect::openai_responses
