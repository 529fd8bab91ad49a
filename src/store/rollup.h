#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "store/histogram.h"
#include "store/sql/session.h"
#include "store/usage_row.h"

namespace omni::store {

/// How long the slots of a table of rollups are; in UTC.
enum class Step : std::uint8_t { minute, hour, day };
constexpr std::array steps{Step::minute, Step::hour, Step::day};

std::int64_t length_ms(Step step);
/// The begin of the slot that has this time in it.
std::int64_t slot_of(Step step, std::int64_t time_ms);
std::string_view table_of(Step step);
/// From when on there are slots of this length; the next longer ones begin there as well.
std::int64_t kept_from_ms(Step step, Clock::Wall now);

/// What rows have in common that are summed up; what they have no name for is empty.
struct Series {
  std::string provider, model, connection_id, api_key_id, combo;
  std::int64_t status_class = 0;  // 2: all went well; otherwise, of the status

  std::strong_ordering operator<=>(const Series&) const = default;
  bool operator==(const Series&) const = default;
};
Series series_of(const UsageRow& row);

struct UsageSums {
  std::int64_t requests = 0;
  std::int64_t cached = 0;  // of those: with tokens read from or written to a provider's cache
  std::int64_t input = 0, output = 0, cache_read = 0, cache_creation = 0, reasoning = 0;
  std::int64_t cost_nano = 0;
  std::int64_t latency_ms = 0;
  std::int64_t ttft_count = 0, ttft_ms = 0;
  std::int64_t first_at_ms = 0, last_at_ms = 0;  // of the requests; only where there are any

  UsageSums& operator+=(const UsageSums& other);
  std::int64_t tokens() const { return input + output; }
  bool operator==(const UsageSums&) const = default;
};
UsageSums sums_of(const UsageRow& row);

/// A slot has so many series; more that come with new names of models are one, for each provider,
/// account, key and combo.
inline constexpr std::int64_t series_per_slot_max = 5000;
inline constexpr std::string_view other_model = "other";

/// Sums up the rows of one transaction, and adds them there to what is stored.
class Rollup {
 public:
  void add(const UsageRow& row);
  Status store(sql::Session& session) const;

 private:
  struct Cell {
    UsageSums sums;
    Histogram latency, ttft;

    Cell& operator+=(const Cell& other);
  };
  using Place = std::pair<std::int64_t, Series>;  // slot and series
  using Cells = std::map<Place, Cell>;
  struct Histograms {
    Histogram latency, ttft;
  };

  static Status store(sql::Session& session, Step step, const Cells& cells);
  static Result<std::optional<Histograms>> find(sql::Session& session, Step step,
                                                const Place& place);
  static Status add_to(sql::Session& session, Step step, const Cells::value_type& entry,
                       Histograms stored);

  Cells minutes_;
};

}  // namespace omni::store
