#include "store/spending.h"

#include "store/columns.h"

namespace omni::store {

Spending& Spending::operator+=(const Spending& other) {
  cost_nano += other.cost_nano;
  attempts += other.attempts;
  return *this;
}

Result<SpendingByKey> spending_by_key(sql::Session& usage, Clock::Wall from, Clock::Wall to) {
  SpendingByKey by_key;
  const Status read = usage.run(
      "SELECT api_key_id, sum(cost_nano), count(*) FROM usage "
      "WHERE timestamp >= $1 AND timestamp < $2 GROUP BY api_key_id",
      {to_value(from), to_value(to)}, [&](const sql::Row& row) {
        by_key[std::string(row.text(0))] +=
            {.cost_nano = row.integer(1), .attempts = row.integer(2)};
      });
  if (!read) return read.error();
  return by_key;
}

}  // namespace omni::store
