// nginx's proxy_pass and an opponent, both before the same upstream.  README.md says what is
// measured and why so.
#include "beside_nginx.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace omni::bench {
namespace {

constexpr double warm_up_seconds = 0.3;
// Fewer reads by the clients mean that events did not come one by one.
constexpr double reads_per_unit_min = 0.9;

std::string find_nginx() {
  std::string nginx = find_program("nginx");
  if (nginx.empty()) fail("nginx is not installed (apt-get install nginx-light)");
  return nginx;
}

void replace_all(std::string& text, std::string_view mark, std::uint16_t port) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
    text.replace(at, mark.size(), std::to_string(port));
  }
}

/// Index of the reference that did best; the last contender is ours.
std::size_t best_reference(const Costs& costs) {
  std::size_t best = 0;
  for (std::size_t i = 1; i + 1 < costs.size(); ++i) {
    if (summarize(costs[i]).median < summarize(costs[best]).median) best = i;
  }
  return best;
}

/// One sitting adds its rounds to `costs`, the references' before ours, and fills in the memory.
void sit(const Bed& bed, const Case& work, const Pair& pair, Costs& costs, Row& row) {
  std::vector<Contender> contenders = pair.nginx.contenders;
  contenders.push_back(pair.ours.contenders[0]);
  const auto load_of = [&](const Contender& contender) -> const LoadSpec& {
    const bool ours = contender.port == pair.ours.contenders[0].port;
    return ours && !bed.options.against_itself ? work.of_ours : work.of_nginx;
  };
  for (const Contender& contender : contenders) {
    run_load(bed.options, load_of(contender), contender, warm_up_seconds);
  }
  bool ran_together = false;
  const Process& ours = *pair.ours.process;
  const double cpu_before = ours.cpu_us(), kernel_before = ours.kernel_us();
  interleave(contenders, bed.options.rounds, costs, [&](const Contender& contender) {
    double before = contender.process->cpu_us();
    LoadResult done = run_load(bed.options, load_of(contender), contender, bed.options.seconds);
    double units = done.requests * work.units_per_request;
    ran_together |= work.one_by_one && done.reads < reads_per_unit_min * units;
    return (contender.process->cpu_us() - before) / units;
  });
  row.kernel_share = (ours.kernel_us() - kernel_before) / (ours.cpu_us() - cpu_before);
  row.reference_rss_mb = pair.nginx.process->rss_mb();
  row.ours_rss_mb = pair.ours.process->rss_mb();
  row.note = contenders[best_reference(costs)].name;
  if (ran_together) row.note += "; too busy a machine, events ran together";
}

}  // namespace

Bed::Bed(const Options& given)
    : options(given),
      nginx(find_nginx()),
      upstream_port(free_ports(1)[0]),
      upstream({options.programs / "bench_upstream", std::to_string(upstream_port)},
               options.cores.others) {
  upstream.wait_for_port(upstream_port);
}

std::string version_of_nginx(const Bed& bed) {
  std::array<char, 128> line{};
  FILE* out = popen((bed.nginx + " -v 2>&1").c_str(), "r");
  if (out == nullptr || std::fgets(line.data(), line.size(), out) == nullptr) fail("no nginx");
  pclose(out);
  std::string_view text(line.data());
  text.remove_prefix(text.find("nginx/"));
  return std::string(text.substr(0, text.find('\n')));
}

/// The allocator may keep what it has: else it is a matter of luck, for as long as a process lives,
/// whether every large request costs a few page faults.
Proxy start_nginx(const Bed& bed, const std::string& name) {
  std::vector<std::uint16_t> ports = free_ports(2);
  std::ostringstream text;
  text << std::ifstream(bed.options.programs / "nginx.conf.in").rdbuf();
  std::string conf = text.str();
  replace_all(conf, "@upstream_port@", bed.upstream_port);
  replace_all(conf, "@stream_port@", ports[0]);
  replace_all(conf, "@collect_port@", ports[1]);
  std::filesystem::path folder = bed.options.work / name;
  std::filesystem::create_directories(folder / "temp");
  std::ofstream(folder / "nginx.conf") << conf;
  Proxy proxy;
  proxy.process = std::make_unique<Process>(
      std::vector<std::string>{"/usr/bin/env", "MALLOC_TRIM_THRESHOLD_=1000000000",
                               "MALLOC_MMAP_THRESHOLD_=1000000000", bed.nginx, "-p", folder, "-e",
                               "nginx-error.log", "-c", folder / "nginx.conf"},
      bed.options.cores.proxy);
  proxy.process->wait_for_port(ports[1]);
  proxy.contenders = {{"request bodies streamed", proxy.process.get(), ports[0]},
                      {"request bodies collected", proxy.process.get(), ports[1]}};
  return proxy;
}

Pair start_pair(const Bed& bed, const Start& start_ours) {
  Pair pair{.nginx = start_nginx(bed, "nginx"), .ours = {}};
  pair.ours = bed.options.against_itself ? start_nginx(bed, "nginx-again") : start_ours(bed);
  pair.ours.contenders.resize(1);
  if (bed.options.against_itself) pair.nginx.contenders.resize(1);
  return pair;
}

Cost compare(const std::vector<double>& reference, const std::vector<double>& ours) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / reference[i]);
  return {
      .reference_us = summarize(reference), .ours_us = summarize(ours), .ratio = summarize(ratios)};
}

Row measure(const Bed& bed, const Case& work, const Start& start_ours) {
  Row row{.name = work.name, .unit = work.unit, .ratio_max = work.ratio_max};
  row.own_us_max = work.own_us_max;
  row.rss_mb_max = work.rss_mb_max;
  Costs costs;
  for (int i = 0; i < bed.options.sittings; ++i) {
    sit(bed, work, start_pair(bed, start_ours), costs, row);
  }
  row.cost = compare(costs[best_reference(costs)], costs.back());
  return row;
}

}  // namespace omni::bench
