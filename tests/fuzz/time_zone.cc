// Reads any bytes as a file of zoneinfo.  What is accepted has an offset at any time.

#include "identity/time_zone.h"

#include <string_view>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using omni::identity::TimeZone;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::optional<TimeZone> zone = TimeZone::parse(bytes);
  if (!zone) return 0;
  for (std::int64_t time = -3'000'000'000; time < 9'000'000'000; time += 100'000'000) {
    (void)zone->offset_at(std::chrono::sys_seconds{std::chrono::seconds{time}});
  }
  return 0;
}
