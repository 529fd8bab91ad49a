#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/assert.h"

namespace omni {

std::uint64_t Random::bits() {
  std::uint64_t value = 0;
  fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  OMNI_ASSERT(bound > 0);
  // Values under 2^64 mod bound would favour the small results: draw again.
  const std::uint64_t uneven = (0 - bound) % bound;
  std::uint64_t value = bits();
  while (value < uneven) value = bits();
  return value % bound;
}

namespace {

void draw(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // a kernel without getrandom: nothing that we could sign or seal is safe
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

/// Bytes drawn ahead, for an id costs less than the call that draws for it.  Each is given once.
struct Drawn {
  std::array<std::uint8_t, 512> bytes;
  std::size_t left = 0;
};

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  thread_local Drawn drawn;
  if (bytes.size() > drawn.bytes.size() / 8) return draw(bytes);
  if (drawn.left < bytes.size()) {
    draw(drawn.bytes);
    drawn.left = drawn.bytes.size();
  }
  drawn.left -= bytes.size();
  const std::span<std::uint8_t> given(drawn.bytes.data() + drawn.left, bytes.size());
  std::ranges::copy(given, bytes.begin());
  std::ranges::fill(given, 0);
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {  // splitmix64
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    const std::size_t taken = bytes.size() < sizeof mixed ? bytes.size() : sizeof mixed;
    std::memcpy(bytes.data(), &mixed, taken);
    bytes = bytes.subspan(taken);
  }
}

}  // namespace omni
