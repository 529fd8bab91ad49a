#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace omni::route {

/// How long the latest answers of one step let wait for their first word.
class FirstWords {
 public:
  void add(Millis waited);
  /// The time within which 19 of 20 came; nothing before there were enough to tell.
  std::optional<Millis> usual() const;

 private:
  static constexpr std::size_t kept_max = 64;

  std::array<std::uint32_t, kept_max> kept_ms_{};
  std::size_t count_ = 0;  // of all that there have been
};

}  // namespace omni::route
