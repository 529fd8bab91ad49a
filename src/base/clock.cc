#include "base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace omni {

std::string iso8601(Clock::Wall time) {
  const auto since_epoch = std::chrono::floor<Millis>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                    parts.tm_min, parts.tm_sec, static_cast<int>((since_epoch - seconds).count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace omni
