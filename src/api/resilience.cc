#include "api/resilience.h"

#include <array>
#include <utility>

#include "api/breaker_json.h"
#include "api/resilience_settings.h"

namespace omni::api {

std::vector<Route> Resilience::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{{.method = Method::get,
                           .pattern = "/api/resilience",
                           .role = Role::read,
                           .summary = "Patience with what fails, and who is left alone now",
                           .handler = handler<&Resilience::show>(this),
                           .answer = an_object},
                          {.method = Method::post,
                           .pattern = "/api/resilience/reset",
                           .role = Role::write,
                           .summary = "Closes all circuit breakers and ends all rests of accounts",
                           .handler = handler<&Resilience::reset>(this),
                           .answer = an_object}};
  for (const Method method : {Method::put, Method::patch}) {
    rows.push_back({.method = method,
                    .pattern = "/api/resilience",
                    .role = Role::write,
                    .summary = "Changes what the body names of it",
                    .handler = handler<&Resilience::change>(this),
                    .body = resilience_shape(),
                    .outcomes = {{200, "All of it as it is now"}},
                    .answer = an_object});
  }
  return rows;
}

std::string Resilience::state() const {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("ok").boolean(true);
  write_resilience_settings(writer, with_.store.current()->settings);
  writer.key("circuitBreakers").begin_array();
  for (const account::Breakers::Shown& shown : with_.breakers.all()) {
    writer.begin_object().key("name").text(shown.row.provider);
    write_breaker(writer, shown, "failureCount", "lastFailureTime");
    writer.end_object();
  }
  writer.end_array().key("rateLimitStatus").begin_array();
  for (const account::Accounts::RestShown& rest : with_.accounts.rests()) {
    write_rest(writer, rest, *with_.store.current());
  }
  writer.end_array().end_object();
  return body;
}

net::Task<Status> Resilience::show(net::Exchange& exchange, Arguments) {
  co_return co_await exchange.reply_json(200, state());
}

net::Task<Status> Resilience::change(net::Exchange& exchange, Arguments arguments) {
  Status done =
      co_await make_change(changes_, exchange, with_.store.sealer(),
                           {.action = "resilience.updated",
                            .target = resilience_group,
                            .edit = resilience_edit(std::string(arguments.body.slice()))});
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, state());
}

net::Task<Status> Resilience::reset(net::Exchange& exchange, Arguments) {
  const std::size_t closed = with_.breakers.reset();
  std::size_t woken = 0;
  for (const store::Connection& connection : with_.store.current()->connections) {
    woken += with_.accounts.wake(connection.id, "");
  }
  store::AuditEntry entry = changes_.entry(exchange, "resilience.reset");
  entry.resource_type = "settings";
  if (Status noted = co_await changes_.note(std::move(entry)); !noted) co_return noted;
  std::string body;
  json::Writer writer(body);
  writer.begin_object()
      .key("ok")
      .boolean(true)
      .key("resetCount")
      .integer(static_cast<std::int64_t>(closed));
  writer.key("message").text("Closed " + std::to_string(closed) + " circuit breakers, ended " +
                             std::to_string(woken) + " rests of accounts");
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
