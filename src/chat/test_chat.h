#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "chat/event.h"
#include "chat/request.h"

namespace omni::chat {

// For tests: everything of the model in readable lines, which GoogleTest compares and shows better
// than structs.  Two values are equal if and only if their lines are.

inline std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

/// ` name="value"`, or nothing where there is none.
inline std::string labelled(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : " " + std::string(name) + "=" + in_quotes(value);
}

template <class Number>
std::string labelled(std::string_view name, const std::optional<Number>& value) {
  return value ? " " + std::string(name) + "=" + std::to_string(*value) : std::string();
}

inline std::string labelled(std::string_view name, const std::optional<json::Raw>& value) {
  return value ? " " + std::string(name) + "=" + std::string(value->text()) : std::string();
}

inline std::string describe(const Extras& extras) {
  if (extras.empty()) return {};
  std::string out = " extras(" + std::string(name_of(extras.dialect));
  if (extras.spelling != 0) out += " spelling=" + std::to_string(extras.spelling);
  for (const auto& [key, value] : extras.members)
    out += " " + key + "=" + std::string(value.text());
  return out + ")";
}

inline std::string describe(const Seal& seal) {
  return " seal=" + in_quotes(seal.issuer + ":" + seal.bytes);
}

inline std::string describe(const Part& part);

/// A part's body in one line: `text "Hello"`.
struct BodyLine {
  std::string operator()(const Text& text) const { return "text" + spaced(text.text); }
  std::string operator()(const Refusal& refusal) const { return "refusal" + spaced(refusal.text); }
  std::string operator()(const Reasoning& reasoning) const {
    std::string out = reasoning.redacted ? "reasoning redacted" : "reasoning";
    out += spaced(reasoning.text);
    for (const std::string& summary : reasoning.summary) out += " summary=" + in_quotes(summary);
    return out;
  }
  std::string operator()(const Media& media) const {
    constexpr std::array kinds{"image", "audio", "video", "document"};
    constexpr std::array forms{"base64", "url", "file_id", "text"};
    return std::string("media ") + kinds[static_cast<std::size_t>(media.kind)] + " " +
           forms[static_cast<std::size_t>(media.form)] + spaced(media.payload) +
           labelled("mime", media.mime_type) + labelled("name", media.name) +
           labelled("detail", media.detail);
  }
  std::string operator()(const ToolCall& call) const {
    constexpr std::array forms{"", " freeform", " broken"};
    return "call" + labelled("id", call.id) + labelled("space", call.space) +
           labelled("name", call.name) + labelled("input", call.input) +
           forms[static_cast<std::size_t>(call.form)] +
           (call.runner == ToolCall::Runner::provider ? " by the provider" : "");
  }
  std::string operator()(const ToolResult& result) const {
    std::string out = "result" + labelled("of", result.call_id) + labelled("name", result.name);
    if (result.is_error) out += " error";
    for (const Part& part : result.content) out += " [" + describe(part) + "]";
    return out;
  }
  std::string operator()(const Opaque& opaque) const {
    return "opaque " + std::string(name_of(opaque.dialect)) + " " + std::string(opaque.item.text());
  }

