#include "identity/lockout.h"

#include <algorithm>

namespace omni::identity {
namespace {

/// Whoever has one IPv6 address has its whole /64, so that is whom we count.
Address household(Address address) {
  if (is_ipv4(address)) return address;
  for (std::size_t i = 8; i < address.size(); ++i) address[i] = 0;
  return address;
}

}  // namespace

std::chrono::seconds Lockout::attempt(const Address& from) {
  const std::scoped_lock lock(mutex_);
  forget_old();
  Times& mine = by_address_[household(from)];
  const auto wait =
      std::max(left(mine, limits_.failures_max), left(all_, limits_.failures_max_of_all));
  if (wait == wait.zero()) {
    mine.push_back(clock_.steady());
    all_.push_back(clock_.steady());
  } else if (mine.empty()) {
    by_address_.erase(household(from));
  }
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

void Lockout::succeeded(const Address& from) {
  const std::scoped_lock lock(mutex_);
  by_address_.erase(household(from));
  if (!all_.empty()) all_.pop_back();
}

void Lockout::forget_all() {
  const std::scoped_lock lock(mutex_);
  by_address_.clear();
  all_.clear();
}

std::vector<Lockout::Locked> Lockout::locked() {
  const std::scoped_lock lock(mutex_);
  forget_old();
  std::vector<Locked> all;
  for (auto& [address, times] : by_address_) {
    const auto wait = left(times, limits_.failures_max);
    if (wait > wait.zero()) all.push_back({address, wait});
  }
  return all;
}

bool Lockout::unlock(const Address& from) {
  const std::scoped_lock lock(mutex_);
  return by_address_.erase(household(from)) > 0;
}

std::size_t Lockout::addresses() const {
  const std::scoped_lock lock(mutex_);
  return by_address_.size();
}

/// How long the last of too many failures still locks.  Fewer are forgotten one by one, as each
/// grows old.
Clock::Steady::duration Lockout::left(Times& times, std::size_t times_max) const {
  const Clock::Steady now = clock_.steady();
  if (times.size() >= times_max) {
    if (now < times.back() + limits_.window) return times.back() + limits_.window - now;
    times.clear();
  }
  while (!times.empty() && now >= times.front() + limits_.window) times.pop_front();
  return {};
}

void Lockout::forget_old() {
  std::erase_if(by_address_, [this](const auto& entry) {
    return clock_.steady() >= entry.second.back() + limits_.window;
  });
}

}  // namespace omni::identity
