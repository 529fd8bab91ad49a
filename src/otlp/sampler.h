#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace omni::otlp {

/// Where in a trace of the client's, or in one of its own, a request stands.
struct Place {
  std::string trace_id;    // 32 hexadecimal digits
  std::string parent_id;   // 16 of them; empty: it is the first
  std::uint8_t flags = 0;  // of the parent
};
/// `traceparent` is empty or of the form that the W3C gives it; who names no trace gets a new one.
Place place_of(std::string_view traceparent, Random& random);
/// 16 hexadecimal digits, not all of them zero.
std::string new_span_id(Random& random);

/// Which traces are sent.
struct Sampler {
  enum class Kind : std::uint8_t { all, none, ratio };

  Kind kind = Kind::all;
  bool follows_parent = true;  // where there is one, it has decided
  double ratio = 1;

  bool takes(const Place& place) const;
};
/// As OTEL_TRACES_SAMPLER names it: "parentbased_traceidratio".
std::optional<Sampler> parse_sampler(std::string_view name);

}  // namespace omni::otlp