 private:
  static std::string spaced(std::string_view text) {
    return text.empty() ? std::string() : " " + in_quotes(text);
  }
};

inline std::string describe(const Part& part) {
  return std::visit(BodyLine{}, part.body) + (part.seal ? describe(*part.seal) : "") +
         labelled("cache_control", part.cache_control) + describe(part.extras);
}

/// The buckets that are not zero: `fresh=10 text=3`.
inline std::string describe(const Usage& usage) {
  const std::array<std::pair<std::string_view, std::int64_t>, 11> buckets{
      {{"fresh", usage.input_fresh},
       {"cache_read", usage.input_cache_read},
       {"cache_write", usage.input_cache_write},
       {"cache_write_1h", usage.input_cache_write_1h},
       {"audio_in", usage.input_audio},
       {"text", usage.output_text},
       {"reasoning", usage.output_reasoning},
       {"audio_out", usage.output_audio},
       {"image_in", usage.input_image},
       {"image_out", usage.output_image},
       {"images", usage.images}}};
  std::string out;
  for (const auto& [name, tokens] : buckets) {
    if (tokens != 0) out += " " + std::string(name) + "=" + std::to_string(tokens);
  }
  if (usage.service != Service::standard) out += " " + std::string(name_of(usage.service));
  if (usage.wire) out += " wire=" + BodyLine{}(*usage.wire);
  return "usage" + out;
}

inline std::string_view name_of(Finish finish) {
  constexpr std::array<std::string_view, 5> names{"stop", "length", "tool_calls", "content_filter",
                                                  "paused"};
  return names[static_cast<std::size_t>(finish)];
}

inline std::string_view name_of(Role role) {
  constexpr std::array<std::string_view, 5> names{"system", "developer", "user", "assistant",
                                                  "tool"};
  return names[static_cast<std::size_t>(role)];
}

inline std::string describe(const Failure& failure) {
  return "failed " + std::to_string(failure.status) + " " + in_quotes(failure.message) +
         labelled("type", failure.type) + labelled("code", failure.code) +
         labelled("param", failure.param) + labelled("retry_after_ms", failure.retry_after_ms);
}

/// A line for the reply, each part, each choice's end and the usage.
inline std::string describe(const Reply& reply) {
  std::string out = "reply " + std::string(name_of(reply.source)) + labelled("id", reply.id) +
                    labelled("model", reply.model);
  if (reply.created != 0) out += " created=" + std::to_string(reply.created);
  out += describe(reply.extras) + "\n";
  for (std::size_t i = 0; i < reply.choices.size(); ++i) {
    const Choice& choice = reply.choices[i];
    for (const Part& part : choice.parts) out += std::to_string(i) + " " + describe(part) + "\n";
    out += std::to_string(i) + " finish " + std::string(name_of(choice.finish)) +
           labelled("word", choice.finish_word) + labelled("stop_sequence", choice.stop_sequence) +
           describe(choice.extras) + "\n";
  }
  if (reply.usage) out += describe(*reply.usage) + "\n";
  return out;
}

inline std::string describe(const Message& message) {
  std::string out(name_of(message.role));
  out += labelled("name", message.name) + describe(message.extras);
  for (const Part& part : message.parts) out += "\n  " + describe(part);
  return out;
}

inline std::string describe(const Tool& tool) {
  constexpr std::array kinds{"function", "freeform", "builtin"};
  std::string out = std::string("tool ") + kinds[static_cast<std::size_t>(tool.kind)];
  out += labelled("space", tool.space) + labelled("name", tool.name) +
         labelled("description", tool.description) + labelled("schema", tool.schema) +
         labelled("strict", tool.strict) + labelled("cache_control", tool.cache_control);
  return out + describe(tool.extras);
}

inline std::string describe(const ToolChoice& choice) {
  constexpr std::array modes{"unset", "automatic", "none", "required"};
  std::string out = std::string("tool_choice ") + modes[static_cast<std::size_t>(choice.mode)];
  for (const std::string& name : choice.allowed) out += " " + in_quotes(name);
  return out + labelled("parallel", choice.parallel);
}

inline std::string describe(const Sampling& sampling) {
  std::string out = "sampling" + labelled("temperature", sampling.temperature) +
                    labelled("top_p", sampling.top_p) +
                    labelled("presence_penalty", sampling.presence_penalty) +
                    labelled("frequency_penalty", sampling.frequency_penalty) +
                    labelled("top_k", sampling.top_k) + labelled("seed", sampling.seed) +
                    labelled("choices", sampling.choices);
  for (const std::string& stop : sampling.stop) out += " stop=" + in_quotes(stop);
  return out;
}

inline std::string describe(const Thinking& thinking) {
  constexpr std::array modes{"unset", "off", "on", "adaptive"};
  return std::string("thinking ") + modes[static_cast<std::size_t>(thinking.mode)] +
         labelled("effort", thinking.effort) + labelled("budget", thinking.budget_tokens) +
         labelled("show_text", thinking.show_text);
}

inline std::string describe(const OutputFormat& format) {
  constexpr std::array kinds{"text", "json", "schema"};
  return std::string("format ") + kinds[static_cast<std::size_t>(format.kind)] +
         labelled("name", format.name) + labelled("description", format.description) +
         labelled("schema", format.schema) + labelled("strict", format.strict);
}

/// A line for the request, each message, each part, each tool and each group of settings.
inline std::string describe(const Request& request) {
  std::string out =
      "request " + std::string(name_of(request.source)) + labelled("model", request.model) +
      labelled("max_output_tokens", request.max_output_tokens) + (request.stream ? " stream" : "") +
      (request.stream_usage ? " usage" : "") + (request.stream_as_array ? " array" : "") +
      labelled("end_user", request.end_user) + describe(request.extras) + "\n";
  for (const Message& message : request.messages) out += describe(message) + "\n";
  for (const Tool& tool : request.tools) out += describe(tool) + "\n";
  return out + describe(request.tool_choice) + "\n" + describe(request.sampling) + "\n" +
         describe(request.thinking) + "\n" + describe(request.format) + "\n";
}

/// Writes events down, one line each:
///
///     begin anthropic id="msg_1" model="m"
///     part 0.0 call id="toolu_1" name="get"
///     delta 0.0 "{}"
///     end 0.0
///     finish 0 tool_calls word="tool_use"
///     usage fresh=3 text=7
///     done
class RecordingSink final : public EventSink {
 public:
  /// Merged, what follows each other of one part is one line, so that it does not matter how the
  /// provider's bytes were cut up.
  enum class Deltas : std::uint8_t { separate, merged };

