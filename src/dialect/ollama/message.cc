// {"role": "assistant", "content": "…", "thinking": "…", "images": ["<base64>", …],
//  "tool_calls": [{"id": "…", "function": {"name": "…", "arguments": {…}}}, …],
//  "tool_name": "…", "tool_call_id": "…"}
//
// The last two are of results, whose role is "tool".

#include "dialect/ollama/message.h"

#include <array>
#include <utility>

#include "dialect/media.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

using chat::ToolCall;

struct Slot {
  std::string_view key;
  json::Value WireMessage::*value;
};
constexpr std::array slots{Slot{"role", &WireMessage::role},
                           Slot{"content", &WireMessage::content},
                           Slot{"thinking", &WireMessage::thinking},
                           Slot{"tool_calls", &WireMessage::tool_calls},
                           Slot{"images", &WireMessage::images},
                           Slot{"tool_name", &WireMessage::tool_name},
                           Slot{"tool_call_id", &WireMessage::tool_call_id}};

json::Value* slot_of(WireMessage& message, std::string_view key) {
  for (const Slot& slot : slots) {
    if (slot.key == key) return &(message.*slot.value);
  }
  return nullptr;
}

void read_function(json::Value object, ToolCall& call, chat::Extras& extras) {
  json::RawMembers rest;
  json::Value name, arguments;
  for (const auto [key, value] : object.members()) {
    json::Value* const slot = key == "arguments" ? &arguments : key == "name" ? &name : nullptr;
    const bool nothing = slot == nullptr || holds_nothing(value);
    if (slot != nullptr) *slot = nothing ? json::Value{} : value;
    if (nothing) rest.emplace_back(extra_name(key), value.raw());
  }
  call.name = name.text();
  if (!arguments) {
    extras.spelling |= arguments_absent;
  } else if (arguments.kind() == json::Kind::text) {
    extras.spelling |= arguments_as_text;
    call.input = arguments.text();
    chat::check_input(call);
  } else if (arguments.kind() == json::Kind::object) {
    call.input = arguments.slice();
  } else {
    arguments.refuse("expected an object");
  }
  keep_inner(own, extras, "function", rest);
}

/// The arguments as they stand on the wire.  At home a text goes back as a text.
void write_arguments(json::Writer& out, const ToolCall& call, const chat::Extras& extras,
                     Losses& losses) {
  if (spelled(extras, arguments_as_text)) {
    out.text(call.input);
  } else if (call.form == ToolCall::Form::object) {
    out.raw(call.input);
  } else {
    const bool broken = call.form == ToolCall::Form::broken;
    if (broken) losses.add(loss::broken_arguments);
    out.begin_object().key(broken ? "_raw" : "input").text(call.input).end_object();
  }
}

/// Most dialects have items of a `type`.
std::string type_of(const json::Raw& item) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(item.text());
  if (root.kind() != json::Kind::object) return {};
  const json::Value type = root.find("type");
  return type.kind() == json::Kind::text ? std::string(type.text()) : std::string{};
}

}  // namespace

WireMessage WireMessage::read(json::Value object) {
  WireMessage message;
  for (const auto [key, value] : object.members()) {
    json::Value* const slot = slot_of(message, key);
    const bool usual = slot == &message.content && value.kind() == json::Kind::text;
    if (slot != nullptr && (usual || !holds_nothing(value))) {
      *slot = value;
    } else {
      if (slot != nullptr) *slot = {};
      message.rest.emplace_back(extra_name(key), value.raw());
    }
  }
  return message;
}

chat::Part read_call(json::Value object) {
  chat::Part part;
  part.extras.dialect = own;
  ToolCall call;
  json::Value function;
  for (const auto [key, value] : object.members()) {
    if (key == "function") {
      function = value;
    } else if (key == "id" && !holds_nothing(value)) {
      call.id = value.text();
    } else {
      keep(own, part.extras, key, value);
    }
  }
  if (!function) object.refuse("member \"function\" is missing");
  read_function(function, call, part.extras);
  part.body = std::move(call);
  return part;
}

chat::Part read_image(json::Value base64) {
  chat::Media image;
  image.kind = chat::Media::Kind::image;
  image.form = chat::Media::Form::base64;
  image.payload = base64.text();
  image.mime_type = sniff_image(image.payload);
  chat::Part part;
  part.body = std::move(image);
  return part;
}

void Joined::add(std::string_view text, std::string_view joint) {
  if (text.empty()) return;
  if (several_) {
    buffer_.append(joint).append(text);
  } else if (one_.empty()) {
    one_ = text;
  } else {
    buffer_.reserve(one_.size() + joint.size() + text.size());
    buffer_.append(one_).append(joint).append(text);
    several_ = true;
  }
}

void Joined::prepend(std::string_view text) {
  std::string whole(text);
  buffer_ = std::move(whole.append(this->text()));
  several_ = true;
}

