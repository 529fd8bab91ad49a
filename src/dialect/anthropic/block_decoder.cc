// Reads content blocks, which look the same in requests, answers and the starts of streamed blocks:
//
//     {"type":"text","text":"…","citations":[…],"cache_control":{…}}
//     {"type":"image"|"document","source":{"type":"base64"|"url"|"file"|"text",…},"title":"…"}
//     {"type":"document","source":{"type":"content","content":"…"|[…]}}
//     {"type":"search_result","source":"…","title":"…","content":[{"type":"text","text":"…"}]}
//     {"type":"thinking","thinking":"…","signature":"…"}   {"type":"redacted_thinking","data":"…"}
//     {"type":"tool_use"|"server_tool_use","id":"…","name":"…","input":{…},"caller":{…}}
//     {"type":"tool_result","tool_use_id":"…","content":"…"|[…],"is_error":false}

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/sources.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Media;
using chat::Part;
using chat::ToolCall;
using json::Value;

/// What any block may have, and what we do not know.
void take_other(Part& part, std::string_view key, Value value) {
  if (key == "type") return;
  if (key == "cache_control" && !value.is_null()) {
    part.cache_control = value.raw();
  } else {
    keep(own, part.extras, key, value);
  }
}

bool decode_text(Value block, Part& part) {
  auto& text = part.body.emplace<chat::Text>();
  for (const auto [key, value] : block.members()) {
    if (key == "text") {
      text.text = value.text();
    } else {
      take_other(part, key, value);
    }
  }
  return true;
}

/// The text of content that holds nothing but text, which may be a list.
std::optional<std::string> text_in(Value content) {
  if (content.kind() == json::Kind::text) return std::string(content.text());
  if (content.kind() != json::Kind::array) return std::nullopt;
  std::string text;
  for (const Value piece : content.items()) {
    const Value words = piece.find("text");
    if (type_of(piece) != "text" || words.kind() != json::Kind::text) return std::nullopt;
    if (!text.empty()) text += "\n\n";
    text += words.text();
  }
  return text;
}

/// Reads what stands in blocks of text as a document of text; the blocks are for the way home.
bool decode_texts(Value content, Media& media) {
  std::optional<std::string> text = text_in(content);
  if (!text) return false;
  media.kind = Media::Kind::document;
  media.form = Media::Form::text;
  media.payload = *std::move(text);
  return true;
}

bool decode_source(Value source, Media& media) {
  const SourceForm* const form = find_source(type_of(source));
  if (form == nullptr) return false;
  media.form = form->form;
  for (const auto [key, value] : source.members()) {
    if (key == "type") continue;
    const bool payload = key == form->payload;
    if (!payload && !(form->typed && key == "media_type")) return false;
    if (value.kind() != json::Kind::text || value.text().empty()) return false;
    (payload ? media.payload : media.mime_type) = value.text();
  }
  return !media.payload.empty();
}

bool decode_media(Value block, Part& part, Media::Kind kind) {
  auto& media = part.body.emplace<Media>();
  media.kind = kind;
  for (const auto [key, value] : block.members()) {
    if (key == "source" && kind == Media::Kind::document && type_of(value) == "content") {
      if (!decode_texts(value.find("content"), media)) return false;
      keep_spelling(own, part.extras, key, value);
    } else if (key == "source") {
      if (!decode_source(value, media)) return false;
    } else if (key == "title" && kind == Media::Kind::document && !holds_nothing(value)) {
      media.name = value.text();
    } else {
      take_other(part, key, value);
    }
  }
  return !media.payload.empty();
}

bool decode_image(Value block, Part& part) { return decode_media(block, part, Media::Kind::image); }
bool decode_document(Value block, Part& part) {
  return decode_media(block, part, Media::Kind::document);
}

bool decode_search_result(Value block, Part& part) {
  auto& media = part.body.emplace<Media>();
  if (block.find("source").kind() != json::Kind::text) return false;
  for (const auto [key, value] : block.members()) {
    if (key == "content") {
      if (!decode_texts(value, media)) return false;
      keep_spelling(own, part.extras, key, value);
    } else if (key == "title" && !holds_nothing(value)) {
      media.name = value.text();
    } else if (key == "type") {
      keep_spelling(own, part.extras, key, value);
    } else {
      take_other(part, key, value);
    }
  }
  return !media.payload.empty();
}

