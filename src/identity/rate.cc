#include "identity/rate.h"

namespace omni::identity {
namespace {

std::chrono::seconds until(Clock::Wall end, Clock::Wall now) {
  return std::chrono::ceil<std::chrono::seconds>(end - now);
}

}  // namespace

std::chrono::seconds Rates::take(std::string_view key_id, RateLimit limit) {
  if (limit.per_minute == 0 && limit.per_day == 0) return {};
  const Clock::Wall now = clock_.wall();
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const auto minute = std::chrono::floor<std::chrono::minutes>(now);
  const std::scoped_lock lock(mutex_);
  if (day != day_) {
    day_ = day;
    counts_.clear();
  }
  auto found = counts_.find(key_id);
  if (found == counts_.end()) found = counts_.emplace(key_id, Count{}).first;
  Count& count = found->second;
  if (count.minute != minute) {
    count.minute = minute;
    count.in_minute = 0;
  }
  if (limit.per_day > 0 && count.on_day >= limit.per_day) {
    return until(day + std::chrono::days{1}, now);
  }
  if (limit.per_minute > 0 && count.in_minute >= limit.per_minute) {
    return until(minute + std::chrono::minutes{1}, now);
  }
  ++count.in_minute;
  ++count.on_day;
  return {};
}

}  // namespace omni::identity
