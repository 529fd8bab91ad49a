#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace omni::sql {

struct SqliteSizes {
  std::uint64_t file = 0;
  std::uint64_t wal = 0;  // of the file beside it, where changes wait
};

constexpr std::size_t sqlite_header_bytes = 100;

/// Whether a file that begins like this can be a whole database, or is empty: before SQLite looks,
/// which would tidy up beside it.
Status check_sqlite_header(std::string_view first_bytes, const SqliteSizes& sizes);

}  // namespace omni::sql