void Said::add(const chat::Part& part) {
  declare_beside(part);
  if (const auto* text = std::get_if<chat::Text>(&part.body)) {
    add_text(text->text);
  } else if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) {
    losses_.add(loss::refusal_as_text);
    add_text(refusal->text);
  } else if (const auto* reasoning = std::get_if<chat::Reasoning>(&part.body)) {
    add_reasoning(*reasoning);
  } else if (const auto* call = std::get_if<ToolCall>(&part.body)) {
    if (call->runner == ToolCall::Runner::provider) return losses_.add(loss::hosted_call);
    calls_.push_back(&part);
  } else if (const auto* media = std::get_if<chat::Media>(&part.body)) {
    add_media(*media);
  } else if (const auto* result = std::get_if<chat::ToolResult>(&part.body)) {
    if (in_ == In::reply) return losses_.add(loss::hosted_call);
    add_result(*result);
  } else if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    losses_.add(loss::foreign_item, type_of(opaque->item));
  }
}

/// In an answer texts stand one after the other, as they do for those who read it as a stream.
void Said::add_text(std::string_view text) { content_.add(text, in_ == In::request ? "\n" : ""); }

void Said::add_reasoning(const chat::Reasoning& reasoning) {
  constexpr std::string_view blank_line = "\n\n";
  std::string_view joint = in_ == In::request ? blank_line : "";
  if (!reasoning.text.empty()) return thinking_.add(reasoning.text, joint);
  if (reasoning.summary.empty() && in_ == In::request) losses_.add(loss::reasoning);
  for (const std::string& summary : reasoning.summary) {
    thinking_.add(summary, std::exchange(joint, blank_line));
  }
}

void Said::add_media(const chat::Media& media) {
  using Kind = chat::Media::Kind;
  using Form = chat::Media::Form;
  std::optional<std::string> decoded =
      media.kind == Kind::document && in_ == In::request ? decoded_text(media) : std::nullopt;
  if (media.kind == Kind::image && media.form == Form::base64) {
    images_.push_back(media.payload);
    if (!media.detail.empty()) losses_.add(loss::image_detail);
  } else if (in_ == In::reply) {
    losses_.add(loss::output_media);
  } else if (decoded || (media.kind == Kind::document && media.form == Form::text)) {
    losses_.add(loss::document_as_text);
    if (!media.name.empty()) losses_.add(loss::document_name);
    add_text(decoded ? decoded_.emplace_back(*std::move(decoded)) : media.payload);
  } else if (media.form == Form::file_id) {
    losses_.add(loss::file_id);
  } else if (media.form == Form::url) {
    losses_.add(loss::media_url);
  } else {
    losses_.add(media.kind == Kind::audio   ? loss::audio
                : media.kind == Kind::video ? loss::video
                                            : loss::document);
  }
}

void Said::add_result(const chat::ToolResult& result) {
  for (const chat::Part& part : result.content) {
    if (!std::holds_alternative<chat::ToolResult>(part.body)) add(part);
  }
  if (!result.is_error) return;
  losses_.add(loss::result_error);
  content_.prepend("Error: ");
}

bool Said::empty() const {
  return content_.text().empty() && thinking_.text().empty() && images_.empty() && calls_.empty();
}

/// What a part carries beside its body has no place here.
void Said::declare_beside(const chat::Part& part) {
  if (part.cache_control) losses_.add(loss::cache_control);
  if (part.seal && in_ == In::request) losses_.add(loss::seal);
  if (std::holds_alternative<ToolCall>(part.body)) return;  // says it when it is written
  declare_foreign(part.extras, own, losses_);
}

void Said::write(ObjectWriter& message, const chat::Extras& extras, const ToolNames& names) {
  if (!content_.text().empty() || !spelled(extras, content_absent))
    message.key("content").text(content_.text());
  if (!thinking_.text().empty()) message.key("thinking").text(thinking_.text());
  if (!images_.empty()) {
    json::Writer& out = message.key("images").begin_array();
    for (const std::string_view image : images_) out.text(image);
    out.end_array();
  }
  if (!calls_.empty()) {
    json::Writer& out = message.key("tool_calls").begin_array();
    for (const chat::Part* const call : calls_) write_call(out, *call, names, losses_);
    out.end_array();
  }
}

void write_call(json::Writer& out, const chat::Part& part, const ToolNames& names, Losses& losses) {
  const auto& call = std::get<ToolCall>(part.body);
  ObjectWriter object(out, own);
  if (!call.id.empty() && !spelled(part.extras, id_made)) object.key("id").text(call.id);
  ObjectWriter function(object.key("function"), own);
  if (!call.name.empty() || part.extras.dialect != own)
    function.key("name").text(names.wire(call.space, call.name));
  if (call.input != "{}" || !spelled(part.extras, arguments_absent))
    write_arguments(function.key("arguments"), call, part.extras, losses);
  function.end(inner(own, part.extras, "function"), losses);
  object.end(part.extras, losses);
}

}  // namespace omni::dialect::ollama
