#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

/// What one API key may spend in a time, or all keys of a group, or all requests together.
struct Budget {
  enum class Interval : std::uint8_t { daily, weekly, monthly };
  static constexpr std::array<std::string_view, 3> intervals{"daily", "weekly", "monthly"};

  static std::string of_key(std::string_view id) { return "key:" + std::string(id); }
  static std::string of_group(std::string_view name) { return "group:" + std::string(name); }
  static constexpr std::string_view of_all = "all";

  std::string scope = std::string(of_all);
  std::array<std::optional<std::int64_t>, 3> limits_nano;  // by interval
  double warning_threshold = 0.8;                          // the part of the limit to warn at
  Interval interval = Interval::daily;
  std::int64_t reset_minutes = 0;  // after midnight, UTC

  std::optional<Clock::Wall> warned_at;
  std::optional<Clock::Wall> warned_period;  // its beginning

  /// Whose limit holds: the one that is named or, where it has none, the first that has.
  Interval active() const;
  /// Nothing: any amount.
  std::optional<std::int64_t> limit_nano() const { return limits_nano.at(index_of(active())); }

  /// The first of them for a name that none has.
  static Interval interval_named(std::string_view name);
  static std::size_t index_of(Interval interval) { return static_cast<std::size_t>(interval); }
};

std::string_view name_of(Budget::Interval interval);

Result<std::vector<Budget>> load_budgets(sql::Session& session);
/// In the place of the one with that scope; when it was warned of last stays.
Status put_budget(sql::Session& session, const Budget& budget);
Status delete_budget(sql::Session& session, std::string_view scope);
/// Not where it has been warned of that period before, or there is none; whether it is now.
Result<bool> note_budget_warning(sql::Session& session, std::string_view scope, Clock::Wall when,
                                 Clock::Wall period);

}  // namespace omni::store
