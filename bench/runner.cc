// bench_runner [<scenario>] [--quick] [--sittings N] [--only TEXT] [--against-itself]: runs one
// named scenario and prints its table, row by row.  Exit status 0 when every bound is kept, 1 when
// one is not, 2 when the scenario could not be run.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "measure.h"
#include "process.h"
#include "scenario.h"
#include "table.h"

namespace omni::bench {
namespace {

constexpr std::array scenarios = {
    Scenario{"relay", "bytes through the bare HTTP engine, beside nginx", run_relay},
    Scenario{"gateway", "requests through the whole program, beside nginx", run_gateway},
    Scenario{"analytics", "what is told of a million requests, by the whole program",
             run_analytics},
    Scenario{"similarity", "the most alike of many vectors, in this process", run_similarity},
    Scenario{"store", "rows of usage into their database, in this process", run_store},
    Scenario{"translate", "requests and events from one dialect into another, in this process",
             run_translate},
};

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : scenarios) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

[[noreturn]] void usage() {
  std::fputs(
      "usage: bench_runner [scenario] [options]\n"
      "  --quick           short rounds, for a look rather than a number\n"
      "  --sittings N      fresh starts per row, of five rounds each (5)\n"
      "  --only TEXT       only rows whose name contains TEXT\n"
      "  --against-itself  the reference against itself: how exact is this machine?\n"
      "scenarios:\n",
      stderr);
  for (const Scenario& scenario : scenarios) {
    std::fprintf(stderr, "  %s: %s\n", scenario.name.data(), scenario.summary.data());
  }
  std::exit(2);
}

struct Call {
  const Scenario* scenario = &scenarios.front();
  Options options;
};

Call parse(const std::vector<std::string>& words) {
  Call call;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    bool has_value = i + 1 < words.size();
    if (word == "--quick") {
      call.options.sittings = 2;
      call.options.rounds = 3;
      call.options.seconds = 0.1;
    } else if (word == "--against-itself") {
      call.options.against_itself = true;
    } else if (word == "--only" && has_value) {
      call.options.only = words[++i];
    } else if (word == "--sittings" && has_value) {
      call.options.sittings = std::atoi(words[++i].c_str());
    } else {
      call.scenario = find_scenario(word);
    }
    if (call.scenario == nullptr || call.options.sittings < 1) usage();
  }
  return call;
}

int run(const Call& call) {
  Options options = call.options;
  options.programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  options.work = options.programs / "work" / call.scenario->name;
  std::filesystem::remove_all(options.work);
  std::filesystem::create_directories(options.work);
  options.cores = choose_cores();
  Table table(call.scenario->name, options);
  call.scenario->run(options, table);
  return table.within_bounds() ? 0 : 1;
}

}  // namespace
}  // namespace omni::bench

int main(int argc, char** argv) {
  return omni::bench::run(omni::bench::parse({argv, argv + argc}));
}
