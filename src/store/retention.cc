#include "store/retention.h"

#include <algorithm>
#include <string>

#include "store/rollup.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

/// Of its time, a table that loses some.
constexpr std::int64_t parts = 32;

struct Table {
  std::string name;
  std::string key;   // in the order of time, or nearly so
  std::string time;  // of a row, in milliseconds
  std::int64_t unit_ms = 1;

  std::string select_first() const { return select(""); }
  std::string select_last() const { return select(" DESC"); }
  std::string select(const std::string& order) const {
    return "SELECT " + time + " FROM " + name + " ORDER BY " + key + order + " LIMIT 1";
  }
  std::string delete_before() const {
    return "DELETE FROM " + name + " WHERE " + time + " < $1 AND " + key + " <= (SELECT max(" +
           key + ") FROM (SELECT " + key + " FROM " + name + " ORDER BY " + key +
           " LIMIT $2) AS oldest)";
  }
};

Table sums(Step step) { return {std::string(table_of(step)), "slot", "slot", length_ms(step)}; }

const auto& tables() {
  static const std::array all{Table{"calls", "id", "(id >> 20)"},
                              Table{"call_traces", "id", "(id >> 20)"},
                              Table{"usage", "id", "timestamp"},
                              sums(Step::minute),
                              sums(Step::hour),
                              sums(Step::day)};
  static_assert(ids_per_millisecond == std::int64_t{1} << 20);
  return all;
}

/// The time of one row; none where the table is empty.
Result<std::optional<std::int64_t>> time_of(sql::Session& session, const std::string& statement) {
  std::optional<std::int64_t> time;
  const Status read =
      session.run(statement, {}, [&](const sql::Row& row) { time = row.integer(0); });
  if (!read) return read.error();
  return time;
}

}  // namespace

Result<bool> Retention::step(sql::Session& session, const UsageBounds& bounds, Clock::Wall now) {
  if (!cut_) {
    Result<Cut> made = make_cut(session, bounds, now);
    if (!made) return made.error();
    cut_ = *made;
  }
  for (std::size_t i = 0; i < tables().size(); ++i) {
    const Status deleted =
        session.run(tables()[i].delete_before(), {cut_->before[i], bounds.rows_at_once});
    if (!deleted) return deleted.error();
    if (session.rows_changed() >= bounds.rows_at_once) return true;
  }
  const bool look_again = cut_->is_by_size;
  cut_.reset();
  return look_again;
}

Result<Retention::Cut> Retention::make_cut(sql::Session& session, const UsageBounds& bounds,
                                           Clock::Wall now) {
  const std::int64_t from = to_millis(bounds.from);
  const std::int64_t calls_from = to_millis(bounds.calls_from);
  Cut cut{.before = {calls_from, calls_from, from}};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    cut.before[tables_count - steps.size() + i] =
        std::max(kept_from_ms(steps[i], now), slot_of(Step::day, from));
  }
  const Result<std::uint64_t> bytes = sql::sqlite_bytes_used(session);
  if (!bytes) return bytes.error();
  if (*bytes <= bounds.bytes_max) return cut;
  const Result<bool> by_size = cut_by_size(session, cut.before);
  if (!by_size) return by_size.error();
  cut.is_by_size = *by_size;
  return cut;
}

/// Whether anything goes by it.  Slots go whole: a table that has few of them is spared unless
/// nothing else is left, and its last one always.
Result<bool> Retention::cut_by_size(sql::Session& session, Times& before) {
  Times first{}, last{};
  for (std::size_t i = 0; i < tables().size(); ++i) {
    const auto begin = time_of(session, tables()[i].select_first());
    if (!begin) return begin.error();
    const auto end = time_of(session, tables()[i].select_last());
    if (!end) return end.error();
    first[i] = begin->value_or(0);
    last[i] = end->value_or(0);
  }
  for (const std::int64_t slots_min : {std::int64_t{1}, std::int64_t{0}}) {
    bool goes = false;
    for (std::size_t i = 0; i < tables().size(); ++i) {
      const std::int64_t unit = tables()[i].unit_ms;
      const std::int64_t part = (last[i] - first[i]) / parts / unit * unit;
      if (part < slots_min * unit) continue;
      const std::int64_t cut = std::min(last[i], first[i] + std::max(part, unit));
      before[i] = std::max(before[i], cut);
      goes = goes || first[i] < before[i];
    }
    if (goes) return true;
  }
  return false;
}

}  // namespace omni::store
