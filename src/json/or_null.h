#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "json/writer.h"

namespace omni::json {

// What there is not is null.

inline void write_text_or_null(Writer& out, std::string_view text) {
  if (text.empty()) {
    out.null();
  } else {
    out.text(text);
  }
}

/// As ISO 8601 has it.
inline void write_time_or_null(Writer& out, const std::optional<Clock::Wall>& when) {
  write_text_or_null(out, when ? iso8601(*when) : "");
}

inline void write_millis_or_null(Writer& out, const std::optional<Millis>& span) {
  if (span) {
    out.integer(span->count());
  } else {
    out.null();
  }
}

}  // namespace omni::json
