#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "measure.h"
#include "process.h"
#include "table.h"

namespace omni::bench {

constexpr std::size_t kb = 1024;
/// What the upstream answers; see upstream.cc.
constexpr std::size_t events_per_answer = 100;
constexpr std::size_t event_bytes = 260;
constexpr std::string_view stream_end = "data: [DONE]\n\n";
constexpr std::size_t stream_bytes = events_per_answer * event_bytes + stream_end.size();

/// A started proxy, with more than one contender if it listens in more than one way.
struct Proxy {
  std::unique_ptr<Process> process;
  std::vector<Contender> contenders;
};

/// What proxies are measured on: a running upstream, and an nginx to start before it.
struct Bed {
  /// Ends the run where there is no nginx.
  explicit Bed(const Options& options);

  const Options& options;
  const std::string nginx;
  const std::uint16_t upstream_port;
  const Process upstream;
};

std::string version_of_nginx(const Bed& bed);

/// Starts the opponent.
using Start = std::function<Proxy(const Bed& bed)>;

/// nginx and its opponent; against itself only one way of listening is left, so that like meets
/// like.
struct Pair {
  Proxy nginx;
  Proxy ours;
};
Pair start_pair(const Bed& bed, const Start& start_ours);

/// `name` tells two of them apart on disk.
Proxy start_nginx(const Bed& bed, const std::string& name);

/// A row that costs CPU time: what the clients ask of either, and by what its cost is divided.
struct Case {
  std::string name;
  std::string unit;
  double units_per_request = 1;
  double ratio_max = 0;
  LoadSpec of_nginx;
  LoadSpec of_ours;
  std::optional<double> own_us_max = std::nullopt;  // without what the kernel does
  std::optional<double> rss_mb_max = std::nullopt;
  bool one_by_one = false;  // events, which the note says when they did not come so
};

Row measure(const Bed& bed, const Case& work, const Start& start_ours);

/// Round by round.
Cost compare(const std::vector<double>& reference, const std::vector<double>& ours);

}  // namespace omni::bench
