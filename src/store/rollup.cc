// Each row goes into three tables.  A group of rows has few series and mostly one minute, so it is
// summed up first and costs a few statements however many rows it has.

#include "store/rollup.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

namespace omni::store {
namespace {

constexpr std::array<std::string_view, 7> keys{
    "slot", "provider", "model", "connection_id", "api_key_id", "combo", "status_class"};
constexpr std::array<std::string_view, 11> summed{
    "requests",          "tokens_input",          "tokens_output",
    "tokens_cache_read", "tokens_cache_creation", "tokens_reasoning",
    "cost_nano",         "latency_sum_ms",        "ttft_count",
    "ttft_sum_ms",       "requests_cached"};

constexpr std::array<std::chrono::minutes, 3> lengths{std::chrono::minutes(1),
                                                      std::chrono::hours(1), std::chrono::days(1)};
constexpr std::chrono::hours minutes_kept{48};
constexpr std::chrono::days hours_kept{400};

std::string list_of(auto begin, auto end) {
  std::string list;
  for (; begin != end; ++begin) list.append(list.empty() ? "" : ", ").append(*begin);
  return list;
}

std::string where_is_key() {
  std::string where = " WHERE ";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    where.append(i == 0 ? "" : " AND ")
        .append(keys[i])
        .append(" = $")
        .append(std::to_string(i + 1));
  }
  return where;
}

/// Histograms are replaced: they were added to those that stood there.
std::string upsert_into(std::string_view table) {
  const std::string name(table);
  std::string statement = "INSERT INTO " + name + " (" + list_of(keys.begin(), keys.end()) + ", " +
                          list_of(summed.begin(), summed.end()) +
                          ", first_at, last_at, latency_histogram, ttft_histogram) VALUES ($1";
  for (std::size_t i = 2; i <= keys.size() + summed.size() + 4; ++i) {
    statement.append(", $").append(std::to_string(i));
  }
  statement += ") ON CONFLICT (" + list_of(keys.begin(), keys.end()) + ") DO UPDATE SET ";
  for (const std::string_view column : summed) {
    const std::string sum(column);
    statement += sum + " = " + name + "." + sum + " + excluded." + sum + ", ";
  }
  for (const std::string edge : {"first_at", "last_at"}) {
    const std::string old = name + "." + edge, now = "excluded." + edge;
    const std::string earlier = edge == "first_at" ? " < " : " > ";
    statement +=
        edge + " = CASE WHEN " + now + earlier + old + " THEN " + now + " ELSE " + old + " END, ";
  }
  return statement +
         "latency_histogram = excluded.latency_histogram, ttft_histogram = excluded.ttft_histogram";
}

/// What is run for each cell of a table.
struct Statements {
  explicit Statements(Step step)
      : select("SELECT latency_histogram, ttft_histogram FROM " + std::string(table_of(step)) +
               where_is_key()),
        upsert(upsert_into(table_of(step))) {}

  std::string select, upsert;
};

const Statements& statements_of(Step step) {
  static const std::array all{Statements(Step::minute), Statements(Step::hour),
                              Statements(Step::day)};
  return all[static_cast<std::size_t>(step)];
}

std::vector<sql::Value> key_of(const std::pair<std::int64_t, Series>& place) {
  const auto& [slot, series] = place;
  return {slot,         series.provider,    series.model, series.connection_id, series.api_key_id,
          series.combo, series.status_class};
}

/// For series that are new in their slots.
class Room {
 public:
  Room(sql::Session& session, Step step)
      : session_(session),
        count_("SELECT count(*) FROM " + std::string(table_of(step)) + " WHERE slot = $1") {}

  /// Whether there was some.
  Result<bool> take(std::int64_t slot) {
    const auto [taken, is_new] = taken_.try_emplace(slot, 0);
    if (is_new) {
      const Status counted = session_.run(
          count_, {slot}, [&](const sql::Row& row) { taken->second = row.integer(0); });
      if (!counted) return counted.error();
    }
    if (taken->second >= series_per_slot_max) return false;
    ++taken->second;
    return true;
  }

 private:
  sql::Session& session_;
  const std::string count_;
  std::map<std::int64_t, std::int64_t> taken_;
};

}  // namespace

std::int64_t length_ms(Step step) {
  return Millis(lengths[static_cast<std::size_t>(step)]).count();
}

std::int64_t slot_of(Step step, std::int64_t time_ms) {
  return time_ms - time_ms % length_ms(step);
}

std::string_view table_of(Step step) {
  static constexpr std::array<std::string_view, 3> tables{"usage_minute", "usage_hour",
                                                          "usage_day"};
  return tables[static_cast<std::size_t>(step)];
}

std::int64_t kept_from_ms(Step step, Clock::Wall now) {
  if (step == Step::day) return 0;
  const Millis kept = step == Step::minute ? Millis(minutes_kept) : Millis(hours_kept);
  const Step longer = step == Step::minute ? Step::hour : Step::day;
  return slot_of(longer, std::max(std::int64_t{0}, to_millis(now) - kept.count()));
}

