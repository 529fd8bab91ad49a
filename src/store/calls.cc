// All filters but that by the request's id are conditions of one statement, which walks the rows
// from the newest on: an index for each would cost every request more than the few who look.

#include "store/calls.h"

#include <algorithm>

#include "base/strings.h"
#include "store/call_columns.h"

namespace omni::store {
namespace {

constexpr std::string_view where_fits =
    " FROM calls WHERE id < $1 AND id >= $2 AND status >= $3 AND status <= $4 AND "
    "duration_ms >= $5 AND cost_nano >= $6 AND ($7 = '' OR model = $7 OR requested_model = $7) AND "
    "($8 = '' OR provider = $8) AND ($9 = '' OR account = $9 OR connection_id = $9) AND "
    "($10 = '' OR api_key_name = $10 OR api_key_id = $10) AND ($11 = '' OR api_key_id = $11) AND "
    "($12 = '' OR combo = $12 OR ($12 = '*' AND combo <> '')) AND ($13 = '' OR session = $13) AND "
    "($14 = '' OR lower(requested_model || ' ' || model || ' ' || provider || ' ' || account || "
    "' ' || api_key_name || ' ' || combo || ' ' || path || ' ' || request_id || ' ' || error) "
    "LIKE $14 ESCAPE '!')";
constexpr std::string_view and_is_request = " AND request_id = $15";

std::string pattern_of(std::string_view search) {
  if (search.empty()) return {};
  std::string pattern = "%";
  for (const char letter : to_lower(search)) {
    if (letter == '%' || letter == '_' || letter == '!') pattern += '!';
    pattern += letter;
  }
  return pattern + "%";
}

std::int64_t id_at(std::int64_t time_ms) {
  constexpr std::int64_t time_max = std::int64_t{1} << 42;
  return std::clamp(time_ms, std::int64_t{0}, time_max) * ids_per_millisecond;
}

/// A filter and the rows it is held against, as a statement.
struct Selection {
  Selection(const CallFilter& wanted, std::int64_t begin, std::int64_t end)
      : filter(wanted), pattern(pattern_of(wanted.search)) {
    values = {end,
              begin,
              filter.status_min,
              filter.status_max,
              filter.duration_ms_min,
              filter.cost_nano_min,
              filter.model,
              filter.provider,
              filter.account,
              filter.api_key,
              filter.api_key_id,
              filter.combo,
              filter.session,
              pattern,
              filter.request_id};
  }

  Status run(sql::Session& session, std::string_view head, std::string_view tail,
             const sql::OnRow& on_row) const {
    std::string statement(head);
    statement.append(where_fits);
    if (!filter.request_id.empty()) statement.append(and_is_request);
    return session.run(statement.append(tail), values, on_row);
  }

  const CallFilter& filter;
  const std::string pattern;
  std::vector<sql::Value> values;
};

struct Reader {
  const sql::Row& from;
  std::size_t& column;

  void operator()(std::string_view /*column*/, std::int64_t& number) const {
    number = from.integer(column++);
  }
  void operator()(std::string_view /*column*/, std::string& text) const {
    text = from.text(column++);
  }
  void operator()(std::string_view /*column*/, Millis& span) const {
    span = Millis(from.integer(column++));
  }
  void operator()(std::string_view /*column*/, std::optional<Millis>& span) const {
    if (!from.is_null(column)) span = Millis(from.integer(column));
    ++column;
  }
};

CallRow row_in(const sql::Row& from) {
  CallRow row;
  std::size_t column = 0;
  visit_call(row, Reader{from, column});
  return row;
}

const std::string& select_rows() {
  static const std::string head = "SELECT " + call_columns();
  return head;
}

/// The end of the rows to look at.
Result<std::int64_t> end_of(sql::Session& session, const CallsAsked& asked) {
  const std::int64_t end = id_at(asked.filter.to_ms);
  if (asked.before.empty()) return end;
  std::int64_t before = 0;
  const Status found =
      session.run("SELECT max(id) FROM calls WHERE request_id = $1", {asked.before},
                  [&](const sql::Row& row) { before = row.integer(0); });
  if (!found) return found.error();
  const auto number = static_cast<std::int64_t>(parse_unsigned(asked.before).value_or(0));
  return std::min(end, before == 0 ? number : before);
}

/// Their begin, where so many are looked at.
Result<std::int64_t> begin_of(sql::Session& session, const CallFilter& filter, std::int64_t end,
                              std::int64_t looked_at_max) {
  std::int64_t begin = id_at(filter.from_ms);
  if (!filter.request_id.empty()) return begin;  // an index finds it
  const Status found =
      session.run("SELECT id FROM calls WHERE id < $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
                  {end, looked_at_max - 1},
                  [&](const sql::Row& row) { begin = std::max(begin, row.integer(0)); });
  if (!found) return found.error();
  return begin;
}

}  // namespace

Result<CallPage> list_calls(sql::Session& session, const CallsAsked& asked) {
  const Result<std::int64_t> end = end_of(session, asked);
  if (!end) return end.error();
  const Result<std::int64_t> begin = begin_of(session, asked.filter, *end, calls_looked_at_max);
  if (!begin) return begin.error();
  CallPage page;
  Selection selection(asked.filter, *begin, *end);
  selection.values.emplace_back(asked.rows_max);
  selection.values.emplace_back(asked.skipped);
  const Status read =
      selection.run(session, select_rows(), " ORDER BY id DESC LIMIT $16 OFFSET $17",
                    [&](const auto& row) { page.rows.push_back(row_in(row)); });
  if (!read) return read.error();
  if (std::ssize(page.rows) == asked.rows_max) {
    page.next = page.rows.back().id;
  } else if (*begin > id_at(asked.filter.from_ms)) {
    page.next = *begin;
  }
  return page;
}

Result<CallCount> count_calls(sql::Session& session, const CallFilter& filter,
                              std::int64_t looked_at_max) {
  const std::int64_t end = id_at(filter.to_ms);
  const Result<std::int64_t> begin = begin_of(session, filter, end, looked_at_max);
  if (!begin) return begin.error();
  CallCount count;
  count.all = *begin == id_at(filter.from_ms);
  const Status read =
      Selection(filter, *begin, end).run(session, "SELECT count(*)", "", [&](const auto& row) {
        count.calls = row.integer(0);
      });
  if (!read) return read.error();
  return count;
}

Result<std::optional<CallRow>> find_call(sql::Session& session, std::string_view request_id) {
  Result<CallPage> page = list_calls(
      session, {.filter = {.request_id = std::string(request_id)}, .before = {}, .rows_max = 1});
  if (!page) return page.error();
  if (page->rows.empty()) return std::optional<CallRow>();
  CallRow row = std::move(page->rows.front());
  const Status read = session.run("SELECT trace FROM call_traces WHERE id = $1", {row.id},
                                  [&](const sql::Row& found) { row.trace = found.text(0); });
  if (!read) return read.error();
  return std::optional(std::move(row));
}

}  // namespace omni::store
