#include "route/first_words.h"

#include <algorithm>
#include <limits>

namespace omni::route {
namespace {

constexpr std::size_t enough = 10;

}  // namespace

void FirstWords::add(Millis waited) {
  constexpr std::int64_t longest = std::numeric_limits<std::uint32_t>::max();
  kept_ms_[count_++ % kept_max] =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(waited.count(), 0, longest));
}

std::optional<Millis> FirstWords::usual() const {
  if (count_ < enough) return std::nullopt;
  auto sorted = kept_ms_;
  const std::size_t kept = std::min(count_, kept_max);
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>((kept * 19 - 1) / 20);
  std::nth_element(sorted.begin(), place, sorted.begin() + static_cast<std::ptrdiff_t>(kept));
  return Millis{*place};
}

}  // namespace omni::route
