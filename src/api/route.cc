#include "api/route.h"

#include "api/query.h"
#include "base/strings.h"
#include "identity/origin.h"

namespace omni::api {
namespace {

/// What came in, with the texts that its values stand in.
struct Incoming {
  std::string query_text, body_text;
  json::Reader query_reader, body_reader;
  Arguments arguments;
  std::vector<json::Finding> findings;

  void read_query(const Route& route, std::string_view query) {
    if (route.query.empty()) return;
    query_text = query_as_json(query, route.query);
    arguments.query = query_reader.read(query_text);
    if (!arguments.query) return findings.push_back({"query", "must be UTF-8"});
    findings = json::check(json::shape::object(route.query), arguments.query);
  }

  /// No body is as good as an empty object: whether that will do, the shape says.
  void read_body(const json::Shape& shape, std::string text) {
    body_text = trim(text).empty() ? "{}" : std::move(text);
    arguments.body = body_reader.read(body_text);
    if (!arguments.body) return findings.push_back({"body", "Invalid JSON body"});
    for (json::Finding& finding : json::check(shape, arguments.body)) {
      findings.push_back(std::move(finding));
    }
  }
};

net::Task<Status> call_handler(const Route& route, net::Exchange& exchange, Arguments arguments) {
  const Status done = co_await route.handler(exchange, arguments);
  if (done || exchange.begun() || done.error().kind() == Error::Kind::cancelled) co_return done;
  co_return co_await answer_error(exchange, route.errors, done.error());
}

net::Task<Status> serve(const Route& route, net::Exchange& exchange) {
  Incoming incoming;
  incoming.read_query(route, exchange.request().query());
  if (route.body) {
    Result<std::string> text = co_await exchange.read_body();
    if (!text && text.error().kind() == Error::Kind::too_large) {
      co_return co_await answer_error(exchange, ErrorForm::object, text.error());
    }
    if (!text) co_return text.error();
    const bool by_cookie = !exchange.request().field("cookie").empty();
    if (by_cookie && !text->empty() && !identity::is_json(exchange.request().fields())) {
      const Error not_json(Error::Kind::unsupported_media, "The body must be application/json");
      co_return co_await answer_error(exchange, ErrorForm::object, not_json);
    }
    incoming.read_body(*route.body, *std::move(text));
  }
  if (!incoming.findings.empty()) {
    co_return co_await answer_invalid(exchange, std::move(incoming.findings));
  }
  co_return co_await call_handler(route, exchange, incoming.arguments);
}

}  // namespace

std::vector<net::Route> dispatch(std::vector<Route> routes) {
  std::vector<net::Route> rows;
  for (Route& route : routes) {
    net::Route row{route.method, route.pattern,       route.role, route.summary,
                   {},           route.body_bytes_max};
    row.handler = [route = std::move(route)](net::Exchange& exchange) {
      return serve(route, exchange);  // lives as long as the Router, which outlives its requests
    };
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace omni::api
