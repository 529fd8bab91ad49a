#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "store/body_files.h"
#include "store/sql/session.h"
#include "store/usage_row.h"

namespace omni::store {

/// What became of one request of a client, however many attempts it took.  What there is not is
/// empty.
struct CallRow {
  std::int64_t id = 0;  // the log gives it, as that of a row of usage; its time is when it was over

  std::string request_id, method, path;
  std::int64_t status = 0;  // of HTTP, that the client got
  std::string requested_model;
  std::string model, provider, account, connection_id;  // who was asked last
  Millis duration{};
  std::optional<Millis> ttft;
  UsageRow::Tokens tokens;     // of the last attempt
  std::int64_t cost_nano = 0;  // of all of them
  std::string cache_source;
  std::string source_format, target_format;  // dialects of client and provider
  std::string api_key_id, api_key_name;
  std::string combo, session, error;
  std::int64_t attempts = 0;
  BodyFiles::Place bodies;
  std::string trace;  // JSON

  std::int64_t time_ms() const { return id / ids_per_millisecond; }
};

/// Texts that clients and providers make are cut where nobody reads on.
void shorten(CallRow& row);
Status insert(sql::Session& session, const CallRow& row);

}  // namespace omni::store
