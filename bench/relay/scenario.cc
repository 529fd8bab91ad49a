// A bare relay handler on the engine's server and client beside nginx's proxy_pass.
#include "scenario.h"

#include <chrono>
#include <string>
#include <thread>

#include "beside_nginx.h"
#include "http.h"

namespace omni::bench {
namespace {

constexpr double ratio_max = 1.2;
constexpr double idle_rss_mb_max = 200;
constexpr std::size_t idle_streams = 10'000;
constexpr std::size_t events_before_idling = 10;
// A stream takes two descriptors of the proxy; these it may use besides.
constexpr std::size_t descriptors_besides = 100;

/// As an SDK sends it, with so many bytes of body.
std::string request(const std::string& path, std::size_t bytes) {
  std::string body = R"({"model":"bench","stream":true,"messages":[{"role":"user","content":")";
  const std::string tail = "\"}]}";
  body.append(bytes - body.size() - tail.size(), 'x').append(tail);
  return make_request("POST " + path,
                      "Authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\n", body);
}

Case case_of(std::string name, std::string unit, LoadSpec load) {
  const bool one_by_one = unit == "event";
  return {.name = std::move(name),
          .unit = std::move(unit),
          .units_per_request = one_by_one ? double{events_per_answer} : 1,
          .ratio_max = ratio_max,
          .of_nginx = load,
          .of_ours = load,
          .one_by_one = one_by_one};
}

std::vector<Case> cases() {
  const std::string end(stream_end);
  return {
      case_of("POST 0.6 KB", "request", {request("/json", 600), kb, "}}", 16}),
      case_of("POST 4 KB", "request", {request("/json", 4 * kb), kb, "}}", 16}),
      case_of("POST 100 KB", "request", {request("/json", 100 * kb), kb, "}}", 16}),
      case_of("POST 300 KB", "request", {request("/json", 300 * kb), kb, "}}", 16}),
      case_of("SSE, 100 events at once", "answer",
              {request("/sse/burst", 600), stream_bytes, end, 16}),
      case_of("SSE, events one by one", "event",
              {request("/sse/paced", 600), stream_bytes, end, 200}),
  };
}

Proxy start_relay(const Bed& bed) {
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

/// Resident memory with all streams open and nothing moving.
double idle_rss_mb(const Bed& bed, const Contender& contender, std::size_t streams) {
  const LoadSpec spec{request("/sse/idle", 600), events_before_idling * event_bytes, "", streams};
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
  Pair pair = start_pair(bed, start_relay);
  Row row{.name = std::to_string(streams) + " idle SSE streams", .unit = ""};
  row.rss_mb_max = idle_rss_mb_max * static_cast<double>(streams) / idle_streams;
  row.reference_rss_mb = idle_rss_mb(bed, pair.nginx.contenders[0], streams);
  row.ours_rss_mb = idle_rss_mb(bed, pair.ours.contenders[0], streams);
  if (streams < idle_streams) {
    row.note = "no more than " + std::to_string(limit) + " descriptors; bound scaled to match";
  }
  return row;
}

}  // namespace

void run_relay(const Options& options, Table& table) {
  const Bed bed(options);
  table.begin("nginx", version_of_nginx(bed));
  auto wanted = [&](std::string_view name) { return name.find(options.only) != name.npos; };
  for (const Case& work : cases()) {
    if (wanted(work.name)) table.add(measure(bed, work, start_relay));
  }
  if (wanted("idle SSE streams")) table.add(measure_idle(bed));
}

}  // namespace omni::bench
