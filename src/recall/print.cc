#include "recall/print.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/hash.h"

namespace omni::recall {
namespace {

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

/// Writes values so that no two different ones look alike: every text with its length, every list
/// with its count.  Structs are taken apart by name, so that one that gets another member does not
/// compile before somebody has decided here whether it counts.
class Canon {
 public:
  explicit Canon(std::string& out) : out_(out) {}

  /// Where in `out` the words of the question are.
  std::size_t words_at = 0, words_size = 0;

  void put(std::string_view text) {
    put(text.size());
    out_ += text;
  }
  template <Number T>
  void put(T number) {
    std::array<char, 24> digits;
    const auto value = static_cast<std::int64_t>(number);
    out_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
    out_ += ' ';
  }
  void put(double number) { put(std::bit_cast<std::int64_t>(number)); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  void put(const json::Raw& raw) { put(raw.text()); }

  void put(const chat::Extras& extras) {
    const auto& [dialect, spelling, members] = extras;
    std::vector<const json::RawMembers::value_type*> sorted;
    for (const auto& member : members) sorted.push_back(&member);
    std::ranges::sort(sorted, {},
                      [](const auto* member) { return std::string_view(member->first); });
    put(sorted.size());
    if (!sorted.empty()) put(dialect);
    for (const auto* member : sorted) {
      put(member->first);
      put(member->second);
    }
    (void)spelling;  // of the same thing
  }
  void put(const chat::Seal& seal) {
    const auto& [issuer, bytes] = seal;
    put(issuer);
    put(bytes);
  }

  void put(const chat::Text& text) {
    const std::size_t begin = out_.size();
    put(text.text);
    if (&text != words_) return;
    words_at = begin;
    words_size = out_.size() - begin;
  }
  void put(const chat::Refusal& refusal) { put(refusal.text); }
  void put(const chat::Reasoning& reasoning) {
    const auto& [text, summary, redacted] = reasoning;
    put(text);
    put(summary);
    put(redacted);
  }
  void put(const chat::Media& media) {
    const auto& [kind, form, payload, mime_type, name, detail] = media;
    put(kind);
    put(form);
    for (const std::string* each : {&payload, &mime_type, &name, &detail}) put(*each);
  }
  void put(const chat::ToolCall& call) {
    const auto& [id, space, name, input, form, runner] = call;
    for (const std::string* each : {&id, &space, &name, &input}) put(*each);
    put(form);
    put(runner);
  }
  void put(const chat::ToolResult& result) {
    const auto& [call_id, name, content, is_error] = result;
    put(call_id);
    put(name);
    put(content);
    put(is_error);
  }
  void put(const chat::Opaque& opaque) {
    const auto& [dialect, item] = opaque;
    put(dialect);
    put(item);
  }
  void put(const chat::Part& part) {
    const auto& [body, seal, cache_control, extras] = part;
    put(body.index());
    std::visit([this](const auto& each) { put(each); }, body);
    put(seal);
    put(cache_control);
    put(extras);
  }
  void put(const chat::Message& message) {
    const auto& [role, parts, name, extras] = message;
    put(role);
    put(parts);
    put(name);
    put(extras);
  }

  void put(const chat::Tool& tool) {
    const auto& [kind, space, name, description, schema, strict, cache_control, extras] = tool;
    put(kind);
    for (const std::string* each : {&space, &name, &description}) put(*each);
    put(schema);
    put(strict);
    put(cache_control);
    put(extras);
  }
  void put(const chat::ToolChoice& choice) {
    const auto& [mode, allowed, parallel] = choice;
    put(mode);
    put(allowed);
    put(parallel);
  }
  void put(const chat::Sampling& sampling) {
    const auto& [temperature, top_p, presence, frequency, top_k, seed, choices, stop] = sampling;
    for (const auto* each : {&temperature, &top_p, &presence, &frequency}) put(*each);
    for (const auto* each : {&top_k, &seed, &choices}) put(*each);
    put(stop);
  }
  void put(const chat::Thinking& thinking) {
    const auto& [mode, effort, budget_tokens, show_text, imposed] = thinking;
    put(mode);
    put(effort);
    put(budget_tokens);
    put(show_text);
    put(imposed);
  }
  void put(const chat::OutputFormat& format) {
    const auto& [kind, name, description, schema, strict] = format;
    put(kind);
    put(name);
    put(description);
    put(schema);
    put(strict);
  }
  void put(const chat::Request& request) {
    const auto& [source, model, messages, tools, tool_choice, sampling, thinking, format,
                 max_output_tokens, stream, stream_usage, stream_as_array, end_user, extras] =
        request;
    words_ = words_of(request);
    put(messages);
    put(tools);
    put(tool_choice);
    put(sampling);
    put(thinking);
    put(format);
    put(max_output_tokens);
    put(end_user);
    put(extras);
    (void)source, (void)model, (void)stream, (void)stream_usage, (void)stream_as_array;
  }

 private:
  std::string& out_;
  const chat::Text* words_ = nullptr;
};

}  // namespace

Print& Print::add(std::string_view text) {
  Canon(text_).put(text);
  return *this;
}

Print& Print::add(const chat::Request& request) {
  Canon canon(text_);
  canon.put(request);
  words_at_ = canon.words_at;
  words_size_ = canon.words_size;
  return *this;
}

std::string Print::hex() const { return to_hex(sha256(text_)); }

std::string Print::hex_without_words(std::string_view instead) const {
  std::string text, words;
  Canon(words).put(instead);
  text.append(text_, 0, words_at_).append(words).append(text_, words_at_ + words_size_);
  return to_hex(sha256(text));
}

const chat::Text* words_of(const chat::Request& request) {
  if (request.messages.empty()) return nullptr;
  const chat::Message& last = request.messages.back();
  if (last.role != chat::Role::user || last.parts.size() != 1) return nullptr;
  return std::get_if<chat::Text>(&last.parts.front().body);
}

}  // namespace omni::recall
