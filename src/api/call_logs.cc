#include "api/call_logs.h"

#include <array>

#include "api/explainer.h"
#include "json/writer.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr json::Shape word = shape::text(0, 256);
constexpr std::array list_query{
    MemberShape{"status", word, Presence::optional, "ok, error, or a number."},
    MemberShape{"model", word, Presence::optional, "As it was asked for, or as it was served."},
    MemberShape{"provider", word, Presence::optional, "Who was asked last."},
    MemberShape{"combo", shape::integer(0, 1), Presence::optional, "1: those of combos alone."},
    MemberShape{"limit", shape::integer(1, 1000), Presence::optional, "How many at most; 200."},
    MemberShape{"offset", shape::integer(0, 1'000'000), Presence::optional, "After how many."}};

}  // namespace

std::vector<Route> CallLogs::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/usage/call-logs",
           .role = net::Role::read,
           .summary = "The requests of late, the newest first",
           .handler = handler<&CallLogs::list>(this),
           .query = list_query},
          {.method = net::Method::get,
           .pattern = "/api/usage/call-logs/{id}",
           .role = net::Role::read,
           .summary = "One of them: who could be asked, who was, and what became of it",
           .handler = handler<&CallLogs::show>(this),
           .outcomes = {{200, "The request"}, {404, "Not known, or not any more"}},
           .answer = an_object}};
}

net::Task<Status> CallLogs::list(net::Exchange& exchange, Arguments arguments) {
  CallQuery query{.status = std::string(arguments.query.find("status").text()),
                  .model = std::string(arguments.query.find("model").text()),
                  .provider = std::string(arguments.query.find("provider").text()),
                  .of_combos = arguments.query.find("combo").integer() != 0,
                  .offset = static_cast<std::size_t>(arguments.query.find("offset").integer())};
  if (const json::Value limit = arguments.query.find("limit")) {
    query.limit = static_cast<std::size_t>(limit.integer());
  }
  std::string body;
  json::Writer out(body);
  out.begin_array();
  for (const std::string& row : with_.explainer.calls(query)) out.raw(row);
  out.end_array();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> CallLogs::show(net::Exchange& exchange, Arguments) {
  std::optional<std::string> found = with_.explainer.call(exchange.param("id"));
  if (!found) co_return Error(Error::Kind::not_found, "No such request of late");
  co_return co_await exchange.reply_json(200, *std::move(found));
}

}  // namespace omni::api
