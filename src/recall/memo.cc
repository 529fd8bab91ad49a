#include "recall/memo.h"

#include <variant>

namespace omni::recall {
namespace {

std::size_t bytes_of(const chat::Extras& extras) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : extras.members) bytes += key.size() + value.text().size();
  return bytes;
}

/// What an event adds to a reply.
struct Weight {
  std::size_t operator()(const chat::ReplyBegin& begin) const {
    return begin.id.size() + begin.model.size() +
           (begin.extras == nullptr ? 0 : bytes_of(*begin.extras));
  }
  std::size_t operator()(const chat::PartBegin& begin) const {
    std::size_t bytes = sizeof(chat::Part) + bytes_of(begin.seed.extras);
    bytes += chat::text_of(begin.seed).size();
    if (begin.seed.seal) bytes += begin.seed.seal->bytes.size();
    if (const auto* media = std::get_if<chat::Media>(&begin.seed.body)) {
      bytes += media->payload.size();
    } else if (const auto* opaque = std::get_if<chat::Opaque>(&begin.seed.body)) {
      bytes += opaque->item.text().size();
    } else if (const auto* result = std::get_if<chat::ToolResult>(&begin.seed.body)) {
      for (const chat::Part& part : result->content) bytes += (*this)({0, 0, part});
    }
    return bytes;
  }
  std::size_t operator()(const chat::PartDelta& delta) const { return delta.text.size(); }
  std::size_t operator()(const chat::PartEnd& end) const {
    return end.seal == nullptr ? 0 : end.seal->bytes.size();
  }
  std::size_t operator()(const chat::Aside& aside) const { return aside.object.size(); }
  std::size_t operator()(const chat::UsageSoFar&) const { return 0; }
  std::size_t operator()(const chat::ChoiceEnd& end) const {
    return sizeof(chat::Choice) + end.finish_word.size() + end.stop_sequence.size();
  }
  std::size_t operator()(const chat::ReplyEnd&) const { return 0; }
  std::size_t operator()(const chat::ReplyFailed&) const { return 0; }
};

}  // namespace

void Memo::on(const chat::Event& event) {
  if (bytes_ > bytes_max_) return;
  bytes_ += std::visit(Weight{}, event);
  collector_.on(event);
}

std::optional<chat::Reply> Memo::take() {
  if (bytes_ > bytes_max_ || !collector_.complete() || collector_.failure()) return std::nullopt;
  return std::move(collector_).take();
}

}  // namespace omni::recall
