#include "store/call_row.h"

#include <vector>

#include "base/strings.h"
#include "store/call_columns.h"

namespace omni::store {
namespace {

constexpr std::size_t word_bytes_max = 600;
constexpr std::size_t error_bytes_max = 2000;
constexpr std::size_t trace_bytes_max = std::size_t{64} << 10;

struct Shortener {
  void operator()(std::string_view /*column*/, std::string& text) const {
    omni::shorten(text, word_bytes_max);
  }
  void operator()(std::string_view /*column*/, const auto& /*no text*/) const {}
};

struct Binder {
  std::vector<sql::Value>& values;

  void operator()(std::string_view /*column*/, std::int64_t number) const {
    values.emplace_back(number);
  }
  void operator()(std::string_view /*column*/, const std::string& text) const {
    values.emplace_back(text);
  }
  void operator()(std::string_view /*column*/, Millis span) const {
    values.emplace_back(std::int64_t{span.count()});
  }
  void operator()(std::string_view /*column*/, const std::optional<Millis>& span) const {
    values.push_back(span ? sql::Value(std::int64_t{span->count()}) : nullptr);
  }
};

std::string insert_statement() {
  std::string statement = "INSERT INTO calls (" + call_columns() + ") VALUES (";
  std::size_t count = 0;
  visit_call(CallRow(), [&](std::string_view /*column*/, const auto& /*member*/) {
    statement.append(count == 0 ? "$" : ", $").append(std::to_string(count + 1));
    ++count;
  });
  return statement + ") ON CONFLICT (id) DO NOTHING";
}

}  // namespace

void shorten(CallRow& row) {
  std::string error = std::move(row.error);
  visit_call(row, Shortener{});
  omni::shorten(error, error_bytes_max);
  row.error = std::move(error);
  if (row.trace.size() > trace_bytes_max) row.trace.clear();
}

Status insert(sql::Session& session, const CallRow& row) {
  static const std::string statement = insert_statement();
  std::vector<sql::Value> values;
  visit_call(row, Binder{values});
  Status done = session.run(statement, values, {});
  if (!done || row.trace.empty()) return done;
  return session.run(
      "INSERT INTO call_traces (id, trace) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
      {row.id, row.trace});
}

}  // namespace omni::store
