#include "pipeline/token_estimate.h"

#include <algorithm>
#include <variant>

namespace omni::pipeline {
namespace {

constexpr std::int64_t image_tokens = 1600;
constexpr std::int64_t document_bytes_per_token = 12;  // base64 of a PDF, mostly not text

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // of a character only its first byte
  });
}

struct Count {
  std::int64_t characters = 0;
  std::int64_t tokens = 0;

  void add(std::string_view text) { characters += pipeline::characters(text); }
  void add(const chat::Part& part);
  void add(const chat::Text& text) { add(std::string_view(text.text)); }
  void add(const chat::Refusal& refusal) { add(std::string_view(refusal.text)); }
  void add(const chat::Media& media);
  void add(const chat::Reasoning& reasoning);
  void add(const chat::ToolCall& call);
  void add(const chat::ToolResult& result);
  void add(const chat::Opaque& opaque) { add(opaque.item.text()); }
};

void Count::add(const chat::Part& part) {
  std::visit([this](const auto& body) { add(body); }, part.body);
}

void Count::add(const chat::Media& media) {
  if (media.form == chat::Media::Form::text) return add(std::string_view(media.payload));
  const auto bytes = static_cast<std::int64_t>(media.payload.size());
  const bool document = media.kind == chat::Media::Kind::document;
  tokens += document && media.form == chat::Media::Form::base64
                ? std::max(image_tokens, bytes / document_bytes_per_token)
                : image_tokens;
}

void Count::add(const chat::Reasoning& reasoning) {
  add(std::string_view(reasoning.text));
  for (const std::string& summary : reasoning.summary) add(std::string_view(summary));
}

void Count::add(const chat::ToolCall& call) {
  add(std::string_view(call.name));
  add(std::string_view(call.input));
}

void Count::add(const chat::ToolResult& result) {
  for (const chat::Part& part : result.content) add(part);
}

}  // namespace

std::int64_t estimate_tokens(const chat::Request& request) {
  Count count;
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) count.add(part);
  }
  for (const chat::Tool& tool : request.tools) {
    count.add(std::string_view(tool.name));
    count.add(std::string_view(tool.description));
    if (tool.schema) count.add(tool.schema->text());
  }
  const std::int64_t by_text = (count.characters + characters_per_token - 1) / characters_per_token;
  return std::max<std::int64_t>(1, by_text + count.tokens);
}

}  // namespace omni::pipeline
