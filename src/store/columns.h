#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

// How our values stand in columns, and back: what may be missing as NULL, times in milliseconds,
// lists as JSON, yes and no as 1 and 0.

using Texts = std::vector<std::string>;

std::string to_column(const Texts& list);
/// What is no list of texts is read as an empty one.
Texts texts_in(std::string_view column);

inline sql::Value to_value(Clock::Wall time) { return to_millis(time); }
/// Exactly a bool: a pointer would become one as well.
template <std::same_as<bool> Bool>
sql::Value to_value(Bool yes) {
  return std::int64_t{yes};
}
inline sql::Value to_value(std::string_view text) { return text; }
inline sql::Value to_value(std::int64_t number) { return number; }
template <class T>
sql::Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : sql::Value(nullptr);
}

Clock::Wall time_in(const sql::Row& row, std::size_t column);
std::optional<Clock::Wall> optional_time_in(const sql::Row& row, std::size_t column);
std::optional<std::int64_t> optional_integer_in(const sql::Row& row, std::size_t column);
std::optional<std::string> optional_text_in(const sql::Row& row, std::size_t column);

/// For a statement about one row by its key: not_found, with these words, if there was none.
Status expect_one_row(const sql::Session& session, Status ran, std::string_view not_found);

}  // namespace omni::store
