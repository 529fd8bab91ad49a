#pragma once

#include <cstdint>

#include "meter/period.h"

namespace omni::meter {

/// What a budget allows, and what has become of it in its present period.
class BudgetAccount {
 public:
  /// These rules hold from now on.  Whether the period is another one than before: then what was
  /// spent in it has to be added.
  bool adopt(const store::Budget& budget, Clock::Wall now);
  /// There is no budget any more.
  void close() { open_ = false; }
  bool is_open() const { return open_; }

  /// Goes on to the period of that time, in which nothing is spent yet.
  void turn(Clock::Wall now);
  void add_spent(std::int64_t nano) { spent_ += nano; }
  /// Of requests on their way; of a negative amount, it is free again.
  void add_reserved(std::int64_t nano) { reserved_ += nano; }

  std::int64_t spent() const { return spent_; }
  std::int64_t reserved() const { return reserved_; }
  const Period& period() const { return period_; }
  const store::Budget& budget() const { return budget_; }
  std::int64_t limit() const { return budget_.limit_nano().value_or(0); }
  bool is_spent() const { return budget_.limit_nano() && spent_ >= limit(); }
  /// Whether nothing of that cost may be sent.  What others have set aside bars nobody who costs
  /// nothing.
  bool refuses(std::int64_t nano) const {
    return budget_.limit_nano() && spent_ + (nano > 0 ? reserved_ : 0) >= limit();
  }
  /// Whether it has come to where one is warned; once in a period.
  bool begins_to_warn();

 private:
  store::Budget budget_;
  Period period_;
  std::int64_t spent_ = 0, reserved_ = 0;
  bool open_ = false;
};

}  // namespace omni::meter
