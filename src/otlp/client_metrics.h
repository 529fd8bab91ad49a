#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/text_map.h"
#include "otlp/attributes.h"
#include "pipeline/trace.h"

namespace omni::otlp {

/// How often what was seen, in buckets up to and with their bounds.
class Histogram {
 public:
  /// The bounds outlive it.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void add(double value);
  /// The members of a data point.
  void write(json::Writer& out) const;

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0, min_ = 0, max_ = 0;
};

/// What models were asked for since the start, attempt by attempt: how long they took and what they
/// used.  Not safe for several threads.
class ClientMetrics {
 public:
  explicit ClientMetrics(Clock::Wall start) : start_(start) {}

  void note(const pipeline::Trace& trace);
  bool empty() const { return providers_.empty(); }
  /// The body of a POST to /v1/metrics.
  std::string to_json(const Source& source, Clock::Wall now) const;

 private:
  struct Series {
    Series();
    Histogram input, output;
    std::map<std::string, Histogram, std::less<>> durations;  // by the type of error; empty: none
    bool used = false;                                        // somebody said what was used
  };
  struct Point;

  Series& series_of(std::string_view provider, std::string_view model);
  void write_usage(json::Writer& out, Clock::Wall now) const;
  void write_durations(json::Writer& out, Clock::Wall now) const;

  const Clock::Wall start_;
  TextMap<TextMap<Series>> providers_;  // models by name
  std::size_t models_ = 0;
};

}  // namespace omni::otlp
