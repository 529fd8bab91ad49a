#include "dialect/ids.h"

#include <algorithm>
#include <cstdint>

#include "base/assert.h"

namespace omni::dialect {
namespace {

constexpr std::uint64_t fnv_start = 0xCBF29CE484222325U;

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = fnv_start) {
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3U;
  }
  return hash;
}

/// SplitMix64: each call steps the state and gives bits that all depend on all of it.
std::uint64_t mixed(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t bits = state;
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBU;
  return bits ^ bits >> 31;
}

bool is_allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

std::string fitting_id(std::string_view id, std::size_t length_max) {
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::size_t mark_length = 9;  // "_" and eight digits of a hash
  OMNI_ASSERT(length_max > mark_length);
  if (id.size() <= length_max && std::all_of(id.begin(), id.end(), is_allowed))
    return std::string(id);
  std::string fitting(id.substr(0, length_max - mark_length));
  std::replace_if(
      fitting.begin(), fitting.end(), [](char c) { return !is_allowed(c); }, '_');
  fitting.push_back('_');
  std::uint64_t state = fnv1a(id);
  const std::uint64_t bits = mixed(state);
  for (int shift = 60; shift > 28; shift -= 4) fitting.push_back(hex[bits >> shift & 15]);
  return fitting;
}

std::string prefixed_id(std::string_view prefix, std::string_view id) {
  std::string out;
  out.reserve(prefix.size() + id.size());
  if (!id.starts_with(prefix)) out += prefix;
  out += id;
  return out;
}

std::string made_id(std::string_view prefix, std::string_view reply_id, int choice, int part) {
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t length = 24;
  std::uint64_t state = fnv1a(reply_id);
  state = mixed(state) ^ static_cast<std::uint32_t>(choice);
  state = mixed(state) ^ static_cast<std::uint32_t>(part);
  std::string out(prefix);
  out.reserve(prefix.size() + length);
  for (std::size_t i = 0; i < length; ++i) out.push_back(alphabet[mixed(state) % alphabet.size()]);
  return out;
}

}  // namespace omni::dialect
