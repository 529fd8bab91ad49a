#include "upstream/special/telling.h"

#include <algorithm>
#include <utility>

namespace omni::upstream {
namespace {

constexpr std::size_t fragment_bytes = 8;

/// The first word with the blanks behind it.
std::size_t word_end(std::string_view text) {
  const std::size_t blank = text.find_first_of(" \n");
  return std::min(text.find_first_not_of(" \n", blank), text.size());
}

/// About so many bytes, and whole characters.
std::size_t fragment_end(std::string_view text) {
  std::size_t end = std::min(fragment_bytes, text.size());
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end;
}

}  // namespace

void Telling::on(const chat::Event& event) {
  if (const auto* delta = std::get_if<chat::PartDelta>(&event)) return tell(*delta);
  if (const auto* so_far = std::get_if<chat::UsageSoFar>(&event)) return tell(so_far->usage);
  if (const auto* begin = std::get_if<chat::PartBegin>(&event)) {
    in_call_ = std::holds_alternative<chat::ToolCall>(begin->seed.body);
  }
  if (std::holds_alternative<chat::ChoiceEnd>(event) && usage_) {
    pass_on(chat::UsageSoFar{*usage_});
  }
  pass_on(event);
}

void Telling::tell(const chat::PartDelta& delta) {
  std::string_view rest = delta.text;
  while (!rest.empty() && !failed_) {
    if (pace_.words_before_failure && (*pace_.words_before_failure)-- == 0) return fail();
    const std::size_t end = in_call_ ? fragment_end(rest) : word_end(rest);
    pass_on(chat::PartDelta{delta.choice, delta.part, rest.substr(0, end), delta.summary},
            pace_.word_pause);
    rest.remove_prefix(end);
  }
}

void Telling::tell(const chat::Usage& usage) {
  usage_ = usage;
  chat::Usage opening = usage;
  opening.output_text = 1;
  opening.output_reasoning = 0;
  pass_on(chat::UsageSoFar{opening});
}

void Telling::fail() {
  chat::Failure failure;
  failure.status = 529;
  failure.message = "Overloaded: the demo model fails here, as its name asks.";
  pass_on(chat::ReplyFailed{failure});
  failed_ = true;
}

void Telling::pass_on(const chat::Event& event, Millis pause) {
  if (failed_) return;
  encoder_->on(event);
  if (!out_.empty()) pieces_.push_back({pause, std::exchange(out_, {})});
}

}  // namespace omni::upstream
