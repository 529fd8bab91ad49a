#include "agent.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/strings.h"
#include "dialect/codec.h"
#include "json/writer.h"
#include "process.h"

namespace omni::bench {
namespace {

constexpr std::string_view prose =
    "You are a coding agent. Read before you write, keep changes small and say what you did. "
    "Prefer the tools over guesses; paths are relative to the workspace, and \"tests\" must "
    "pass.\n";

constexpr std::string_view code =
    "int main(int argc, char** argv) {\n"
    "  if (argc < 2) return usage(\"no file\");\n"
    "  const auto text = read(argv[1]);\n"
    "\tfor (const char c : text) count(c == '\\n' ? \"line\" : \"letter\");\n"
    "}\n";

constexpr std::array<std::string_view, 5> names{"read_file", "edit_file", "run_command",
                                                "search_text", "list_folder"};

/// So many bytes of a pattern.
std::string much(std::string_view pattern, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out.append(pattern);
  out.resize(bytes);
  return out;
}

/// The shares of a request of that size.
struct Shape {
  std::size_t system_bytes, tools, description_bytes, argument_bytes, result_bytes;
};

Shape shape_of(std::size_t bytes) {
  if (bytes < 16 * 1024) return {400, 3, 80, 80, 120};
  return {bytes / 20, 20, 700, 800, 2500};
}

void write_tool(json::Writer& out, std::string_view name, const Shape& shape) {
  out.begin_object().key("type").text("function").key("function").begin_object();
  out.key("name").text(name);
  out.key("description").text(much(prose, shape.description_bytes));
  out.key("parameters")
      .raw(R"({"type":"object","properties":{"path":{"type":"string","description":"Which file, )"
           R"(relative to the workspace"},"content":{"type":"string","description":"What it shall )"
           R"(hold"},"limit":{"type":["integer","null"],"minimum":1},"mode":{"enum":["fast","deep)"
           R"("]}},"required":["path"],"additionalProperties":false})");
  out.end_object().end_object();
}

std::string arguments(std::size_t bytes) {
  std::string out;
  json::Writer(out)
      .begin_object()
      .key("path")
      .text("src/main.cc")
      .key("content")
      .text(much(code, bytes))
      .end_object();
  return out;
}

void write_turn(json::Writer& out, std::size_t number, const Shape& shape) {
  const std::string id = "call_" + std::to_string(100000 + number);
  out.begin_object().key("role").text("assistant");
  out.key("content").text("Let me look at this before I change it.");
  out.key("tool_calls").begin_array().begin_object();
  out.key("id").text(id).key("type").text("function").key("function").begin_object();
  out.key("name").text(names[number % names.size()]);
  out.key("arguments").text(arguments(shape.argument_bytes));
  out.end_object().end_object().end_array().end_object();
  out.begin_object().key("role").text("tool").key("tool_call_id").text(id);
  out.key("content").text(much(code, shape.result_bytes)).end_object();
}

std::string in_openai_chat(const AgentRequest& request) {
  const Shape shape = shape_of(request.bytes);
  std::string body;
  json::Writer out(body);
  out.begin_object().key("model").text(request.model).key("stream").boolean(request.stream);
  if (request.stream) out.key("stream_options").raw(R"({"include_usage":true})");
  out.key("temperature").number(request.temperature).key("max_completion_tokens").integer(8192);
  out.key("tools").begin_array();
  for (std::size_t i = 0; i < shape.tools; ++i) {
    const std::string more = i < names.size() ? "" : "_" + std::to_string(i);
    write_tool(out, std::string(names[i % names.size()]) + more, shape);
  }
  out.end_array().key("tool_choice").text("auto").key("messages").begin_array();
  out.begin_object().key("role").text("system");
  out.key("content").text(much(prose, shape.system_bytes)).end_object();
  out.begin_object().key("role").text("user");
  out.key("content").text("Make the counter count words too.").end_object();
  std::size_t number = 0, before = 0;
  do {  // until another turn would lead farther away
    before = body.size();
    write_turn(out, number++, shape);
  } while (body.size() + (body.size() - before) / 2 < request.bytes);
  out.begin_object().key("role").text("user").key("content").text("Go on.").end_object();
  out.end_array().end_object();
  return body;
}

}  // namespace

/// In other dialects as our own codecs say it.
std::string body_of(const AgentRequest& request) {
  std::string body = in_openai_chat(request);
  if (request.dialect == chat::Dialect::openai_chat) return body;
  const auto read = dialect::codec_for(chat::Dialect::openai_chat).decode_request({{}, body});
  if (!read) fail("the agent's request cannot be read");
  dialect::EncodeHints hints;
  hints.model = request.model;
  hints.stream = request.stream;
  auto outbound = dialect::codec_for(request.dialect).encode_request(*read, hints);
  if (!outbound) fail("the agent's request cannot be said in another dialect");
  return std::move(outbound->body);
}

}  // namespace omni::bench
