#include "api/monitoring.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "api/breaker_json.h"
#include "meter/process.h"

namespace omni::api {
namespace {

using account::Breakers;
using account::Sessions;
using State = store::BreakerRow::State;

void write_counts_by_key(json::Writer& writer, const std::vector<Sessions::Session>& sessions) {
  std::map<std::string_view, std::int64_t> by_key;
  for (const Sessions::Session& session : sessions) {
    if (!session.key_id.empty()) ++by_key[session.key_id];
  }
  writer.key("byApiKey").begin_object();
  for (const auto& [key, count] : by_key) writer.key(key).integer(count);
  writer.end_object();
}

void write_session(json::Writer& writer, const Sessions::Session& session, Clock::Wall now) {
  writer.begin_object().key("sessionId").text(session.id);
  writer.key("createdAt").integer(to_millis(session.created));
  writer.key("lastActive").integer(to_millis(session.last_active));
  writer.key("requestCount").integer(static_cast<std::int64_t>(session.requests));
  writer.key("connectionId").text(session.connection);
  writer.key("ageMs").integer(to_millis(now) - to_millis(session.created)).end_object();
}

/// Those of providers with accounts that have not failed of late are closed as well.
std::set<std::string> providers_in_use(const store::Configuration& now) {
  std::set<std::string> providers;
  for (const store::Connection& connection : now.connections) {
    if (connection.active) providers.insert(connection.provider);
  }
  return providers;
}

bool is_open(const Breakers::Shown& shown) { return shown.row.state == State::open; }

}  // namespace

std::vector<Route> Monitoring::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/monitoring/health",
           .role = net::Role::open,
           .summary = "How the gateway is; whoever may not read is told its status alone",
           .handler = handler<&Monitoring::show_health>(this),
           .answer = an_object},
          {.method = net::Method::delete_,
           .pattern = "/api/monitoring/health",
           .role = net::Role::write,
           .summary = "Closes all circuit breakers",
           .handler = handler<&Monitoring::close_breakers>(this),
           .answer = an_object},
          {.method = net::Method::get,
           .pattern = "/api/sessions",
           .role = net::Role::read,
           .summary = "The conversations of the last half hour and the accounts they stay with",
           .handler = handler<&Monitoring::show_sessions>(this),
           .answer = an_object}};
}

void Monitoring::write_system(json::Writer& writer) const {
  const auto up = std::chrono::duration<double>(with_.clock.steady() - started_).count();
  const auto write_memory = [&] {
    writer.key("memoryUsage").begin_object();
    writer.key("rss").integer(meter::process_use().resident_bytes).end_object();
  };
  writer.key("system").begin_object().key("version").text(version_).key("uptime").number(up);
  write_memory();
  writer.key("pid").integer(::getpid()).key("platform").text("linux").end_object();
  writer.key("version").text(version_).key("uptime").number(up);
  write_memory();
}

void Monitoring::write_breakers(json::Writer& writer, const store::Configuration& now) const {
  std::vector<Breakers::Shown> all = with_.breakers.all();
  for (const std::string& provider : providers_in_use(now)) {
    const bool there = std::ranges::any_of(
        all, [&](const Breakers::Shown& shown) { return shown.row.provider == provider; });
    if (!there) all.push_back({.row = {.provider = provider}});
  }
  const auto count = [&](State state) {
    return std::ranges::count(all, state, [](const auto& shown) { return shown.row.state; });
  };
  writer.key("circuitBreakers").begin_object().key("open").integer(count(State::open));
  writer.key("halfOpen").integer(count(State::half_open));
  writer.key("closed").integer(count(State::closed));
  writer.key("total").integer(static_cast<std::int64_t>(all.size())).end_object();
  writer.key("providerBreakers").begin_array();
  for (const Breakers::Shown& shown : all) {
    writer.begin_object().key("provider").text(shown.row.provider);
    write_breaker(writer, shown, "failureCount", "lastFailure");
    writer.end_object();
  }
  writer.end_array().key("providerHealth").begin_object();
  for (const Breakers::Shown& shown : all) {
    writer.key(shown.row.provider).begin_object();
    write_breaker(writer, shown, "failures", "lastFailure");
    writer.end_object();
  }
  writer.end_object();
}

void Monitoring::write_providers(json::Writer& writer, const store::Configuration& now) const {
  std::set<std::string_view> configured;
  for (const store::Connection& each : now.connections) configured.insert(each.provider);
  const auto size = [](const auto& of) { return static_cast<std::int64_t>(of.size()); };
  writer.key("providerSummary").begin_object();
  writer.key("catalogCount").integer(size(with_.catalog.providers()));
  writer.key("configuredCount").integer(size(configured));
  writer.key("activeCount").integer(size(providers_in_use(now)));
  writer.key("monitoredCount").integer(size(with_.breakers.all())).end_object();
  writer.key("lockouts").begin_array();
  for (const auto& rest : with_.accounts.rests()) write_rest(writer, rest, now);
  writer.end_array();
}

net::Task<Status> Monitoring::show_health(net::Exchange& exchange, Arguments) {
  const bool degraded = std::ranges::any_of(with_.breakers.all(), is_open);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("status").text(degraded ? "degraded" : "healthy");
  writer.key("timestamp").text(iso8601(with_.clock.wall()));
  if (has_role(identity::caller_of(exchange), net::Role::read)) {
    const auto now = with_.store.current();
    const std::vector<Sessions::Session> sessions = with_.sessions.all();
    std::int64_t running = 0;
    for (const store::Connection& each : now->connections) {
      running += with_.accounts.counts_of(each.id).running;
    }
    write_system(writer);
    writer.key("activeConnections").integer(running);
    write_breakers(writer, *now);
    write_providers(writer, *now);
    writer.key("sessions").begin_object();
    writer.key("activeCount").integer(static_cast<std::int64_t>(sessions.size()));
    writer.key("stickyBoundCount").integer(static_cast<std::int64_t>(sessions.size()));
    write_counts_by_key(writer, sessions);
    writer.key("top").begin_array();
    for (std::size_t i = 0; i < std::min<std::size_t>(sessions.size(), 10); ++i) {
      write_session(writer, sessions[i], with_.clock.wall());
    }
    writer.end_array().end_object();
    // No account's quota is asked for.
    writer.key("quotaMonitor").begin_object().key("active").integer(0).end_object();
    // Who has opened its tables has the key to what is sealed in them.
    writer.key("cryptography").begin_object().key("status").text("healthy");
    writer.key("provider").text("aes-256-gcm").end_object();
    writer.key("setupComplete").boolean(now->settings.setup_complete);
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Monitoring::close_breakers(net::Exchange& exchange, Arguments) {
  const auto closed = static_cast<std::int64_t>(with_.breakers.reset());
  store::AuditEntry entry = changes_.entry(exchange, "resilience.reset");
  entry.resource_type = "settings";
  if (Status noted = co_await changes_.note(std::move(entry)); !noted) co_return noted;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true);
  writer.key("message").text("Closed " + std::to_string(closed) + " circuit breakers");
  writer.key("resetCount").integer(closed).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Monitoring::show_sessions(net::Exchange& exchange, Arguments) {
  const std::vector<Sessions::Session> sessions = with_.sessions.all();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("count").integer(static_cast<std::int64_t>(sessions.size()));
  writer.key("sessions").begin_array();
  for (const Sessions::Session& each : sessions) write_session(writer, each, with_.clock.wall());
  writer.end_array();
  write_counts_by_key(writer, sessions);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
