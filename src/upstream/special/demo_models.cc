#include "upstream/special/demo_models.h"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>

#include "base/strings.h"
#include "json/raw.h"
#include "upstream/special/schema_sample.h"

namespace omni::upstream {
namespace {

using chat::Part;
using chat::Request;
using Parts = std::vector<Part>;

constexpr std::size_t long_answer_words = 300;
constexpr std::size_t slow_answer_words = 40;
constexpr std::size_t parallel_calls = 3;

Part text_part(std::string text) { return {chat::Text{std::move(text)}, {}, {}, {}}; }

Parts echo(const Request& request) {
  std::string words = last_words(request);
  return {text_part(words.empty() ? "Hello." : std::move(words))};
}

std::string lorem_of(std::size_t words) {
  constexpr std::array known{"Lorem",       "ipsum",        "dolor",      "sit",     "amet,",
                             "consectetur", "adipiscing",   "elit,",      "sed",     "do",
                             "eiusmod",     "tempor",       "incididunt", "ut",      "labore",
                             "et",          "dolore",       "magna",      "aliqua.", "Ut",
                             "enim",        "ad",           "minim",      "veniam,", "quis",
                             "nostrud",     "exercitation", "ullamco",    "laboris", "nisi."};
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    if (i > 0) text.push_back(' ');
    text.append(known.at(i % known.size()));
  }
  return text;
}

Parts lorem(const Request& /*request*/) { return {text_part(lorem_of(long_answer_words))}; }
Parts slow(const Request& /*request*/) { return {text_part(lorem_of(slow_answer_words))}; }

Parts think(const Request& request) {
  const std::string words = last_words(request);
  Part thoughts{chat::Reasoning{.text = "The user said \"" + words + "\". I should answer that.",
                                .summary = {},
                                .redacted = false},
                chat::Seal{"demo", "ZGVtby1zZWFsLW9mLXRob3VnaHRz"},
                {},
                {}};
  return {std::move(thoughts), text_part("I have thought about it: " + words)};
}

Parts say_json(const Request& request) {
  const bool free = !request.format.schema;
  return {text_part(free ? R"({"ok":true})" : sample_of(request.format.schema->text()))};
}

/// The result that the model was last given, if that is what the conversation ends with.
const chat::ToolResult* last_result(const Request& request) {
  for (const chat::Message& message : std::views::reverse(request.messages)) {
    if (message.role == chat::Role::assistant) break;
    for (const Part& part : std::views::reverse(message.parts)) {
      if (const auto* result = std::get_if<chat::ToolResult>(&part.body)) return result;
    }
  }
  return nullptr;
}

std::vector<const chat::Tool*> callable_tools(const Request& request) {
  std::vector<const chat::Tool*> tools;
  if (request.tool_choice.mode == chat::ToolChoice::Mode::none) return tools;
  const std::vector<std::string>& allowed = request.tool_choice.allowed;
  for (const chat::Tool& tool : request.tools) {
    if (tool.kind == chat::Tool::Kind::builtin) continue;
    if (allowed.empty() || std::ranges::find(allowed, tool.name) != allowed.end()) {
      tools.push_back(&tool);
    }
  }
  return tools;
}

bool is_freeform(const chat::Tool& tool) { return tool.kind == chat::Tool::Kind::freeform; }

Part call_of(const chat::Tool& tool, std::string input) {
  using Form = chat::ToolCall::Form;
  chat::ToolCall call;
  call.space = tool.space;
  call.name = tool.name;
  call.form = is_freeform(tool) ? Form::freeform : Form::object;
  call.input = std::move(input);
  return {std::move(call), {}, {}, {}};
}

Part call_of(const chat::Tool& tool) {
  if (is_freeform(tool)) return call_of(tool, "demo");
  return call_of(tool, tool.schema ? sample_of(tool.schema->text()) : "{}");
}

/// The calls that lines of the user's ask for: the name of a tool, a space, and what it is given.
Parts calls_asked_for(const Request& request, const std::vector<const chat::Tool*>& tools) {
  Parts parts;
  const std::string words = last_words(request);
  for (std::string_view rest = words; !rest.empty();) {
    std::string_view input = cut(rest, '\n');
    const std::string_view name = cut(input, ' ');
    const auto tool = std::ranges::find(tools, name, &chat::Tool::name);
    if (tool == tools.end()) continue;
    const bool fits = is_freeform(**tool) || (input.starts_with('{') && json::Raw::parse(input));
    if (fits) parts.push_back(call_of(**tool, std::string(input)));
  }
  return parts;
}

Parts call_tools(const Request& request, std::size_t count) {
  if (const chat::ToolResult* result = last_result(request)) {
    std::string said;
    for (const Part& part : result->content) said.append(chat::text_of(part));
    return {text_part("The tool said: " + said)};
  }
  const std::vector<const chat::Tool*> tools = callable_tools(request);
  if (tools.empty()) return {text_part("I was offered no tool.")};
  Parts parts = calls_asked_for(request, tools);
  if (parts.empty()) {
    for (std::size_t i = 0; i < count; ++i) parts.push_back(call_of(*tools[i % tools.size()]));
  }
  if (!request.tool_choice.parallel.value_or(true)) parts.resize(1);
  return parts;
}

Parts call_one(const Request& request) { return call_tools(request, 1); }
Parts call_several(const Request& request) { return call_tools(request, parallel_calls); }

constexpr std::array models{
    DemoModel{"echo", echo},
    DemoModel{"slow", slow, Fault::none, Millis{50}},
    DemoModel{"lorem", lorem},
    DemoModel{"tool", call_one},
    DemoModel{"tools", call_several},
    DemoModel{"think", think},
    DemoModel{"json", say_json},
    DemoModel{"fail", echo, Fault::refused},
    DemoModel{"fail-429", echo, Fault::refused},
    DemoModel{"fail-500", echo, Fault::refused},
    DemoModel{"stall", lorem, Fault::silent},
    DemoModel{"stall-head", echo, Fault::no_head},
    DemoModel{"cut", lorem, Fault::cut},
    DemoModel{"cut-early", echo, Fault::cut_early},
    DemoModel{"garbage", echo, Fault::garbage},
    DemoModel{"error-midstream", lorem, Fault::error_midstream, Millis{20}},
    DemoModel{"slow-start", echo, Fault::none, Millis{0}, Millis{2'000}},
    DemoModel{"html", echo, Fault::html},
    DemoModel{"empty", echo, Fault::empty},
};

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

/// The number behind "fail-", if it is a status that says so.
std::optional<int> failing_status(std::string_view name) {
  constexpr std::string_view prefix = "fail-";
  name = last_part(name);
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::optional<std::uint64_t> status = parse_unsigned(name.substr(prefix.size()));
  if (!status || *status < 400 || *status > 599) return std::nullopt;
  return static_cast<int>(*status);
}

}  // namespace

std::span<const DemoModel> demo_models() { return models; }

const DemoModel* find_demo_model(std::string_view name) {
  const std::string_view wanted = failing_status(name) ? "fail" : last_part(name);
  const auto* const found = std::ranges::find(models, wanted, &DemoModel::name);
  return found == models.end() ? nullptr : found;
}

int status_asked(std::string_view name) { return failing_status(name).value_or(500); }

std::string last_words(const Request& request) {
  for (const chat::Message& message : std::views::reverse(request.messages)) {
    if (message.role != chat::Role::user) continue;
    std::string words;
    for (const Part& part : message.parts) {
      const auto* text = std::get_if<chat::Text>(&part.body);
      if (text == nullptr || text->text.empty()) continue;
      if (!words.empty()) words.push_back('\n');
      words.append(text->text);
    }
    if (!words.empty()) return words;
  }
  return {};
}

}  // namespace omni::upstream