/// A stream that breaks off has failed, though its status was good.
Series series_of(const UsageRow& row) {
  const std::int64_t status_class = row.success ? 2 : row.status >= 300 ? row.status / 100 : 5;
  return {row.provider, row.model, row.connection_id, row.api_key_id, row.combo, status_class};
}

UsageSums sums_of(const UsageRow& row) {
  const std::int64_t time = to_millis(row.time);
  return {.requests = 1,
          .cached = row.tokens.cache_read + row.tokens.cache_creation > 0 ? 1 : 0,
          .input = row.tokens.input,
          .output = row.tokens.output,
          .cache_read = row.tokens.cache_read,
          .cache_creation = row.tokens.cache_creation,
          .reasoning = row.tokens.reasoning,
          .cost_nano = row.cost_nano,
          .latency_ms = row.latency.count(),
          .ttft_count = row.ttft ? 1 : 0,
          .ttft_ms = row.ttft.value_or(Millis(0)).count(),
          .first_at_ms = time,
          .last_at_ms = time};
}

UsageSums& UsageSums::operator+=(const UsageSums& other) {
  if (requests == 0) return *this = other;
  if (other.requests == 0) return *this;
  requests += other.requests;
  cached += other.cached;
  input += other.input, output += other.output;
  cache_read += other.cache_read, cache_creation += other.cache_creation;
  reasoning += other.reasoning;
  cost_nano += other.cost_nano;
  latency_ms += other.latency_ms;
  ttft_count += other.ttft_count, ttft_ms += other.ttft_ms;
  first_at_ms = std::min(first_at_ms, other.first_at_ms);
  last_at_ms = std::max(last_at_ms, other.last_at_ms);
  return *this;
}

Rollup::Cell& Rollup::Cell::operator+=(const Cell& other) {
  sums += other.sums;
  latency += other.latency;
  ttft += other.ttft;
  return *this;
}

void Rollup::add(const UsageRow& row) {
  Cell& cell = minutes_[{slot_of(Step::minute, to_millis(row.time)), series_of(row)}];
  cell.sums += sums_of(row);
  cell.latency.add(row.latency);
  if (row.ttft) cell.ttft.add(*row.ttft);
}

Status Rollup::store(sql::Session& session) const {
  for (const Step step : steps) {
    Cells cells;
    for (const auto& [place, cell] : minutes_) {
      cells[{slot_of(step, place.first), place.second}] += cell;
    }
    if (Status stored = store(session, step, cells); !stored) return stored;
  }
  return Nothing();
}

/// What finds no room goes together, as far as that can be told: the names of models are what
/// clients invent, the rest is set up.
Status Rollup::store(sql::Session& session, Step step, const Cells& cells) {
  Cells others;
  Room room(session, step);
  for (const auto& entry : cells) {
    const auto& [place, cell] = entry;
    const auto found = find(session, step, place);
    if (!found) return found.error();
    if (!*found) {
      const Result<bool> taken = room.take(place.first);
      if (!taken) return taken.error();
      if (!*taken) {
        Place other = place;
        other.second.model = other_model;
        others[std::move(other)] += cell;
        continue;
      }
    }
    const Status put = add_to(session, step, entry, found->value_or(Histograms()));
    if (!put) return put;
  }
  for (const auto& entry : others) {
    const auto found = find(session, step, entry.first);
    if (!found) return found.error();
    const Status put = add_to(session, step, entry, found->value_or(Histograms()));
    if (!put) return put;
  }
  return Nothing();
}

Result<std::optional<Rollup::Histograms>> Rollup::find(sql::Session& session, Step step,
                                                       const Place& place) {
  std::optional<Histograms> found;
  const Status read =
      session.run(statements_of(step).select, key_of(place), [&](const sql::Row& row) {
        found.emplace();
        found->latency.add(row.text(0));
        found->ttft.add(row.text(1));
      });
  if (!read) return read.error();
  return found;
}

Status Rollup::add_to(sql::Session& session, Step step, const Cells::value_type& entry,
                      Histograms stored) {
  const auto& [place, cell] = entry;
  const UsageSums& sums = cell.sums;
  stored.latency += cell.latency;
  stored.ttft += cell.ttft;
  const std::string latency_text = stored.latency.text(), ttft_text = stored.ttft.text();
  std::vector<sql::Value> values = key_of(place);
  std::ranges::copy(
      std::initializer_list<sql::Value>{sums.requests, sums.input, sums.output, sums.cache_read,
                                        sums.cache_creation, sums.reasoning, sums.cost_nano,
                                        sums.latency_ms, sums.ttft_count, sums.ttft_ms, sums.cached,
                                        sums.first_at_ms, sums.last_at_ms, latency_text, ttft_text},
      std::back_inserter(values));
  return session.run(statements_of(step).upsert, values, {});
}

}  // namespace omni::store
