#pragma once

#include <vector>

#include "base/clock.h"
#include "json/shape.h"

namespace omni::api {

/// What is wrong with the member `expiresAt` of something new: it would be over already.
inline std::vector<json::Finding> check_expiry(json::Value body, Clock::Wall now) {
  const std::optional<Clock::Wall> end = parse_iso8601(body.find("expiresAt").text());
  if (!end || *end > now) return {};
  return {{"expiresAt", "must be in the future"}};
}

}  // namespace omni::api
