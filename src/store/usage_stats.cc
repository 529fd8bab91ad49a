#include "store/usage_stats.h"

#include <array>

namespace omni::store {
namespace {

/// What is empty asks for nothing; keys are any number, so the text of the statement depends on it.
class Selection {
 public:
  Selection(const Tile& tile, const UsageFilter& filter)
      : from_(" FROM " + std::string(table_of(tile.step)) +
              " WHERE slot >= $1 AND slot < $2 AND ($3 = '' OR provider = $3) AND ($4 = '' OR "
              "model = $4) AND ($5 = '' OR connection_id = $5)"),
        values_{tile.begin, tile.end, filter.provider, filter.model, filter.connection_id} {
    for (const std::string& key : filter.api_keys) {
      values_.emplace_back(key);
      from_ += (values_.size() == 6 ? " AND api_key_id IN ($" : ", $");
      from_ += std::to_string(values_.size());
    }
    if (!filter.api_keys.empty()) from_ += ")";
  }

  Status run(sql::Session& session, std::string select, std::string_view order,
             const sql::OnRow& on_row) const {
    return session.run(select.append(from_).append(order), values_, on_row);
  }

 private:
  std::string from_;
  std::vector<sql::Value> values_;
};

/// In the order of Dimension.
constexpr std::array<std::string_view, 6> columns{"provider",   "model", "connection_id",
                                                  "api_key_id", "combo", "status_class"};

std::string select_rows(const RollupParts& parts) {
  constexpr std::size_t names = columns.size() - 1;
  std::string select = "SELECT slot";
  for (std::size_t i = 0; i < names; ++i) {
    const bool wanted = parts.names || parts.name == static_cast<Dimension>(i);
    select.append(", ").append(wanted ? columns[i] : "''");
  }
  select += ", status_class, requests";
  select += parts.sums ? ", tokens_input, tokens_output, tokens_cache_read, tokens_cache_creation, "
                         "tokens_reasoning, cost_nano, latency_sum_ms, ttft_count, ttft_sum_ms, "
                         "first_at, last_at"
                       : ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0";
  select += parts.latency ? ", latency_histogram" : ", ''";
  select += parts.ttft ? ", ttft_histogram" : ", ''";
  return select + (parts.sums ? ", requests_cached" : ", 0");
}

void read(const sql::Row& from, RollupRow& row) {
  row.slot = from.integer(0);
  row.series.provider = from.text(1);
  row.series.model = from.text(2);
  row.series.connection_id = from.text(3);
  row.series.api_key_id = from.text(4);
  row.series.combo = from.text(5);
  row.series.status_class = from.integer(6);
  row.sums = {.requests = from.integer(7),
              .cached = from.integer(21),
              .input = from.integer(8),
              .output = from.integer(9),
              .cache_read = from.integer(10),
              .cache_creation = from.integer(11),
              .reasoning = from.integer(12),
              .cost_nano = from.integer(13),
              .latency_ms = from.integer(14),
              .ttft_count = from.integer(15),
              .ttft_ms = from.integer(16),
              .first_at_ms = from.integer(17),
              .last_at_ms = from.integer(18)};
  row.latency = from.text(19);
  row.ttft = from.text(20);
}

/// The next one from there on, or the same.
std::int64_t slot_from(Step step, std::int64_t time_ms) {
  if (time_ms > Tile::open_end - length_ms(step)) return Tile::open_end;
  return slot_of(step, time_ms + length_ms(step) - 1);
}

std::int64_t slot_until(Step step, std::int64_t time_ms) {
  return time_ms == Tile::open_end ? time_ms : slot_of(step, time_ms);
}

Step shortest_kept(std::int64_t time_ms, Clock::Wall now) {
  for (const Step step : steps) {
    if (time_ms >= kept_from_ms(step, now)) return step;
  }
  return Step::day;
}

void lay(Step step, std::int64_t begin, std::int64_t end, std::vector<Tile>& tiles) {
  if (begin >= end) return;
  if (step == Step::minute) {
    tiles.push_back({step, begin, end});
    return;
  }
  const Step shorter = step == Step::day ? Step::hour : Step::minute;
  const std::int64_t first = slot_from(step, begin), last = slot_until(step, end);
  if (first >= last) return lay(shorter, begin, end, tiles);
  lay(shorter, begin, first, tiles);
  tiles.push_back({step, first, last});
  lay(shorter, last, end, tiles);
}

}  // namespace

std::vector<Tile> tiles_of(std::int64_t begin_ms, std::int64_t end_ms, Clock::Wall now) {
  const std::int64_t begin = slot_of(shortest_kept(begin_ms, now), begin_ms);
  // Nothing comes after now, so that the slots which have begun may be taken whole.
  const std::int64_t end =
      end_ms > to_millis(now) ? Tile::open_end : slot_from(shortest_kept(end_ms, now), end_ms);
  std::vector<Tile> tiles;
  lay(Step::day, begin, end, tiles);
  return tiles;
}

Status read_prompt_sums(sql::Session& session, const Tile& tile, const UsageFilter& filter,
                        const std::function<void(const PromptSums&)>& on_slot) {
  return Selection(tile, filter)
      .run(session,
           "SELECT slot, sum(requests), sum(requests_cached), sum(tokens_input), "
           "sum(tokens_cache_read), sum(tokens_cache_creation)",
           " GROUP BY slot ORDER BY slot", [&](const sql::Row& row) {
             on_slot({.slot = row.integer(0),
                      .requests = row.integer(1),
                      .cached = row.integer(2),
                      .input = row.integer(3),
                      .cache_read = row.integer(4),
                      .cache_creation = row.integer(5)});
           });
}

Status read_rollups(sql::Session& session, const std::vector<Tile>& tiles,
                    const UsageFilter& filter, const OnRollupRow& on_row,
                    const RollupParts& parts) {
  const std::string select = select_rows(parts);
  RollupRow row;  // one for all, so that its texts keep their memory
  for (const Tile& tile : tiles) {
    Status done = Selection(tile, filter)
                      .run(session, select, " ORDER BY slot", [&](const sql::Row& found) {
                        read(found, row);
                        on_row(row);
                      });
    if (!done) return done;
  }
  return Nothing();
}

std::string text_of(const Series& series, Dimension dimension) {
  switch (dimension) {
    case Dimension::provider:
      return series.provider;
    case Dimension::model:
      return series.model;
    case Dimension::connection:
      return series.connection_id;
    case Dimension::api_key:
      return series.api_key_id;
    case Dimension::combo:
      return series.combo;
    case Dimension::status:
      return std::to_string(series.status_class);
  }
  return {};
}

Result<Texts> busiest(sql::Session& session, const Tile& tile, const UsageFilter& filter,
                      Dimension dimension, std::int64_t most) {
  const std::string column(columns[static_cast<std::size_t>(dimension)]);
  Texts found;
  const Status done = Selection(tile, filter)
                          .run(session, "SELECT " + column + ", sum(requests)",
                               " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT " + std::to_string(most),
                               [&](const sql::Row& row) { found.emplace_back(row.text(0)); });
  if (!done) return done.error();
  return found;
}

Result<std::int64_t> first_slot(sql::Session& session, const Tile& tile,
                                const UsageFilter& filter) {
  std::int64_t first = tile.end;
  const Status done = Selection(tile, filter)
                          .run(session, "SELECT slot", " ORDER BY slot LIMIT 1",
                               [&](const sql::Row& row) { first = row.integer(0); });
  if (!done) return done.error();
  return first;
}

}  // namespace omni::store
