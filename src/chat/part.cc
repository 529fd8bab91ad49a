#include "chat/part.h"

#include "base/strings.h"
#include "json/index.h"

namespace omni::chat {
namespace {

std::string joined(const std::vector<std::string>& summaries) {
  std::string out;
  for (const std::string& summary : summaries) {
    if (!out.empty() && !summary.empty()) out += "\n\n";
    out += summary;
  }
  return out;
}

}  // namespace

void check_input(ToolCall& call) {
  const std::string_view said = trim(call.input);
  if (said.empty() || said == "null") call.input = "{}";
  const json::Scratch scratch;
  const bool object = scratch.index.build(call.input) && scratch.index.first(0) == '{';
  call.form = object ? ToolCall::Form::object : ToolCall::Form::broken;
}

std::string text_of(const Part& part) {
  if (const auto* text = std::get_if<Text>(&part.body)) return text->text;
  if (const auto* refusal = std::get_if<Refusal>(&part.body)) return refusal->text;
  if (const auto* call = std::get_if<ToolCall>(&part.body)) return call->input;
  if (const auto* reasoning = std::get_if<Reasoning>(&part.body))
    return reasoning->text.empty() ? joined(reasoning->summary) : reasoning->text;
  return {};
}

}  // namespace omni::chat
