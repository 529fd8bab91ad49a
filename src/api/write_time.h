#pragma once

#include <optional>

#include "base/clock.h"
#include "json/writer.h"

namespace omni::api {

/// Null where there is none.
inline void write_time(json::Writer& writer, const std::optional<Clock::Wall>& when) {
  if (when) {
    writer.text(iso8601(*when));
  } else {
    writer.null();
  }
}

}  // namespace omni::api
