#include "recall/paraphrases.h"

#include <utility>

namespace omni::recall {

Shared Paraphrases::find(std::string_view partition, const Vector& to, float likeness_min) {
  while (const auto match = nearest_.find(partition, to, likeness_min)) {
    if (Shared answer = cache_.find_instead(match->key)) {
      ++hits_;
      return answer;
    }
    nearest_.forget(match->key);
  }
  ++misses_;
  return nullptr;
}

void Paraphrases::keep(std::string_view partition, const std::string& print, Vector vector,
                       Millis lifetime) {
  if (cache_.has(print)) nearest_.keep(partition, print, std::move(vector), lifetime);
}

void Paraphrases::sweep() {
  nearest_.forget([this](const std::string& print) { return !cache_.has(print); });
}

Paraphrases::Counts Paraphrases::counts() {
  const Nearest::Counts counts = nearest_.counts();
  return {.entries = counts.entries, .bytes = counts.bytes, .hits = hits_, .misses = misses_};
}

bool Paraphrases::may_ask(std::string_view model) {
  const std::lock_guard lock(mutex_);
  return model != failing_ || clock_.steady() >= rests_until_;
}

void Paraphrases::note_success() {
  const std::lock_guard lock(mutex_);
  failing_.clear();
}

/// Who has rested and fails again rests again.
bool Paraphrases::note_failure(const std::string& model) {
  const std::lock_guard lock(mutex_);
  const Clock::Steady now = clock_.steady();
  if (std::exchange(failing_, model) != model) failures_ = 0;
  if (++failures_ < failures_max || now < rests_until_) return false;
  rests_until_ = now + rest;
  return true;
}

}  // namespace omni::recall
