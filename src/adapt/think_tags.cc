// Some models write their thoughts into the answer, in <think>…</think> or <thinking>…</thinking>
// at its very start.  This filter makes a part of thoughts out of them.  Only what may yet be a tag
// is held back, a handful of letters; tags further on are the model's business and stay.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "adapt/step.h"

namespace omni::adapt {
namespace {

struct Tag {
  std::string_view opening, closing;
};
constexpr std::array tags{Tag{"<think>", "</think>"}, Tag{"<thinking>", "</thinking>"}};

/// How many bytes at the end of `text` could be the beginning of `word`.
std::size_t overlap(std::string_view text, std::string_view word) {
  for (std::size_t size = std::min(text.size(), word.size() - 1); size > 0; --size) {
    if (text.ends_with(word.substr(0, size))) return size;
  }
  return 0;
}

class ThinkTagFilter final : public EventFilter {
 public:
  using EventFilter::EventFilter;

  void on(const chat::Event& event) override {
    if (const auto* begin = std::get_if<chat::PartBegin>(&event)) return on_begin(*begin);
    if (const auto* delta = std::get_if<chat::PartDelta>(&event)) return on_delta(*delta);
    if (const auto* end = std::get_if<chat::PartEnd>(&event)) return on_end(*end);
    if (const auto* aside = std::get_if<chat::Aside>(&event)) {
      const Choice& choice = choices_[aside->choice];
      chat::Aside moved = *aside;
      if (moved.part >= 0) moved.part = choice.is_open() ? moved.part + choice.shift : -1;
      next_.on(moved);
      return;
    }
    next_.on(event);
  }

 private:
  enum class Place : std::uint8_t { before, opening, thoughts, after };
  struct Choice {
    Place place = Place::before;
    int shift = 0;  // parts that were added or left out so far
    const Tag* tag = nullptr;
    bool text_open = false;  // a text that was begun by us or passed on
    chat::Part seed;
    std::string held;

    /// Whether the next one has been told of a part that is not over.
    bool is_open() const { return place == Place::thoughts || text_open; }
  };
  static constexpr std::size_t blanks_max = 64;  // that may stand before the tag

  void on_begin(const chat::PartBegin& begin) {
    Choice& choice = choices_[begin.choice];
    if (choice.place == Place::before && std::holds_alternative<chat::Text>(begin.seed.body)) {
      choice.place = Place::opening;
      choice.seed = begin.seed;
      return;
    }
    choice.place = Place::after;
    choice.text_open = true;
    next_.on(chat::PartBegin{begin.choice, begin.part + choice.shift, begin.seed});
  }

  void on_delta(const chat::PartDelta& delta) {
    Choice& choice = choices_[delta.choice];
    if (choice.place == Place::after) {
      pass(choice, delta);
      return;
    }
    choice.held += delta.text;
    if (choice.place == Place::opening) read_opening(choice, delta);
    if (choice.place == Place::thoughts) read_thoughts(choice, delta);
  }

  void on_end(const chat::PartEnd& end) {
    Choice& choice = choices_[end.choice];
    const chat::PartDelta rest{end.choice, end.part, {}, -1};
    if (choice.place == Place::opening) begin_text(choice, rest);
    if (choice.place == Place::thoughts) {  // the closing tag never came
      tell(choice, rest, choice.held);
      choice.place = Place::after;
      choice.text_open = true;
    }
    if (choice.text_open) {
      next_.on(chat::PartEnd{end.choice, end.part + choice.shift, end.seal});
    } else {
      --choice.shift;  // nothing followed the thoughts
    }
    choice.text_open = false;
  }

  void read_opening(Choice& choice, const chat::PartDelta& delta) {
    const std::size_t start = choice.held.find_first_not_of(" \t\r\n");
    if (std::min(start, choice.held.size()) > blanks_max) return begin_text(choice, delta);
    if (start == std::string::npos) return;
    const std::string_view text = std::string_view(choice.held).substr(start);
    for (const Tag& tag : tags) {
      if (text.starts_with(tag.opening)) {
        choice.tag = &tag;
        choice.place = Place::thoughts;
        choice.held.erase(0, start + tag.opening.size());
        const chat::Part thoughts{
            .body = chat::Reasoning{}, .seal = {}, .cache_control = {}, .extras = {}};
        next_.on(chat::PartBegin{delta.choice, delta.part + choice.shift, thoughts});
        return;
      }
    }
    for (const Tag& tag : tags) {
      if (tag.opening.starts_with(text)) return;
    }
    begin_text(choice, delta);
  }

  void read_thoughts(Choice& choice, const chat::PartDelta& delta) {
    const std::string_view closing = choice.tag->closing;
    const std::size_t at = choice.held.find(closing);
    if (at == std::string::npos) {
      const std::size_t pass = choice.held.size() - overlap(choice.held, closing);
      tell(choice, delta, std::string_view(choice.held).substr(0, pass));
      choice.held.erase(0, pass);
      return;
    }
    tell(choice, delta, std::string_view(choice.held).substr(0, at));
    next_.on(chat::PartEnd{delta.choice, delta.part + choice.shift, nullptr});
    ++choice.shift;
    choice.place = Place::after;
    const std::string rest = std::exchange(choice.held, {}).substr(at + closing.size());
    if (!rest.empty()) pass(choice, {delta.choice, delta.part, rest, -1});
  }

  /// There were no thoughts: what was held back is the text.
  void begin_text(Choice& choice, const chat::PartDelta& delta) {
    choice.place = Place::after;
    const std::string held = std::exchange(choice.held, {});
    pass(choice, {delta.choice, delta.part, held, -1});
  }

  void pass(Choice& choice, const chat::PartDelta& delta) {
    if (!std::exchange(choice.text_open, true)) {
      next_.on(chat::PartBegin{delta.choice, delta.part + choice.shift, choice.seed});
    }
    if (delta.text.empty()) return;
    next_.on(chat::PartDelta{delta.choice, delta.part + choice.shift, delta.text, delta.summary});
  }

  void tell(const Choice& choice, const chat::PartDelta& delta, std::string_view thoughts) {
    if (thoughts.empty()) return;
    next_.on(chat::PartDelta{delta.choice, delta.part + choice.shift, thoughts, -1});
  }

  std::map<int, Choice> choices_;
};

}  // namespace

std::unique_ptr<EventFilter> extract_think_tags(const chat::Request&, chat::EventSink& next) {
  return std::make_unique<ThinkTagFilter>(next);
}

}  // namespace omni::adapt
