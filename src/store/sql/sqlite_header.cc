#include "store/sql/sqlite_header.h"

namespace omni::sql {
namespace {

constexpr std::string_view magic("SQLite format 3\0", 16);

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// The pages that the header counts, times their size; 0 where it does not count.
std::uint64_t bytes_by_header(std::string_view header) {
  // The count holds only where its writer was the last to write the file.
  if (header.substr(24, 4) != header.substr(92, 4)) return 0;
  const std::uint64_t page = big_endian(header.substr(16, 2));
  return (page == 1 ? 65536 : page) * big_endian(header.substr(28, 4));
}

Error refuse(const char* why) { return {Error::Kind::conflict, why}; }

}  // namespace

Status check_sqlite_header(std::string_view first_bytes, const SqliteSizes& sizes) {
  if (sizes.file == 0 && sizes.wal == 0) return Nothing();
  // SQLite would take the file for a new one and delete what waits.
  if (sizes.file == 0) return refuse("the database is empty, and yet changes to it wait beside it");
  if (!first_bytes.starts_with(magic)) return refuse("the file is no SQLite database");
  if (first_bytes.size() < sqlite_header_bytes) return refuse("the database is cut short");
  // The missing pages may be among what waits, after a crash.
  if (sizes.wal == 0 && sizes.file < bytes_by_header(first_bytes)) {
    return refuse("the database is cut short");
  }
  return Nothing();
}

}  // namespace omni::sql
