#include "dialect/refrain.h"

#include <functional>
#include <variant>

#include "json/plain.h"

namespace omni::dialect {

void Refrain::on(const chat::Event& event) {
  ++told_;
  const auto* delta = std::get_if<chat::PartDelta>(&event);
  words_ = delta != nullptr && delta->summary < 0 ? delta->text : std::string_view{};
  sink_->on(event);
}

std::optional<std::string_view> Refrain::words_of(const SseReader::Event& event) const {
  const std::string_view data = event.data;
  const std::size_t around = before_.size() + after_.size();
  if (!known_ || data.size() <= around || event.name != name_) return std::nullopt;
  if (!data.starts_with(before_) || !data.ends_with(after_)) return std::nullopt;
  const std::string_view words = data.substr(before_.size(), data.size() - around);
  if (!json::is_plain(words)) return std::nullopt;
  return words;
}

void Refrain::begin() {
  told_ = 0;
  known_ = false;
}

void Refrain::end(const SseReader::Event& event) {
  if (told_ == 1 && !words_.empty()) learn(event);
}

/// Words that are not a view of the event had escapes, and those that end before the quote are not
/// all that stands there.
void Refrain::learn(const SseReader::Event& event) {
  const std::string_view data = event.data;
  const std::less_equal<const char*> ordered;
  const char* const words_end = words_.data() + words_.size();
  if (!ordered(data.data() + 1, words_.data())) return;
  if (!ordered(words_end + 1, data.data() + data.size())) return;
  if (words_.data()[-1] != '"' || *words_end != '"') return;
  known_ = true;
  name_ = event.name;
  before_.assign(data.data(), words_.data());
  after_.assign(words_end, data.data() + data.size());
}

}  // namespace omni::dialect
