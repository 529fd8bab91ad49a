// Writes content blocks of the forms that block_decoder.cc shows.

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/sources.h"

namespace omni::dialect::anthropic {

using chat::Part;
using chat::ToolCall;

std::size_t bytes_of(const Part& part) {
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return text->text.size();
  if (const auto* refusal = std::get_if<chat::Refusal>(&part.body)) return refusal->text.size();
  if (const auto* media = std::get_if<chat::Media>(&part.body)) return media->payload.size();
  if (const auto* call = std::get_if<ToolCall>(&part.body)) return call->input.size();
  if (const auto* reasoning = std::get_if<chat::Reasoning>(&part.body)) {
    std::size_t bytes = reasoning->text.size() + (part.seal ? part.seal->bytes.size() : 0);
    for (const std::string& summary : reasoning->summary) bytes += summary.size();
    return bytes;
  }
  const auto* opaque = std::get_if<chat::Opaque>(&part.body);
  return opaque != nullptr ? opaque->item.text().size() : 0;
}

void BlockWriter::text(const Part& part, std::string_view text) {
  ObjectWriter block(out_, own);
  block.key("type").text("text");
  block.key("text").text(text);
  if (members_ == Members::all) block.key("citations").null();
  end(block, part);
}

void BlockWriter::reasoning(const Part& part) {
  const auto& reasoning = std::get<chat::Reasoning>(part.body);
  const std::string_view seal = part.seal ? std::string_view(part.seal->bytes) : "";
  ObjectWriter block(out_, own);
  if (reasoning.redacted) {
    block.key("type").text("redacted_thinking");
    block.key("data").text(seal);
    return end(block, part);
  }
  block.key("type").text("thinking");
  if (reasoning.summary.empty()) {
    block.key("thinking").text(reasoning.text);
  } else {
    block.key("thinking").text(chat::text_of(part));
  }
  if (!seal.empty() || !spelled(part.extras, signature_absent)) block.key("signature").text(seal);
  end(block, part);
}

void BlockWriter::tool_use(const Part& part, std::string_view id, std::string_view name) {
  const auto& call = std::get<ToolCall>(part.body);
  const bool client = call.runner == ToolCall::Runner::client;
  ObjectWriter block(out_, own);
  block.key("type").text(client ? "tool_use" : "server_tool_use");
  block.key("id").text(id);
  block.key("name").text(name);
  if (!spelled(part.extras, input_absent) || call.input != "{}") {
    block.key("input");
    input(call, part.extras);
  }
  if (members_ == Members::all) block.key("caller").raw(R"({"type":"direct"})");
  end(block, part);
}

void BlockWriter::input(const ToolCall& call, const chat::Extras& extras) {
  if (call.form == ToolCall::Form::freeform) {
    out_.begin_object().key("input").text(call.input).end_object();
  } else if (call.input.empty()) {
    out_.begin_object().end_object();
  } else if (call.form == ToolCall::Form::object || spelled(extras, input_as_it_is)) {
    out_.raw(call.input);
  } else {
    losses_.add(loss::broken_arguments, call.name);
    out_.begin_object().key("_raw").text(call.input).end_object();
  }
}

void BlockWriter::media(const Part& part, std::string_view mime_type) {
  const auto& media = std::get<chat::Media>(part.body);
  const SourceForm& form = source_of(media.form);
  const bool image = media.kind == chat::Media::Kind::image;
  ObjectWriter block(out_, own);
  const auto goes_home = [&](std::string_view name) {
    return find(own, part.extras, name) != nullptr;
  };
  if (!goes_home("type")) block.key("type").text(image ? "image" : "document");
  if (!goes_home("source")) {
    json::Writer& source = block.key("source").begin_object();
    source.key("type").text(form.type);
    if (form.typed && !mime_type.empty()) source.key("media_type").text(mime_type);
    source.key(form.payload).text(media.payload).end_object();
  }
  if (!image && !media.name.empty()) block.key("title").text(media.name);
  end(block, part);
}

void BlockWriter::end(ObjectWriter& block, const Part& part) {
  mark(block, part.cache_control);
  block.end(part.extras, losses_);
}

void BlockWriter::mark(ObjectWriter& object, const std::optional<json::Raw>& cache_control) {
  if (!cache_control) return;
  if (marks_to_skip_ > 0) {
    --marks_to_skip_;
    losses_.add(loss::cache_control);
  } else {
    object.key("cache_control").raw(*cache_control);
  }
}

}  // namespace omni::dialect::anthropic
