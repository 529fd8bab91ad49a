#pragma once

#include <optional>
#include <string_view>

#include "account/limiter.h"
#include "base/clock.h"
#include "upstream/answer.h"

namespace omni::upstream {

/// When a provider says that it may be asked again: by the fields of its answer, by the details of
/// the error in it, or by its words; the first that says so counts.  At most a day.
std::optional<Millis> reset_after(const Answer& answer, std::string_view body, Clock::Wall now);

/// What the fields of an answer say about requests that may still be sent.
std::optional<account::Allowance> allowance_in(const Answer& answer, Clock::Wall now);

/// "1m2.5s", "250ms", "33.5s", "2h", "1 m 5 s", and a bare number of seconds.
std::optional<Millis> parse_duration(std::string_view text);
/// The value of a Retry-After field: seconds, also with a fraction, or a date of HTTP.
std::optional<Millis> parse_retry_after(std::string_view value, Clock::Wall now);

}  // namespace omni::upstream
