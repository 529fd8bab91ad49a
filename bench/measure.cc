#include "measure.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace omni::bench {

std::vector<std::string> load_command(const Options& options, const LoadSpec& spec,
                                      std::uint16_t port, const std::string& how_long) {
  const std::filesystem::path request = options.work / "request";
  std::ofstream(request, std::ios::binary) << spec.request;
  return {options.programs / "bench_load",
          std::to_string(port),
          request,
          std::to_string(spec.answer_bytes),
          spec.answer_end,
          std::to_string(spec.connections),
          how_long};
}

LoadResult read_result(Process& load) {
  std::istringstream line(load.read_line());
  std::string word;
  LoadResult result;
  double failures = -1;
  line >> word >> result.requests >> word >> result.reads >> word >> failures;
  if (failures == 0 && result.requests > 0) return result;
  fail("the load saw wrong answers: " + line.str());
}

LoadResult run_load(const Options& options, const LoadSpec& spec, const Contender& contender,
                    double seconds) {
  Process load(load_command(options, spec, contender.port, std::to_string(seconds)),
               options.cores.others);
  LoadResult result = read_result(load);
  load.wait();
  return result;
}

void interleave(const std::vector<Contender>& contenders, int rounds, Costs& costs,
                const std::function<double(const Contender&)>& cost) {
  costs.resize(contenders.size());
  for (std::size_t round = 0; round < static_cast<std::size_t>(rounds); ++round) {
    for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
      std::size_t who = (round + turn) % contenders.size();
      costs[who].push_back(cost(contenders[who]));
    }
  }
}

Summary summarize(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::size_t middle = values.size() / 2;
  double median = values[middle];
  if (values.size() % 2 == 0) median = (median + values[middle - 1]) / 2;
  return {.median = median, .min = values.front(), .max = values.back()};
}

}  // namespace omni::bench
