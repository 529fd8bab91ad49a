#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "meter/period.h"

namespace omni::meter {

/// What a budget allows, and what has become of it in its present period.
class BudgetAccount {
 public:
  /// These rules hold from now on.  Where the period is another one than before, what was spent in
  /// it is not known any more.
  void adopt(const store::Budget& budget, Clock::Wall now);
  /// There is no budget any more.
  void close() { open_ = false; }
  bool is_open() const { return open_; }

  /// Goes on to the period of that time, in which nothing is spent yet.
  void turn(Clock::Wall now);
  /// What one row of usage says; 0: one that is kept nowhere.
  void add_spent(std::int64_t nano, std::int64_t row);
  /// What was spent before the account was here is known: all rows up to that one say so.  Others
  /// are counted one by one.
  void add_past(std::int64_t nano, std::int64_t last_row);
  bool knows_past() const { return past_to_.has_value(); }
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
  std::optional<std::int64_t> past_to_;  // the last row that its past is made of
  /// Until its past is known, what was spent meanwhile: it may be among those rows, or not.
  struct Spent {
    std::int64_t nano, row;
  };
  std::vector<Spent> meanwhile_;
  bool open_ = false;

  void begin(const Period& period);
};

}  // namespace omni::meter
