#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "process.h"

namespace omni::bench {

/// What one run of bench_load asks for; see load.cc.
struct LoadSpec {
  std::string request;
  /// Of an answer's body; 0 where it is not known.
  std::size_t answer_bytes = 0;
  /// What stands at its end.
  std::string answer_end;
  std::size_t connections = 0;
};

struct LoadResult {
  double requests = 0;
  double reads = 0;
};

/// How to run a scenario, from the command line and the build.
struct Options {
  std::filesystem::path programs;  // the folder of the bench_* binaries
  std::filesystem::path work;      // an empty folder for configuration and logs
  Cores cores;
  /// Each sitting starts the proxies anew: some of what a process costs is the luck of its start.
  int sittings = 5;
  int rounds = 5;
  double seconds = 0.25;
  /// The reference takes the place of the program under test: shows how exact the run is.
  bool against_itself = false;
  /// Only rows whose name contains this.
  std::string only;
};

/// Somebody to be measured: a port of a running process.
struct Contender {
  std::string name;
  const Process* process = nullptr;
  std::uint16_t port = 0;
};

/// Command line of a load on `port`; `how_long` is seconds or "hold".  Only the last one is valid.
std::vector<std::string> load_command(const Options& options, const LoadSpec& spec,
                                      std::uint16_t port, const std::string& how_long);

/// Reads the load's line; any failed request ends the run.
LoadResult read_result(Process& load);

/// Runs the load for `seconds`, to its end.
LoadResult run_load(const Options& options, const LoadSpec& spec, const Contender& contender,
                    double seconds);

/// Costs per contender, per round.
using Costs = std::vector<std::vector<double>>;

/// Takes all contenders in turn, round after round, so that a slow moment of the machine meets each
/// of them; the order moves on by one per round.  Adds to what earlier sittings left in `costs`.
void interleave(const std::vector<Contender>& contenders, int rounds, Costs& costs,
                const std::function<double(const Contender&)>& cost);

struct Summary {
  double median = 0;
  double min = 0;
  double max = 0;
};
Summary summarize(std::vector<double> values);

}  // namespace omni::bench
