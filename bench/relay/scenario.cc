// A bare relay handler on the engine's server and client beside nginx's proxy_pass, both before the
// same upstream.  bench/README.md says what is measured and why so.
#include "scenario.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "measure.h"
#include "process.h"
#include "table.h"

namespace omni::bench {
namespace {

constexpr double ratio_max = 1.2;
constexpr double idle_rss_mb_max = 200;
constexpr std::size_t idle_streams = 10'000;
// A stream takes two descriptors of the proxy; these it may use besides.
constexpr std::size_t descriptors_besides = 100;
constexpr std::size_t kb = 1024;
constexpr std::size_t event_bytes = 260;
constexpr std::size_t events_per_answer = 100;
constexpr double warm_up_seconds = 0.3;
// Fewer reads by the clients mean that events did not come one by one.
constexpr double reads_per_unit_min = 0.9;

/// A row that costs CPU time: what the clients ask for, and by what its cost is divided.
struct Case {
  std::string name;
  std::string unit;
  double units_per_request = 1;
  LoadSpec load;
};

std::vector<Case> cases() {
  constexpr std::size_t stream_bytes = events_per_answer * event_bytes;
  return {
      {"POST 0.6 KB", "request", 1, {"/json", 600, kb, 16}},
      {"POST 4 KB", "request", 1, {"/json", 4 * kb, kb, 16}},
      {"POST 100 KB", "request", 1, {"/json", 100 * kb, kb, 16}},
      {"POST 300 KB", "request", 1, {"/json", 300 * kb, kb, 16}},
      {"SSE, 100 events at once", "answer", 1, {"/sse/burst", 600, stream_bytes, 16}},
      {"SSE, events one by one",
       "event",
       events_per_answer,
       {"/sse/paced", 600, stream_bytes, 200}},
  };
}

/// A started proxy, with more than one contender if it listens in more than one way.
struct Proxy {
  std::unique_ptr<Process> process;
  std::vector<Contender> contenders;
};

/// What every proxy is started with.
struct Bed {
  const Options& options;
  std::string nginx;
  std::uint16_t upstream_port = 0;
};

void replace_all(std::string& text, std::string_view mark, std::uint16_t port) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
    text.replace(at, mark.size(), std::to_string(port));
  }
}

/// `name` tells two of them apart on disk.  The allocator may keep what it has: else it is a matter
/// of luck, for as long as a process lives, whether every large request costs a few page faults.
Proxy start_nginx(const Bed& bed, const std::string& name) {
  std::vector<std::uint16_t> ports = free_ports(2);
  std::ostringstream text;
  text << std::ifstream(bed.options.programs / "relay" / "nginx.conf.in").rdbuf();
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

Proxy start_ours(const Bed& bed) {
  std::uint16_t port = free_ports(1)[0];
  Proxy proxy;
  proxy.process = std::make_unique<Process>(
      std::vector<std::string>{bed.options.programs / "bench_relay", std::to_string(port),
                               std::to_string(bed.upstream_port)},
      bed.options.cores.proxy);
  proxy.process->wait_for_port(port);
  proxy.contenders = {{"ours", proxy.process.get(), port}};
  return proxy;
}

/// nginx and its opponent; against itself only one way of listening is left, so that like meets
/// like.
struct Pair {
  Proxy nginx;
  Proxy ours;
};

Pair start_pair(const Bed& bed) {
  Pair pair{.nginx = start_nginx(bed, "nginx"), .ours = {}};
  pair.ours = bed.options.against_itself ? start_nginx(bed, "nginx-again") : start_ours(bed);
  pair.ours.contenders.resize(1);
  if (bed.options.against_itself) pair.nginx.contenders.resize(1);
  return pair;
}

/// Index of the reference that did best; the last contender is ours.
std::size_t best_reference(const Costs& costs) {
  std::size_t best = 0;
  for (std::size_t i = 1; i + 1 < costs.size(); ++i) {
    if (summarize(costs[i]).median < summarize(costs[best]).median) best = i;
  }
  return best;
}

Cost compare(const std::vector<double>& reference, const std::vector<double>& ours) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / reference[i]);
  return {
      .reference_us = summarize(reference), .ours_us = summarize(ours), .ratio = summarize(ratios)};
}

