#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

/// How long what happened is kept, and how much of it.
struct UsageBounds {
  Clock::Wall from;             // rows of usage, and the days that sum them up
  Clock::Wall calls_from = {};  // rows of calls
  std::uint64_t bytes_max = std::uint64_t{1} << 30;
  std::int64_t rows_at_once = 2000;  // so that new rows do not wait long
};

/// Forgets in small steps, each for a transaction of its own, what is too old.  Where all of it is
/// too much, every table loses the oldest part of its time: what is large gives most, and nothing
/// that is small goes before it.  One thread at a time.
class Retention {
 public:
  /// Whether there is more to do.
  Result<bool> step(sql::Session& session, const UsageBounds& bounds, Clock::Wall now);

 private:
  static constexpr std::size_t tables_count = 6;
  using Times = std::array<std::int64_t, tables_count>;  // in milliseconds

  /// Before when each table is to be emptied.
  struct Cut {
    Times before{};
    bool is_by_size = false;
  };
  static Result<Cut> make_cut(sql::Session& session, const UsageBounds& bounds, Clock::Wall now);
  static Result<bool> cut_by_size(sql::Session& session, Times& before);

  std::optional<Cut> cut_;  // while it is being made
};

}  // namespace omni::store
