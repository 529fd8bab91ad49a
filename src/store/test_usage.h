#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "store/rollup.h"
#include "store/usage_row.h"

namespace omni::store {

/// Rows of four days before this time, of some series, many at the edges of minutes, hours and
/// days; for the same seed the same.
inline std::vector<UsageRow> random_usage(std::size_t count, Clock::Wall until) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  const auto below = [&random](std::int64_t end) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
  };
  constexpr std::int64_t day = 86'400'000;
  std::vector<UsageRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    UsageRow row;
    row.id = static_cast<std::int64_t>(i) + 1;
    std::int64_t time = to_millis(until) - 1 - below(4 * day);
    const std::int64_t edge = below(8) == 0 ? day : below(4) == 0 ? 3'600'000 : 60'000;
    if (below(2) == 0) time -= time % edge + below(2);
    row.time = from_millis(time);
    row.provider = "p" + std::to_string(below(3));
    row.model = "m" + std::to_string(below(3));
    if (below(4) != 0) row.connection_id = "c" + std::to_string(below(2));
    if (below(3) != 0) row.api_key_id = "k" + std::to_string(below(3));
    if (below(5) == 0) row.combo = "fast";
    row.success = below(5) != 0;
    row.status =
        row.success ? 200 : std::array{200, 429, 503, 0}[static_cast<std::size_t>(below(4))];
    row.latency = Millis(below(100'000));
    if (below(2) == 0) row.ttft = Millis(below(5'000));
    row.cost_nano = below(1'000'000'000);
    row.tokens = {.input = below(20'000),
                  .output = below(1000),
                  .cache_read = below(2) * below(100),
                  .cache_creation = below(2) * below(100),
                  .reasoning = below(100)};
    rows.push_back(std::move(row));
  }
  return rows;
}

/// As the log of usage stores them; those without a number get one of their time.
inline Status store_usage(sql::Session& session, std::vector<UsageRow> rows) {
  Rollup rollup;
  std::int64_t count = 0;
  for (UsageRow& row : rows) {
    if (row.id == 0) row.id = to_millis(row.time) * ids_per_millisecond + ++count;
    const Result<bool> inserted = insert(session, row);
    if (!inserted) return inserted.error();
    if (*inserted) rollup.add(row);
  }
  return rollup.store(session);
}

}  // namespace omni::store
