#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/call_row.h"
#include "store/sql/session.h"

namespace omni::store {

/// Which requests are wanted; what is empty fits all.
struct CallFilter {
  std::int64_t status_min = 0, status_max = 999;
  std::string model;  // as it was asked for, or as it was served
  std::string provider;
  std::string account;  // its id, or its name
  std::string api_key;  // the same
  std::string api_key_id;
  std::string combo;  // "*": any
  std::string session, request_id;
  std::string search;  // stands somewhere in the row, in letters of either case
  std::int64_t from_ms = 0;
  std::int64_t to_ms = std::int64_t{1} << 42;
  std::int64_t duration_ms_min = 0, cost_nano_min = 0;
};

struct CallsAsked {
  CallFilter filter;
  /// Before the row of this id, or of this request's id.
  std::string before;
  std::int64_t rows_max = 200, skipped = 0;
};

struct CallPage {
  std::vector<CallRow> rows;  // the newest first, without traces
  /// Where the next page goes on; none where all has been looked at.
  std::optional<std::int64_t> next;
};

/// A filter that fits little would look at every row: a page looks at so many, and may be empty
/// though another one comes.
inline constexpr std::int64_t calls_looked_at_max = 20'000;
/// So many of the newest are looked at by who counts.
inline constexpr std::int64_t calls_counted_max = 50'000;

struct CallCount {
  std::int64_t calls = 0;
  bool all = true;  // false: there may be older ones, which were not looked at
};

Result<CallPage> list_calls(sql::Session& session, const CallsAsked& asked);
Result<CallCount> count_calls(sql::Session& session, const CallFilter& filter,
                              std::int64_t looked_at_max = calls_counted_max);
/// The newest of that request's id, with its trace.
Result<std::optional<CallRow>> find_call(sql::Session& session, std::string_view request_id);

}  // namespace omni::store
