#include "dialect/witness.h"

#include <variant>

namespace omni::dialect {
namespace {

/// Whether a client can use the part: it has words, or is something else than words.
bool is_content(const chat::Part& part) {
  const bool words = std::holds_alternative<chat::Text>(part.body) ||
                     std::holds_alternative<chat::Refusal>(part.body) ||
                     std::holds_alternative<chat::Reasoning>(part.body);
  return !words || !chat::text_of(part).empty();
}

}  // namespace

void Witness::on(const chat::Event& event) {
  std::visit([this](const auto& each) { see(each); }, event);
  if (next_ != nullptr) next_->on(event);
}

void Witness::see(const chat::ReplyBegin& begin) {
  seen_.model = begin.model;
  id_ = begin.id;
}

void Witness::see(const chat::PartBegin& begin) {
  seen_.content |= is_content(begin.seed);
  seen_.content_bytes += chat::text_of(begin.seed).size();
}

void Witness::see(const chat::ChoiceEnd& end) {
  if (end.choice == 0) seen_.finish = end.finish;
}

void Witness::see(const chat::ReplyFailed& failed) {
  seen_.failure = failed.failure;
  seen_.ended = true;
}

}  // namespace omni::dialect
