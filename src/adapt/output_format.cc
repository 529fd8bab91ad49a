// Quirks about the form of the answer: where a provider cannot be told of a schema, the model is
// told in words.  The fence of Markdown that models then like to put around JSON is taken off.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "adapt/step.h"
#include "adapt/system_message.h"
#include "dialect/format_in_words.h"

namespace omni::adapt {
namespace {

using Kind = chat::OutputFormat::Kind;

void ask_in_words(chat::Request& request) {
  auto behind_system = request.messages.begin();
  while (
      behind_system != request.messages.end() &&
      (behind_system->role == chat::Role::system || behind_system->role == chat::Role::developer)) {
    ++behind_system;
  }
  request.messages.insert(behind_system, system_message(dialect::format_in_words(request.format)));
}

constexpr std::string_view fence = "```";

/// Takes "```json" and "```" off an answer that begins with them.  No line of JSON begins with back
/// quotes, so one that does ends the answer, and words behind it, which nobody asked for, go with
/// it.  What may yet turn out to be a fence waits; all else passes at once.
class FenceFilter final : public EventFilter {
 public:
  using EventFilter::EventFilter;

  void on(const chat::Event& event) override {
    if (const auto* begin = std::get_if<chat::PartBegin>(&event)) {
      if (begin->choice == 0 && std::holds_alternative<chat::Text>(begin->seed.body)) {
        place_ = place_ == Place::before ? Place::opening : Place::open_text;
        part_ = begin->part;
      }
    } else if (const auto* delta = std::get_if<chat::PartDelta>(&event)) {
      if (delta->choice == 0 && delta->part == part_ && place_ != Place::open_text) {
        take(delta->text);
        return;
      }
    } else if (const auto* end = std::get_if<chat::PartEnd>(&event)) {
      if (end->choice == 0 && end->part == part_) close();
    }
    next_.on(event);
  }

 private:
  enum class Place : std::uint8_t { before, opening, fenced, behind, open_text };
  static constexpr std::size_t opening_max = 64;

  void take(std::string_view text) {
    held_ += text;
    if (place_ == Place::opening) read_opening();
    if (place_ == Place::fenced) look_for_closing();
    if (place_ == Place::fenced) pass_all_but_end();
    if (place_ == Place::behind) held_.clear();
  }

  /// Decides whether the text begins with a fence, once enough of it is there.
  void read_opening() {
    const std::size_t start = std::min(held_.find_first_not_of(" \t\r\n"), held_.size());
    const std::string_view text = std::string_view(held_).substr(start);
    if (start > opening_max) return pass_all();
    if (text.size() < fence.size() && fence.starts_with(text)) return;
    const std::size_t line = text.find('\n');
    if (text.starts_with(fence) && line == std::string_view::npos && text.size() < opening_max) {
      return;
    }
    if (text.starts_with(fence) && line != std::string_view::npos) {
      held_.erase(0, start + line + 1);
      place_ = Place::fenced;
    } else {
      pass_all();
    }
  }

  /// There is no fence.
  void pass_all() {
    place_ = Place::open_text;
    flush();
  }

  void look_for_closing() {
    const std::size_t line = held_.find("\n```");
    if (line == std::string::npos) return;
    held_.erase(line);
    while (held_.ends_with('\n') || held_.ends_with('\r')) held_.pop_back();
    flush();
    place_ = Place::behind;
  }

  /// Blanks and back quotes at the end may be the closing fence: they wait for what follows.
  void pass_all_but_end() {
    const std::size_t last = held_.find_last_not_of(" \t\r\n`");
    if (last == std::string::npos) {
      if (held_.size() > opening_max) flush();
      return;
    }
    next_.on(chat::PartDelta{.choice = 0, .part = part_, .text = {held_.data(), last + 1}});
    held_.erase(0, last + 1);
  }

  void close() {
    const std::size_t closing = place_ == Place::fenced ? held_.find(fence) : std::string::npos;
    if (closing != std::string::npos) {
      held_.erase(closing);
      while (held_.ends_with('\n') || held_.ends_with('\r')) held_.pop_back();
    }
    flush();
    place_ = Place::open_text;
    part_ = -1;
  }

  void flush() {
    if (held_.empty()) return;
    const std::string text = std::exchange(held_, {});
    next_.on(chat::PartDelta{.choice = 0, .part = part_, .text = text});
  }

  Place place_ = Place::before;
  int part_ = -1;
  std::string held_;
};

}  // namespace

void schema_in_words(chat::Request& request, const Facts&) {
  if (request.format.kind == Kind::text) return;
  ask_in_words(request);
  request.format = {};
}

void json_without_schema(chat::Request& request, const Facts&) {
  if (request.format.kind != Kind::schema) return;
  ask_in_words(request);
  request.format = {};
  request.format.kind = Kind::json;
}

void schema_without_tools(chat::Request& request, const Facts& facts) {
  if (!request.tools.empty()) schema_in_words(request, facts);
}

std::unique_ptr<EventFilter> strip_fences(const chat::Request& request, chat::EventSink& next) {
  if (request.format.kind == Kind::text) return nullptr;
  return std::make_unique<FenceFilter>(next);
}

}  // namespace omni::adapt
