#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "identity/address.h"

namespace omni::identity {

/// Who tried wrong passwords too often and has to wait: each address by itself, and all together so
/// that many addresses are no way around.  An attempt counts as failed until it succeeds, so many
/// at once are no way around either.  From any thread.
class Lockout {
 public:
  struct Limits {
    std::size_t failures_max = 5;
    std::size_t failures_max_of_all = 60;
    /// Failures this old are forgotten, and the last one locks for as long.
    std::chrono::minutes window{15};
  };

  explicit Lockout(const Clock& clock) : Lockout(clock, Limits{}) {}
  Lockout(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// Zero: try the password now.  Otherwise how long to wait, rounded up.
  std::chrono::seconds attempt(const Address& from);
  /// The attempt was right: the address starts anew.
  void succeeded(const Address& from);
  /// There is a new password: guesses at the old one keep nobody out who knows it.
  void forget_all();

  /// Who may not try now, and for how much longer.
  struct Locked {
    Address address{};
    Clock::Steady::duration left{};
  };
  std::vector<Locked> locked();
  /// Whether it was locked, or at least remembered.
  bool unlock(const Address& from);

  /// How many addresses are remembered: never more than failures of all fit into a window.
  std::size_t addresses() const;

 private:
  using Times = std::deque<Clock::Steady>;

  Clock::Steady::duration left(Times& times, std::size_t times_max) const;
  void forget_old();

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;
  Times all_;
  std::map<Address, Times> by_address_;
};

}  // namespace omni::identity
