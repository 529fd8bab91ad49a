#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace omni::sql {

/// What a `$1` of a statement stands for.  Borrowed for the call.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view>;

/// One row of an answer.  Columns count from 0; views end with the row.  NULL reads as 0 or "".
class Row {
 public:
  Row() = default;
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  virtual ~Row() = default;
  virtual bool is_null(std::size_t column) const = 0;
  virtual std::int64_t integer(std::size_t column) const = 0;
  virtual double number(std::size_t column) const = 0;
  virtual std::string_view text(std::size_t column) const = 0;
};
using OnRow = std::function<void(const Row&)>;

/// A connection to a database.  The same text of a statement means the same to every back end:
/// `$1` for values, TEXT, BIGINT and DOUBLE PRECISION for columns, ON CONFLICT and RETURNING; what
/// differs is settled below this line.  One thread at a time.
///
/// Errors: conflict for a broken UNIQUE or other constraint; unavailable where it may work later (a
/// full disk, a busy database); internal for the rest.  Messages name no path and no value.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Runs one statement, which is prepared once and kept.  `on_row` may not use the session.
  virtual Status run(std::string_view statement, std::span<const Value> values,
                     const OnRow& on_row) = 0;
  /// Runs statements without values, such as a migration.
  virtual Status run_script(std::string_view statements) = 0;
  /// How many rows the last statement has written or deleted.
  virtual std::int64_t rows_changed() const = 0;

  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void roll_back() = 0;

  Status run(std::string_view statement, std::initializer_list<Value> values = {},
             const OnRow& on_row = {}) {
    return run(statement, std::span(values.begin(), values.size()), on_row);
  }
};

}  // namespace omni::sql
