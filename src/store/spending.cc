#include "store/spending.h"

#include "store/columns.h"
#include "store/usage_stats.h"

namespace omni::store {
namespace {

Status add(sql::Session& usage, std::string_view statement, const std::vector<sql::Value>& values,
           SpendingByKey& by_key) {
  return usage.run(statement, values, [&](const sql::Row& row) {
    by_key[std::string(row.text(0))] += {.cost_nano = row.integer(1), .attempts = row.integer(2)};
  });
}

Status add_tile(sql::Session& usage, const Tile& tile, SpendingByKey& by_key) {
  return add(usage,
             "SELECT api_key_id, sum(cost_nano), sum(requests) FROM " +
                 std::string(table_of(tile.step)) +
                 " WHERE slot >= $1 AND slot < $2 GROUP BY api_key_id",
             {tile.begin, tile.end}, by_key);
}

/// Of less than an hour.  Rows are numbered by their time, which is looked at as well, for clocks
/// are set.
Status add_rows(sql::Session& usage, std::int64_t begin, std::int64_t end, SpendingByKey& by_key) {
  return add(usage,
             "SELECT api_key_id, sum(cost_nano), count(*) FROM usage WHERE id >= $1 AND id < $2 "
             "AND timestamp >= $3 AND timestamp < $4 GROUP BY api_key_id",
             {begin * ids_per_millisecond, (end + length_ms(Step::minute)) * ids_per_millisecond,
              begin, end},
             by_key);
}

}  // namespace

Spending& Spending::operator+=(const Spending& other) {
  cost_nano += other.cost_nano;
  attempts += other.attempts;
  return *this;
}

/// Where an hour is not told by its minutes any more, its rows tell what part of it counts.
Result<SpendingByKey> spending_by_key(sql::Session& usage, Clock::Wall from, Clock::Wall to,
                                      Clock::Wall now) {
  SpendingByKey by_key;
  std::int64_t begin = to_millis(from);
  if (const std::int64_t into_hour = begin - slot_of(Step::hour, begin);
      into_hour > 0 && begin < kept_from_ms(Step::minute, now)) {
    const std::int64_t hour = begin - into_hour + length_ms(Step::hour);
    if (Status rows = add_rows(usage, begin, hour, by_key); !rows) return rows.error();
    begin = hour;
  }
  for (const Tile& tile : tiles_of(begin, to_millis(to), now)) {
    if (Status sums = add_tile(usage, tile, by_key); !sums) return sums.error();
  }
  return by_key;
}

}  // namespace omni::store
