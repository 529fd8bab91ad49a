#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/log.h"
#include "net/client.h"
#include "otlp/pairs.h"

namespace omni::otlp {

/// Where one kind of signal goes, and how it fares there.  On one loop.
class Collector {
 public:
  struct Way {
    std::string_view signal;  // "traces", as the log calls it
    net::Url url;
    Pairs fields;  // that it wants to see; may be secret
    Millis timeout{10'000};
    std::string user_agent;
  };
  enum class Outcome : std::uint8_t {
    taken,
    refused,  // and would be again
    away,     // not now
  };

  /// Client and log outlive it.
  Collector(net::Client& client, const Log& log, Way way);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  net::Task<Outcome> send(std::string_view body);
  /// Says once in the log when things begin to get lost, and once when no more are.
  void note_lost(std::uint64_t items);

 private:
  net::Task<Result<int>> post(std::string_view body);

  net::Client& client_;
  const Log& log_;
  const Way way_;
  std::string why_;  // of the last failure; empty: none
  std::uint64_t lost_ = 0;
  bool troubled_ = false;
};

}  // namespace omni::otlp
