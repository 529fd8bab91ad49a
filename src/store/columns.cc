#include "store/columns.h"

#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::store {

std::string to_column(const Texts& list) {
  std::string json;
  json::Writer writer(json);
  writer.begin_array();
  for (const std::string& text : list) writer.text(text);
  writer.end_array();
  return json;
}

Texts texts_in(std::string_view column) {
  Texts list;
  const json::ScratchReader reader;
  for (const json::Value item : reader->read(column).items()) list.emplace_back(item.text());
  if (!reader->finish()) return {};
  return list;
}

Clock::Wall time_in(const sql::Row& row, std::size_t column) {
  return from_millis(row.integer(column));
}

std::optional<Clock::Wall> optional_time_in(const sql::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return time_in(row, column);
}

std::optional<std::int64_t> optional_integer_in(const sql::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

std::optional<std::string> optional_text_in(const sql::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return std::string(row.text(column));
}

Status expect_one_row(const sql::Session& session, Status ran, std::string_view not_found) {
  if (!ran || session.rows_changed() > 0) return ran;
  return Error(Error::Kind::not_found, std::string(not_found));
}

}  // namespace omni::store
