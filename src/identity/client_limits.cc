#include "identity/client_limits.h"

#include <algorithm>
#include <array>

namespace omni::identity {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

std::uint64_t limit_of(std::optional<std::int64_t> value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value.value_or(0), 0));
}

std::optional<Standing> standing(const Allowance& allowance, Pace pace, Clock::Steady now) {
  if (pace.limit == 0) return std::nullopt;
  return Standing{pace.limit, allowance.left(pace, now), allowance.until_full(now)};
}

/// The one that is felt first.
std::optional<Standing> tighter(std::optional<Standing> a, std::optional<Standing> b) {
  if (!a || !b) return a ? a : b;
  if (a->left == b->left) return a->full_in < b->full_in ? b : a;
  return a->left < b->left ? a : b;
}

}  // namespace

KeyLimits::KeyLimits(const store::ApiKey& key)
    : minute{.limit = limit_of(key.requests_per_minute_max)},
      day{.limit = limit_of(key.requests_per_day_max), .period = std::chrono::days{1}},
      tokens{.limit = limit_of(key.tokens_per_minute_max)},
      at_once(limit_of(key.requests_at_once_max)) {}

bool KeyLimits::any() const {
  return minute.limit > 0 || day.limit > 0 || tokens.limit > 0 || at_once > 0;
}

ClientLimits::Stay::Stay(Stay&& other) noexcept
    : limits_(std::exchange(other.limits_, nullptr)),
      key_id_(std::move(other.key_id_)),
      tokens_(other.tokens_) {}

ClientLimits::Stay& ClientLimits::Stay::operator=(Stay&& other) noexcept {
  std::swap(limits_, other.limits_);
  std::swap(key_id_, other.key_id_);
  std::swap(tokens_, other.tokens_);
  return *this;
}

ClientLimits::Stay::~Stay() {
  if (limits_ != nullptr) limits_->leave(key_id_);
}

void ClientLimits::Stay::use_tokens(std::uint64_t tokens) const {
  if (limits_ != nullptr) limits_->use_tokens(key_id_, tokens_, tokens);
}

std::optional<ClientLimits::Refusal> ClientLimits::Count::refuse(const KeyLimits& limits,
                                                                 Clock::Steady now) const {
  const bool crowded = limits.at_once > 0 && running >= limits.at_once;
  const std::array<std::pair<nanoseconds, std::string_view>, 4> waits{{
      {day.wait(limits.day, now), "This API key has no requests left for today"},
      {minute.wait(limits.minute, now), "This API key has no requests left for now"},
      {tokens.wait(limits.tokens, now), "This API key has no tokens left for now"},
      {crowded ? seconds{1} : seconds{0}, "This API key has as many requests as it may at a time"},
  }};
  const auto& [wait, why] =
      *std::ranges::max_element(waits, {}, [](auto& each) -> auto& { return each.first; });
  if (wait == nanoseconds{0}) return std::nullopt;
  return Refusal{why, std::chrono::ceil<seconds>(wait)};
}

bool ClientLimits::Count::idle(Clock::Steady now) const {
  const auto full = [now](const Allowance& each) { return each.until_full(now) == nanoseconds{0}; };
  return running == 0 && full(minute) && full(day) && full(tokens);
}

ClientLimits::Entry ClientLimits::enter(const store::ApiKey& key) {
  const KeyLimits limits(key);
  Entry entry;
  if (!limits.any()) return entry;
  const Clock::Steady now = clock_.steady();
  const std::scoped_lock lock(mutex_);
  Count& count = count_of(key.id, now);
  entry.refusal = count.refuse(limits, now);
  if (!entry.refusal) {
    count.minute.take(limits.minute, now, 1);
    count.day.take(limits.day, now, 1);
    ++count.running;
    entry.stay = Stay(*this, key.id, limits.tokens);
  }
  entry.requests =
      tighter(standing(count.minute, limits.minute, now), standing(count.day, limits.day, now));
  entry.tokens = standing(count.tokens, limits.tokens, now);
  return entry;
}

/// Those that nothing is known of any more go when there are twice as many as the last time.
ClientLimits::Count& ClientLimits::count_of(const std::string& key_id, Clock::Steady now) {
  if (counts_.size() >= sweep_at_) {
    std::erase_if(counts_, [now](const auto& each) { return each.second.idle(now); });
    sweep_at_ = std::max<std::size_t>(64, 2 * counts_.size());
  }
  return counts_[key_id];
}

void ClientLimits::leave(const std::string& key_id) {
  const std::scoped_lock lock(mutex_);
  --counts_.at(key_id).running;
}

void ClientLimits::use_tokens(const std::string& key_id, Pace pace, std::uint64_t tokens) {
  const std::scoped_lock lock(mutex_);
  counts_.at(key_id).tokens.take(pace, clock_.steady(), tokens);
}

}  // namespace omni::identity