  explicit RecordingSink(Deltas deltas = Deltas::separate) : deltas_(deltas) {}

  void on(const Event& event) override {
    const auto* delta = std::get_if<PartDelta>(&event);
    if (delta == nullptr) {
      head_.clear();
      return lines.push_back(std::visit([](const auto& told) { return line(told); }, event));
    }
    const std::string head = "delta " + place(delta->choice, delta->part) +
                             (delta->summary < 0 ? "" : " " + std::to_string(delta->summary)) + " ";
    if (deltas_ == Deltas::separate || head != head_) {
      lines.emplace_back();
      said_.clear();
    }
    head_ = head;
    said_ += delta->text;
    lines.back() = head + in_quotes(said_);
  }

  std::string text() const {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }

  std::vector<std::string> lines;

 private:
  static std::string place(int choice, int part) {
    return std::to_string(choice) + (part < 0 ? "" : "." + std::to_string(part));
  }
  static std::string line(const ReplyBegin& begin) {
    return "begin " + std::string(name_of(begin.source)) + labelled("id", begin.id) +
           labelled("model", begin.model) +
           (begin.created == 0 ? "" : " created=" + std::to_string(begin.created)) +
           (begin.extras == nullptr ? "" : describe(*begin.extras));
  }
  static std::string line(const PartBegin& begin) {
    return "part " + place(begin.choice, begin.part) + " " + describe(begin.seed);
  }
  static std::string line(const PartDelta& /*delta*/) { return {}; }
  static std::string line(const PartEnd& end) {
    return "end " + place(end.choice, end.part) + (end.seal == nullptr ? "" : describe(*end.seal));
  }
  static std::string line(const Aside& aside) {
    return "aside " + place(aside.choice, aside.part) + " " + std::string(name_of(aside.dialect)) +
           " " + std::string(aside.object);
  }
  static std::string line(const UsageSoFar& so_far) { return describe(so_far.usage); }
  static std::string line(const ChoiceEnd& end) {
    return "finish " + std::to_string(end.choice) + " " + std::string(name_of(end.finish)) +
           labelled("word", end.finish_word) + labelled("stop_sequence", end.stop_sequence);
  }
  static std::string line(const ReplyEnd& /*end*/) { return "done"; }
  static std::string line(const ReplyFailed& failed) { return describe(failed.failure); }

  Deltas deltas_;
  std::string head_, said_;  // of the last line, if it is a delta
};

}  // namespace omni::chat