bool decode_thinking(Value block, Part& part) {
  auto& reasoning = part.body.emplace<chat::Reasoning>();
  bool signature = false;
  for (const auto [key, value] : block.members()) {
    if (key == "thinking") {
      reasoning.text = value.text();
    } else if (key == "signature") {
      signature = true;
      if (!holds_nothing(value)) part.seal = chat::Seal{{}, std::string(value.text())};
    } else {
      take_other(part, key, value);
    }
  }
  if (!signature) spell(part.extras, signature_absent);
  return true;
}

bool decode_redacted_thinking(Value block, Part& part) {
  part.body.emplace<chat::Reasoning>().redacted = true;
  for (const auto [key, value] : block.members()) {
    if (key == "data") {
      part.seal = chat::Seal{{}, std::string(value.text())};
    } else {
      take_other(part, key, value);
    }
  }
  return true;
}

bool decode_call(Value block, Part& part) {
  auto& call = part.body.emplace<ToolCall>();
  bool input = false;
  for (const auto [key, value] : block.members()) {
    if (key == "id") {
      call.id = value.text();
    } else if (key == "name") {
      call.name = value.text();
    } else if (key == "input" && !value.is_null()) {
      input = true;
      call.input = value.slice();
      if (value.kind() == json::Kind::object) continue;
      call.form = ToolCall::Form::broken;
      spell(part.extras, input_as_it_is);
    } else {
      take_other(part, key, value);
    }
  }
  if (!input) spell(part.extras, input_absent);
  return true;
}

bool decode_server_call(Value block, Part& part) {
  decode_call(block, part);
  std::get<ToolCall>(part.body).runner = ToolCall::Runner::provider;
  return true;
}

bool decode_result(Value block, Part& part) {
  auto& result = part.body.emplace<chat::ToolResult>();
  bool content = false;
  for (const auto [key, value] : block.members()) {
    if (key == "tool_use_id") {
      result.call_id = value.text();
    } else if (key == "content" && !value.is_null()) {
      content = true;
      result.content.clear();  // of two members of one name the last counts
      if (value.kind() == json::Kind::text) {
        spell(part.extras, content_as_text);
        result.content.emplace_back().body = chat::Text{std::string(value.text())};
        continue;
      }
      for (const Value piece : value.items()) {
        result.content.push_back(decode_block(piece, Place::result));
      }
    } else if (key == "is_error" && !value.is_null()) {
      result.is_error = value.boolean();
      if (!result.is_error) spell(part.extras, no_error_said);
    } else {
      take_other(part, key, value);
    }
  }
  if (!content) spell(part.extras, content_absent);
  return true;
}

/// A result stands in no result, so nothing nests.
struct BlockKind {
  std::string_view type;
  bool (*decode)(Value, Part&);  // false where the block says what we have no form for
  bool in_result = false;
  bool in_reply = false;
};
constexpr std::array block_kinds{
    BlockKind{"search_result", decode_search_result, true},
    BlockKind{"text", decode_text, true, true},
    BlockKind{"tool_use", decode_call, false, true},
    BlockKind{"tool_result", decode_result},
    BlockKind{"thinking", decode_thinking, false, true},
    BlockKind{"image", decode_image, true},
    BlockKind{"document", decode_document, true},
    BlockKind{"redacted_thinking", decode_redacted_thinking, false, true},
    BlockKind{"server_tool_use", decode_server_call, false, true}};

}  // namespace

Part decode_block(Value block, Place place) {
  const auto* const kind = std::ranges::find(block_kinds, type_of(block), &BlockKind::type);
  Part part;
  if (kind != block_kinds.end() && (place != Place::result || kind->in_result) &&
      (place != Place::reply || kind->in_reply) && kind->decode(block, part)) {
    return part;
  }
  part = {};
  part.body = chat::Opaque{own, block.raw()};
  return part;
}

}  // namespace omni::dialect::anthropic
