#include "otlp/sampler.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/hash.h"

namespace omni::otlp {
namespace {

constexpr std::size_t trace_digits = 32, span_digits = 16;
constexpr unsigned sampled = 1;

bool is_zero(std::string_view digits) {
  return std::ranges::all_of(digits, [](char digit) { return digit == '0'; });
}

template <std::size_t bytes>
std::string new_id(Random& random) {
  std::array<std::uint8_t, bytes> id{};
  random.fill(id);
  if (std::ranges::count(id, 0) == std::ssize(id)) id.back() = 1;  // zeros mean that there is none
  return to_hex(std::span<const std::uint8_t>(id));
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

std::string new_span_id(Random& random) { return new_id<span_digits / 2>(random); }

Place place_of(std::string_view traceparent, Random& random) {
  if (!traceparent.empty()) {
    const std::string_view trace = traceparent.substr(3, trace_digits);
    const std::string_view span = traceparent.substr(3 + trace_digits + 1, span_digits);
    const std::string_view flags = traceparent.substr(3 + trace_digits + 1 + span_digits + 1);
    if (!is_zero(trace) && !is_zero(span)) {
      return {.trace_id = std::string(trace),
              .parent_id = std::string(span),
              .flags = static_cast<std::uint8_t>(number_of(flags))};
    }
  }
  return {.trace_id = new_id<trace_digits / 2>(random), .parent_id = {}};
}

bool Sampler::takes(const Place& place) const {
  if (follows_parent && !place.parent_id.empty()) return (place.flags & sampled) != 0;
  if (kind != Kind::ratio) return kind == Kind::all;
  // Of the last seven bytes, which are those of chance: all who sample by them agree.
  constexpr std::size_t digits = 14;
  constexpr double range = static_cast<double>(std::uint64_t{1} << (4 * digits));
  const std::string_view last = std::string_view(place.trace_id).substr(trace_digits - digits);
  return static_cast<double>(number_of(last)) >= (1 - ratio) * range;
}

std::optional<Sampler> parse_sampler(std::string_view name) {
  constexpr std::string_view parent = "parentbased_";
  Sampler sampler{.follows_parent = name.starts_with(parent)};
  if (sampler.follows_parent) name.remove_prefix(parent.size());
  if (name == "always_on") return sampler;
  sampler.kind = name == "always_off" ? Sampler::Kind::none : Sampler::Kind::ratio;
  if (name != "always_off" && name != "traceidratio") return std::nullopt;
  return sampler;
}

}  // namespace omni::otlp
