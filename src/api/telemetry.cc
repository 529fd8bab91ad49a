#include "api/telemetry.h"

#include <array>
#include <cmath>

#include "meter/process.h"
#include "meter/watch.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using meter::Durations;
namespace shape = json::shape;

constexpr std::array summary_query{
    MemberShape{"windowMs", shape::integer(1, 31'536'000'000), Presence::optional,
                "Of those that ended so long ago at most; 300000, and no more is known."}};

/// To a hundredth; nothing is 0.
double rounded(std::optional<double> number) { return std::round(number.value_or(0) * 100) / 100; }

void write_percentile(json::Writer& writer, std::string_view name, const Durations& of,
                      double part) {
  writer.key(name).number(rounded(of.percentile_ms(part)));
}

void write_percentiles(json::Writer& writer, const Durations& of) {
  write_percentile(writer, "p50", of, 0.5);
  write_percentile(writer, "p95", of, 0.95);
  write_percentile(writer, "p99", of, 0.99);
}

void write_providers(json::Writer& writer, const meter::Traffic::Look& look) {
  writer.key("providers").begin_object();
  for (const auto& [name, durations] : look.providers) {
    writer.key(name).begin_object();
    write_percentiles(writer, durations);
    writer.key("count").integer(durations.count()).end_object();
  }
  writer.end_object();
}

void write_phases(json::Writer& writer, const meter::Traffic::Look& look) {
  writer.key("phaseBreakdown").begin_object();
  for (std::size_t i = 0; i < look.phases.size(); ++i) {
    const Durations& phase = look.phases.at(i);
    writer.key(meter::phase_names.at(i)).begin_object();
    writer.key("avg").number(rounded(phase.mean_ms()));
    write_percentile(writer, "p50", phase, 0.5);
    write_percentile(writer, "p95", phase, 0.95);
    writer.end_object();
  }
  writer.end_object();
}

/// Under both of the names that clients know.
void write_requests(json::Writer& writer, const meter::Recent::Sums& requests) {
  const double mean = rounded(requests.durations.mean_ms());
  const std::int64_t count = requests.durations.count();
  const auto all = static_cast<double>(std::max<std::int64_t>(count, 1));
  writer.key("count").integer(count).key("avg").number(mean);
  write_percentiles(writer, requests.durations);
  writer.key("totalRequests").integer(count).key("avgLatencyMs").number(mean);
  writer.key("errorRate").number(static_cast<double>(requests.failures) / all);
}

}  // namespace

std::vector<Route> Telemetry::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/telemetry/summary",
           .role = net::Role::read,
           .summary = "How long requests take these minutes, by provider and by phase",
           .handler = handler<&Telemetry::show>(this),
           .query = summary_query,
           .answer = an_object}};
}

void Telemetry::write_process(json::Writer& writer) const {
  const auto sessions = static_cast<std::int64_t>(with_.sessions.all().size());
  writer.key("sessions").begin_object().key("activeCount").integer(sessions);
  writer.key("stickyBoundCount").integer(sessions).end_object();
  // No account's quota is asked for.
  writer.key("quotaMonitor").begin_object().key("active").integer(0).end_object();
  const auto up = std::chrono::duration<double>(with_.clock.steady() - started_).count();
  writer.key("uptime").number(rounded(up));
  writer.key("memoryUsage").begin_object();
  writer.key("rss").integer(meter::process_use().resident_bytes).end_object();
  writer.key("activeConnections").integer(with_.watch.traffic.in_flight());
}

net::Task<Status> Telemetry::show(net::Exchange& exchange, Arguments arguments) {
  Millis window = meter::Recent::window_max;
  if (const json::Value wanted = arguments.query.find("windowMs")) {
    window = std::min(window, Millis{wanted.integer()});
  }
  const meter::Traffic::Look look = with_.watch.traffic.look(window);
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_providers(writer, look);
  write_requests(writer, look.requests);
  write_phases(writer, look);
  write_process(writer);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
