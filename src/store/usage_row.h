#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/sql/session.h"

namespace omni::store {

/// So that rows of one millisecond have numbers of their own, and later ones larger numbers.
inline constexpr std::int64_t ids_per_millisecond = std::int64_t{1} << 20;

/// What one attempt at a provider consumed and how it ended.
struct UsageRow {
  struct Tokens {
    std::int64_t input = 0;  // with what was read from and written to caches
    std::int64_t output = 0;
    std::int64_t cache_read = 0;
    std::int64_t cache_creation = 0;
    std::int64_t cache_creation_1h = 0;  // of those: to be kept for an hour
    std::int64_t reasoning = 0;
    std::int64_t input_audio = 0;
    std::int64_t output_audio = 0;
  };

  std::int64_t id = 0;  // the log gives it

  Clock::Wall time;
  std::string request_id;
  std::string provider;
  std::string model;
  std::string connection_id;
  std::string api_key_id;
  std::string api_key_name;
  std::string error_code;
  std::string combo;  // its name; empty: none
  Tokens tokens;
  std::int64_t cost_nano = 0;
  std::string price;        // that it was made with, as JSON; empty: none is known
  bool estimated = false;   // nobody said how many tokens there were
  std::int64_t status = 0;  // of HTTP
  bool success = false;
  Millis latency{};
  std::optional<Millis> ttft;
};

/// A row as bytes, for a journal of this program's own.
std::string encode(const UsageRow& row);
std::optional<UsageRow> decode_usage_row(std::string_view bytes);

/// Whether it was not there yet.
Result<bool> insert(sql::Session& session, const UsageRow& row);
/// The newest first, without their prices.
Status latest_usage(sql::Session& session, std::int64_t most,
                    const std::function<void(const UsageRow&)>& on_row);

}  // namespace omni::store