/// One sitting adds its rounds to `costs`, the references' before ours, and fills in the memory.
void sit(const Bed& bed, const Case& work, Costs& costs, Row& row) {
  Pair pair = start_pair(bed);
  std::vector<Contender> contenders = pair.nginx.contenders;
  contenders.push_back(pair.ours.contenders[0]);
  for (const Contender& contender : contenders) {
    run_load(bed.options, work.load, contender, warm_up_seconds);
  }
  bool ran_together = false;
  interleave(contenders, bed.options.rounds, costs, [&](const Contender& contender) {
    double before = contender.process->cpu_us();
    LoadResult done = run_load(bed.options, work.load, contender, bed.options.seconds);
    double units = done.requests * work.units_per_request;
    ran_together |= done.reads < reads_per_unit_min * units;
    return (contender.process->cpu_us() - before) / units;
  });
  row.reference_rss_mb = pair.nginx.process->rss_mb();
  row.ours_rss_mb = pair.ours.process->rss_mb();
  row.note = contenders[best_reference(costs)].name;
  if (ran_together) row.note += "; too busy a machine, events ran together";
}

Row measure(const Bed& bed, const Case& work) {
  Row row{.name = work.name, .unit = work.unit, .ratio_max = ratio_max};
  Costs costs;
  for (int i = 0; i < bed.options.sittings; ++i) sit(bed, work, costs, row);
  row.cost = compare(costs[best_reference(costs)], costs.back());
  return row;
}

/// Resident memory with all streams open and nothing moving.
double idle_rss_mb(const Bed& bed, const Contender& contender, std::size_t streams) {
  const LoadSpec spec{"/sse/idle", 600, 10 * event_bytes, streams};
  Process load(load_command(bed.options, spec, contender.port, "hold"), bed.options.cores.others);
  read_result(load);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  double rss_mb = contender.process->rss_mb();
  load.end_input();
  read_result(load);  // fails if a stream was lost meanwhile
  load.wait();
  return rss_mb;
}

/// Where the descriptor limit allows fewer streams, the bound shrinks with them and the row says
/// so.
Row measure_idle(const Bed& bed) {
  std::size_t limit = raise_descriptor_limit(2 * idle_streams + descriptors_besides);
  std::size_t streams = (limit - descriptors_besides) / 2;
  Pair pair = start_pair(bed);
  Row row{.name = std::to_string(streams) + " idle SSE streams", .unit = ""};
  row.rss_mb_max = idle_rss_mb_max * static_cast<double>(streams) / idle_streams;
  row.reference_rss_mb = idle_rss_mb(bed, pair.nginx.contenders[0], streams);
  row.ours_rss_mb = idle_rss_mb(bed, pair.ours.contenders[0], streams);
  if (streams < idle_streams) {
    row.note = "no more than " + std::to_string(limit) + " descriptors; bound scaled to match";
  }
  return row;
}

std::string version_of(const std::string& nginx) {
  std::array<char, 128> line{};
  FILE* out = popen((nginx + " -v 2>&1").c_str(), "r");
  if (out == nullptr || std::fgets(line.data(), line.size(), out) == nullptr) fail("no nginx");
  pclose(out);
  std::string_view text(line.data());
  text.remove_prefix(text.find("nginx/"));
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void run_relay(const Options& options, Table& table) {
  Bed bed{.options = options, .nginx = find_program("nginx"), .upstream_port = free_ports(1)[0]};
  if (bed.nginx.empty()) fail("nginx is not installed (apt-get install nginx-light)");
  Process upstream({options.programs / "bench_upstream", std::to_string(bed.upstream_port)},
                   options.cores.others);
  upstream.wait_for_port(bed.upstream_port);
  table.begin("nginx", version_of(bed.nginx));
  auto wanted = [&](std::string_view name) { return name.find(options.only) != name.npos; };
  for (const Case& work : cases()) {
    if (wanted(work.name)) table.add(measure(bed, work));
  }
  if (wanted("idle SSE streams")) table.add(measure_idle(bed));
}

}  // namespace omni::bench
