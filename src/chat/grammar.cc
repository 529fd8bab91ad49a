#include "chat/grammar.h"

#include <cstddef>
#include <string_view>

#include "json/raw.h"

namespace omni::chat {
namespace {

/// Nobody counts further, so that a number from the wire cannot take memory.
constexpr int choices_max = 1024;
constexpr int summaries_max = 1000;

bool is_whole(const Part& part) {
  return std::holds_alternative<Media>(part.body) || std::holds_alternative<Opaque>(part.body) ||
         std::holds_alternative<ToolResult>(part.body);
}

bool is_sealed_at_end(const Part& part) {
  const auto* reasoning = std::get_if<Reasoning>(&part.body);
  return reasoning != nullptr ? !reasoning->redacted
                              : std::holds_alternative<Text>(part.body) ||
                                    std::holds_alternative<Refusal>(part.body);
}

std::string_view fault_of_seed(const Part& seed) {
  const auto* reasoning = std::get_if<Reasoning>(&seed.body);
  const bool has_text =
      !text_of(seed).empty() || (reasoning != nullptr && !reasoning->summary.empty());
  if (has_text) return "a seed holds what its deltas should bring";
  if (seed.seal && is_sealed_at_end(seed)) return "a seed of text or thoughts is sealed";
  return {};
}

bool is_object(std::string_view text) {
  return json::Raw::parse(text) && text.find_first_not_of(" \t\r\n") == text.find('{');
}

bool has_negative(const Usage& usage) {
  return usage.input_fresh < 0 || usage.input_cache_read < 0 || usage.input_cache_write < 0 ||
         usage.input_cache_write_1h < 0 || usage.input_audio < 0 || usage.input_image < 0 ||
         usage.output_text < 0 || usage.output_reasoning < 0 || usage.output_audio < 0 ||
         usage.output_image < 0 || usage.images < 0 || usage.audio_ms < 0;
}

}  // namespace

void GrammarSink::on(const Event& event) {
  if (violation_.empty()) {
    violation_ = std::visit([this](const auto& told) { return check(told); }, event);
  }
  if (next_ != nullptr) next_->on(event);
}

std::string_view GrammarSink::check(const ReplyBegin& /*begin*/) {
  if (ended_) return "an event after the end";
  if (begun_) return "a second ReplyBegin";
  begun_ = true;
  return {};
}

std::string_view GrammarSink::check(const PartBegin& begin) {
  std::string_view fault;
  ChoiceState* const choice = enter(begin.choice, fault);
  if (choice == nullptr) return fault;
  if (choice->open) return "a part begins while another one is open";
  if (begin.part != choice->parts) return "parts are not numbered one after the other";
  ++choice->parts;
  choice->open = true;
  choice->whole = is_whole(begin.seed);
  choice->reasoning = std::holds_alternative<Reasoning>(begin.seed.body);
  choice->sealed = begin.seed.seal.has_value();
  choice->summary = -1;
  return fault_of_seed(begin.seed);
}

std::string_view GrammarSink::check(const PartDelta& delta) {
  std::string_view fault;
  ChoiceState* const choice = enter(delta.choice, fault);
  if (choice == nullptr) return fault;
  if (!choice->open || delta.part != choice->parts - 1) return "a delta of a part that is not open";
  if (choice->whole) return "a delta of a part that came whole";
  if (delta.summary < 0) return {};
  if (!choice->reasoning) return "a summary of something else than thoughts";
  if (delta.summary < choice->summary) return "the number of a summary goes down";
  if (delta.summary >= summaries_max) return "too many summaries";
  choice->summary = delta.summary;
  return {};
}

std::string_view GrammarSink::check(const PartEnd& end) {
  std::string_view fault;
  ChoiceState* const choice = enter(end.choice, fault);
  if (choice == nullptr) return fault;
  if (!choice->open || end.part != choice->parts - 1) return "the end of a part that is not open";
  if (choice->sealed && end.seal != nullptr) return "a second seal";
  choice->open = false;
  return {};
}

std::string_view GrammarSink::check(const Aside& aside) {
  std::string_view fault;
  ChoiceState* const choice = enter(aside.choice, fault);
  if (choice == nullptr) return fault;
  if (aside.part != -1 && !(choice->open && aside.part == choice->parts - 1))
    return "an aside to a part that is not open";
  return is_object(aside.object) ? "" : "an aside that is no object";
}

std::string_view GrammarSink::check(const UsageSoFar& so_far) {
  if (ended_) return "an event after the end";
  if (!begun_) return "usage before ReplyBegin";
  return has_negative(so_far.usage) ? "negative usage" : "";
}

std::string_view GrammarSink::check(const ChoiceEnd& end) {
  std::string_view fault;
  ChoiceState* const choice = enter(end.choice, fault);
  if (choice == nullptr) return fault;
  if (choice->open) return "a choice ends while a part is open";
  choice->ended = true;
  return {};
}

std::string_view GrammarSink::check(const ReplyEnd& /*end*/) {
  if (ended_) return "an event after the end";
  if (!begun_) return "ReplyEnd before ReplyBegin";
  ended_ = true;
  for (const ChoiceState& choice : choices_) {
    if (choice.begun && !choice.ended) return "the reply ends before a choice has";
  }
  return {};
}

std::string_view GrammarSink::check(const ReplyFailed& failed) {
  if (ended_) return "an event after the end";
  ended_ = true;
  return failed.failure.status >= 400 && failed.failure.status <= 599
             ? ""
             : "a failure whose status is none of a failure";
}

/// The choice that an event is about, or nothing and what is wrong with it.
GrammarSink::ChoiceState* GrammarSink::enter(int number, std::string_view& fault) {
  if (ended_)
    fault = "an event after the end";
  else if (!begun_)
    fault = "an event before ReplyBegin";
  else if (number < 0 || number >= choices_max)
    fault = "a choice's number out of range";
  if (!fault.empty()) return nullptr;
  const auto index = static_cast<std::size_t>(number);
  if (index >= choices_.size()) choices_.resize(index + 1);
  ChoiceState& choice = choices_[index];
  choice.begun = true;
  if (choice.ended) fault = "an event of a choice that has ended";
  return choice.ended ? nullptr : &choice;
}

}  // namespace omni::chat
