#include "upstream/special/demo_lists.h"

#include "json/writer.h"
#include "upstream/special/demo_models.h"

namespace omni::upstream {
namespace {

using json::Writer;

constexpr std::int64_t born = 1'767'225'600;
constexpr std::string_view born_text = "2026-01-01T00:00:00Z";
constexpr std::int64_t tokens_of_media = 258;
constexpr std::int64_t tokens_of_turn = 3;

void write_openai(Writer& out) {
  out.begin_object().key("object").text("list").key("data").begin_array();
  for (const DemoModel& model : demo_models()) {
    out.begin_object().key("id").text(model.name).key("object").text("model");
    out.key("created").integer(born).key("owned_by").text("demo").end_object();
  }
  out.end_array().end_object();
}

void write_anthropic(Writer& out) {
  out.begin_object().key("data").begin_array();
  for (const DemoModel& model : demo_models()) {
    out.begin_object().key("type").text("model").key("id").text(model.name);
    out.key("display_name").text(model.name).key("created_at").text(born_text).end_object();
  }
  out.end_array().key("has_more").boolean(false);
  out.key("first_id").text(demo_models().front().name);
  out.key("last_id").text(demo_models().back().name).end_object();
}

void write_gemini(Writer& out) {
  out.begin_object().key("models").begin_array();
  for (const DemoModel& model : demo_models()) {
    out.begin_object().key("name").text("models/" + std::string(model.name));
    out.key("displayName").text(model.name);
    out.key("inputTokenLimit").integer(1'000'000).key("outputTokenLimit").integer(65'536);
    out.key("supportedGenerationMethods").begin_array();
    out.text("generateContent").text("streamGenerateContent").text("countTokens");
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

void write_ollama(Writer& out) {
  out.begin_object().key("models").begin_array();
  for (const DemoModel& model : demo_models()) {
    out.begin_object().key("name").text(model.name).key("model").text(model.name);
    out.key("modified_at").text(born_text).key("size").integer(0).key("digest").text("");
    out.key("details").begin_object().key("format").text("demo").key("family").text("demo");
    out.end_object().end_object();
  }
  out.end_array().end_object();
}

std::int64_t tokens_of(const chat::Part& part) {
  if (std::holds_alternative<chat::Media>(part.body)) return tokens_of_media;
  const auto* result = std::get_if<chat::ToolResult>(&part.body);
  if (result == nullptr) return tokens_in(chat::text_of(part));
  std::int64_t tokens = 0;
  for (const chat::Part& inner : result->content) tokens += tokens_of(inner);
  return tokens;
}

}  // namespace

std::string list_of_models(chat::Dialect dialect) {
  std::string text;
  Writer out(text);
  switch (dialect) {
    case chat::Dialect::anthropic:
      write_anthropic(out);
      break;
    case chat::Dialect::gemini:
      write_gemini(out);
      break;
    case chat::Dialect::ollama:
      write_ollama(out);
      break;
    case chat::Dialect::openai_chat:
    case chat::Dialect::openai_responses:
      write_openai(out);
      break;
  }
  return text;
}

std::string count_of_tokens(chat::Dialect dialect, std::int64_t tokens) {
  std::string text;
  Writer out(text);
  out.begin_object();
  if (dialect == chat::Dialect::gemini) {
    out.key("totalTokens").integer(tokens);
  } else {
    if (dialect == chat::Dialect::openai_responses) {
      out.key("object").text("response.input_tokens");
    }
    out.key("input_tokens").integer(tokens);
  }
  out.end_object();
  return text;
}

std::int64_t tokens_in(std::string_view text) {
  return (static_cast<std::int64_t>(text.size()) + 3) / 4;
}

std::int64_t tokens_in(const chat::Request& request) {
  std::int64_t tokens = 0;
  for (const chat::Message& message : request.messages) {
    tokens += tokens_of_turn;
    for (const chat::Part& part : message.parts) tokens += tokens_of(part);
  }
  for (const chat::Tool& tool : request.tools) {
    tokens += tokens_in(tool.name) + tokens_in(tool.description);
    if (tool.schema) tokens += tokens_in(tool.schema->text());
  }
  return tokens;
}

}  // namespace omni::upstream
