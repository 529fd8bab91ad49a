#include "wire/telling.h"

#include <array>
#include <string_view>

#include "wire/json_text.h"

namespace omni::wire {
namespace {

using chat::Dialect;
using chat::Finish;

std::string_view name_of(Finish finish) {
  static constexpr std::array<std::string_view, 5> names{"stop", "length", "tool_calls",
                                                         "content_filter", "paused"};
  return names[static_cast<std::size_t>(finish)];
}

std::string describe(const chat::Extras& extras) {
  std::string out;
  for (const auto& [name, value] : extras.members) {
    out += " " + name + "=" + canonical(value.text());
  }
  return out;
}

std::string describe(const chat::Part& part) {
  struct Body {
    std::string operator()(const chat::Text& text) const { return "text " + text.text; }
    std::string operator()(const chat::Refusal& refusal) const { return "refusal " + refusal.text; }
    std::string operator()(const chat::Media& media) const {
      return "media " + media.mime_type + " " + media.payload;
    }
    std::string operator()(const chat::Reasoning& thoughts) const {
      std::string out = (thoughts.redacted ? "redacted " : "thoughts ") + thoughts.text;
      for (const std::string& summary : thoughts.summary) out += " | " + summary;
      return out;
    }
    std::string operator()(const chat::ToolCall& call) const {
      return "call " + call.id + " " + call.space + " " + call.name + " " + call.input;
    }
    std::string operator()(const chat::ToolResult& result) const {
      return "result " + result.call_id;
    }
    std::string operator()(const chat::Opaque& opaque) const {
      return "opaque " + canonical(opaque.item.text());
    }
  };
  std::string out = std::visit(Body{}, part.body);
  if (part.seal) out += " sealed " + part.seal->bytes;
  return out + describe(part.extras);
}

std::string at(int choice, int part) {
  return " " + std::to_string(choice) + "." + std::to_string(part) + " ";
}

/// Why it ended, in the words that the dialect has.
Finish as_said(Finish finish, Dialect dialect) {
  if (finish == Finish::paused && dialect != Dialect::anthropic) return Finish::stop;
  if (finish == Finish::content_filter && dialect == Dialect::ollama) return Finish::stop;
  return finish;
}

std::size_t choices_of(Dialect dialect) {
  return dialect == Dialect::openai_chat || dialect == Dialect::gemini ? 8 : 1;
}

/// Free text goes to a dialect that has only objects as one, and so do arguments that are none.
std::string input_of(const chat::ToolCall& call) {
  using Form = chat::ToolCall::Form;
  if (call.form == Form::object) return canonical(call.input);
  const std::string_view name = call.form == Form::freeform ? "input" : "_raw";
  return canonical("{\"" + std::string(name) +
                   "\":" + std::string(json::Raw::quote(call.input).text()) + "}");
}

/// Parts by kind: not every dialect can say in which order they came.
std::string content_of(const chat::Choice& choice, Dialect as_far_as) {
  std::string thoughts, text, calls;
  for (const chat::Part& part : choice.parts) {
    if (std::holds_alternative<chat::Reasoning>(part.body)) thoughts += chat::text_of(part);
    const bool said = std::holds_alternative<chat::Text>(part.body) ||
                      std::holds_alternative<chat::Refusal>(part.body);
    if (said) text += chat::text_of(part);
    const auto* const call = std::get_if<chat::ToolCall>(&part.body);
    if (call == nullptr || call->runner == chat::ToolCall::Runner::provider) continue;
    calls += "call " + call->name + " " + input_of(*call) + "\n";
  }
  std::string out = "ended: " + std::string(name_of(as_said(choice.finish, as_far_as))) + "\n";
  if (!thoughts.empty()) out += "thoughts: " + thoughts + "\n";
  if (!text.empty()) out += "text: " + text + "\n";
  return out + calls;
}

}  // namespace

void Recorder::on(const chat::Event& event) {
  if (!std::holds_alternative<chat::PartDelta>(event)) {
    if (!open_delta_.empty()) text_ += "\n";
    open_delta_.clear();
  }
  std::visit([this](const auto& one) { write(one); }, event);
}

void Recorder::write(const chat::ReplyBegin& begin) {
  text_ += "begin " + std::string(begin.id) + " " + std::string(begin.model) + " " +
           std::to_string(begin.created);
  if (begin.extras != nullptr) text_ += describe(*begin.extras);
  text_ += "\n";
}

void Recorder::write(const chat::PartBegin& begin) {
  text_ += "part" + at(begin.choice, begin.part) + describe(begin.seed) + "\n";
}

void Recorder::write(const chat::PartDelta& delta) {
  std::string head = "delta" + at(delta.choice, delta.part) + std::to_string(delta.summary) + " ";
  if (head != open_delta_) {
    if (!open_delta_.empty()) text_ += "\n";
    text_ += head;
    open_delta_ = std::move(head);
  }
  text_ += delta.text;
}

void Recorder::write(const chat::PartEnd& end) {
  text_ += "end" + at(end.choice, end.part);
  if (end.seal != nullptr) text_ += "sealed " + end.seal->bytes;
  text_ += "\n";
}

void Recorder::write(const chat::Aside& aside) {
  text_ += "aside" + at(aside.choice, aside.part) + canonical(aside.object) + "\n";
}

void Recorder::write(const chat::UsageSoFar& usage) {
  text_ += "usage " + std::to_string(usage.usage.input()) + " " +
           std::to_string(usage.usage.input_cache_read) + " " +
           std::to_string(usage.usage.output()) + " " +
           std::to_string(usage.usage.output_reasoning);
  if (usage.usage.wire) text_ += " " + canonical(usage.usage.wire->item.text());
  text_ += "\n";
}

void Recorder::write(const chat::ChoiceEnd& end) {
  text_ += "ended " + std::to_string(end.choice) + " " + std::string(name_of(end.finish)) + " " +
           std::string(end.finish_word) + " " + std::string(end.stop_sequence) + "\n";
}

void Recorder::write(const chat::ReplyEnd&) { text_ += "complete\n"; }

void Recorder::write(const chat::ReplyFailed& failed) {
  text_ += "failed " + describe(failed.failure) + "\n";
}

Telling telling_of(const chat::Reply& reply, Dialect as_far_as) {
  Telling telling;
  std::size_t told = 0;
  for (const chat::Choice& choice : reply.choices) {
    if (told++ < choices_of(as_far_as)) telling.content += content_of(choice, as_far_as);
  }
  if (!reply.usage) return telling;
  const chat::Usage& usage = *reply.usage;
  telling.usage =
      "input " + std::to_string(usage.input()) + " output " + std::to_string(usage.output());
  if (as_far_as != Dialect::ollama) {
    telling.usage += " from the cache " + std::to_string(usage.input_cache_read);
  }
  if (as_far_as != Dialect::ollama && as_far_as != Dialect::anthropic) {
    telling.usage += " thoughts " + std::to_string(usage.output_reasoning);
  }
  return telling;
}

std::string describe(const Telling& telling) {
  return telling.content + "usage: " + telling.usage + "\n";
}

std::string describe(const chat::Failure& failure) {
  std::string out = std::to_string(failure.status) + " " + failure.message;
  if (!failure.type.empty()) out += " type " + failure.type;
  if (!failure.code.empty()) out += " code " + failure.code;
  if (failure.retry_after_ms) out += " retry after " + std::to_string(*failure.retry_after_ms);
  return out;
}

}  // namespace omni::wire
