#include "api/rate_limits.h"

#include <array>
#include <utility>

#include "account/rules.h"
#include "api/breaker_json.h"
#include "api/resilience_settings.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array protect_members{
    MemberShape{"connectionId", shape::text(1, 100), Presence::required, "The account."},
    MemberShape{"enabled", shape::boolean(), Presence::required,
                "Whether the limits hold for it."}};

}  // namespace

std::vector<Route> RateLimits::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{
      {.method = Method::get,
       .pattern = "/api/rate-limits",
       .role = Role::read,
       .summary = "How busy each account is, and who rests; queued counts those who wait for any "
                  "account of the provider",
       .handler = handler<&RateLimits::show>(this),
       .answer = an_object},
      {.method = Method::post,
       .pattern = "/api/rate-limits",
       .role = Role::write,
       .summary = "Has the limits hold for an account, or not",
       .handler = handler<&RateLimits::protect>(this),
       .body = shape::object(protect_members),
       .outcomes = {{200, "Done"}, {404, "There is no such account"}},
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/rate-limit",
       .role = Role::read,
       .summary = "The same together with what may be asked of one account",
       .handler = handler<&RateLimits::show_config>(this),
       .answer = an_object}};
  for (const Method method : {Method::put, Method::post}) {
    rows.push_back({.method = method,
                    .pattern = "/api/rate-limit",
                    .role = Role::write,
                    .summary = "Changes what may be asked of one account",
                    .handler = handler<&RateLimits::change_config>(this),
                    .body = queue_shape(),
                    .answer = an_object});
  }
  return rows;
}

void RateLimits::write_all(json::Writer& writer, const store::Configuration& now) const {
  const account::Rules rules = account::rules_of(now.settings);
  std::int64_t running = 0, limited = 0;
  writer.key("connections").begin_array();
  for (const store::Connection& connection : now.connections) {
    const account::Accounts::Counts counts = with_.accounts.counts_of(connection.id);
    const account::Limits limits = rules.limits_of(connection);
    const bool has_limit = limits.per_minute > 0 || limits.at_once > 0 || counts.has_learned;
    running += counts.running;
    limited += has_limit ? 1 : 0;
    writer.begin_object().key("connectionId").text(connection.id);
    writer.key("provider").text(connection.provider).key("name").text(connection.name);
    writer.key("rateLimitProtection").boolean(connection.rate_limit_protection);
    writer.key("enabled").boolean(has_limit).key("active").boolean(connection.active);
    writer.key("queued").integer(with_.accounts.waiting_for(connection.provider));
    writer.key("running").integer(counts.running).key("executing").integer(counts.running);
    writer.key("done").integer(static_cast<std::int64_t>(counts.done)).end_object();
  }
  writer.end_array().key("overview").begin_object();
  writer.key("connections").integer(static_cast<std::int64_t>(now.connections.size()));
  writer.key("limited").integer(limited).key("running").integer(running).end_object();
  writer.key("lockouts").begin_array();
  for (const account::Accounts::RestShown& rest : with_.accounts.rests()) {
    write_rest(writer, rest, now);
  }
  writer.end_array();
}

net::Task<Status> RateLimits::show(net::Exchange& exchange, Arguments) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_all(writer, *with_.store.current());
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> RateLimits::protect(net::Exchange& exchange, Arguments arguments) {
  const std::string id(arguments.body.find("connectionId").text());
  const bool enabled = arguments.body.find("enabled").boolean();
  store::AuditEntry entry = changes_.entry(exchange, "provider.updated");
  entry.resource_type = "provider";
  entry.target = id;
  Status done = co_await changes_.make(
      std::move(entry), [this, id, enabled](sql::Session& session, store::AuditEntry&) -> Status {
        auto connection = store::load_connection(session, with_.store.sealer(), id);
        if (!connection) return connection.error();
        connection->rate_limit_protection = enabled;
        return store::update_connection(session, with_.store.sealer(), *connection);
      });
  if (!done) co_return done;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true).key("connectionId").text(id);
  writer.key("enabled").boolean(enabled).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> RateLimits::show_config(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_all(writer, *now);
  writer.key("config").begin_object();
  write_queue(writer, now->settings);
  writer.end_object().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> RateLimits::change_config(net::Exchange& exchange, Arguments arguments) {
  Status done = co_await make_change(changes_, exchange, with_.store.sealer(),
                                     {.action = "resilience.updated",
                                      .target = resilience_group,
                                      .edit = queue_edit(std::string(arguments.body.slice()))});
  if (!done) co_return done;
  co_return co_await show_config(exchange, {});
}

}  // namespace omni::api
