#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "otlp/attributes.h"
#include "otlp/sampler.h"
#include "pipeline/trace.h"

namespace omni::otlp {

/// A request that is over, with the span that it becomes in somebody's trace.
struct Told {
  std::shared_ptr<const pipeline::Trace> trace;
  Place place;
  Clock::Wall ended;

  /// One of its own, and one for each attempt.
  std::size_t spans() const { return 1 + trace->attempts.size(); }
};

/// The body of a POST to /v1/traces.
std::string spans_as_json(const Source& source, std::span<const Told> requests, Random& random);

/// What went wrong, of an attempt; empty: nothing.
std::string error_type(const pipeline::Trace::Attempt& attempt);

}  // namespace omni::otlp
