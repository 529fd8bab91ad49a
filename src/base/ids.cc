#include "base/ids.h"

#include <array>
#include <span>
#include <string_view>

namespace omni {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

std::string uuid_of(Bytes bytes, unsigned version) {
  static constexpr std::string_view digits = "0123456789abcdef";
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | version << 4);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string out(36, '-');
  char* end = out.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++end;
    *end++ = digits[bytes[i] >> 4];
    *end++ = digits[bytes[i] & 15];
  }
  return out;
}

}  // namespace

std::string new_uuid(Random& random) {
  Bytes bytes{};
  random.fill(bytes);
  return uuid_of(bytes, 4);
}

std::string new_uuid_at(Clock::Wall now, Random& random) {
  constexpr std::size_t time_size = 6;
  Bytes bytes{};
  random.fill(std::span(bytes).subspan(time_size));
  auto time = static_cast<std::uint64_t>(to_millis(now));
  for (std::size_t i = time_size; i > 0; --i, time >>= 8) {
    bytes[i - 1] = static_cast<std::uint8_t>(time);
  }
  return uuid_of(bytes, 7);
}

std::string new_token(Random& random, std::size_t length) {
  static constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  // Bytes that do not fall into whole rounds of the alphabet would favour its first letters.
  constexpr std::size_t even = 256 / alphabet.size() * alphabet.size();
  std::array<std::uint8_t, 32> bytes{};  // drawn at once: each draw is a system call
  std::string out;
  out.reserve(length);
  while (out.size() < length) {
    random.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte < even && out.size() < length) out.push_back(alphabet[byte % alphabet.size()]);
    }
  }
  return out;
}

}  // namespace omni
