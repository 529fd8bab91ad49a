#include "api/usage.h"

#include "api/usage_analytics.h"
#include "api/usage_history.h"
#include "api/usage_lines.h"
#include "api/usage_series.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array cut_members{
    MemberShape{"step", shape::choice(step_names), Presence::optional,
                "How long a slot is, in full or in short; longer where there would be too many, or "
                "none so short.  auto: as fits the time."},
    MemberShape{"by", shape::choice(dimension_names), Presence::optional,
                "A series for each of these; key is apiKey.  Without, one for all."},
    MemberShape{"metric", shape::text(1, 200).like(metric_list), Presence::optional,
                "The numbers of each series, under the names by which they are asked for; "
                "requests,cost,tokens,p50."},
    MemberShape{"top", shape::integer(1, 20), Presence::optional,
                "How many series at most, those with the most requests; 8.  The rest is other."}};

constexpr auto series_query = [] {
  std::array<MemberShape, usage_members.size() + cut_members.size()> all;
  std::ranges::copy(cut_members, std::ranges::copy(usage_members, all.begin()).out);
  return all;
}();

constexpr std::array<std::string_view, 2> forms{"text", "json"};
constexpr std::array lines_query{
    MemberShape{"limit", shape::integer(1, 1000), Presence::optional, "How many at most; 200."},
    MemberShape{"format", shape::choice(forms), Presence::optional,
                "text: lines; json: an object each."}};

}  // namespace

std::vector<Route> UsageApi::routes() {
  std::vector<Route> rows{{.method = net::Method::get,
                           .pattern = "/api/usage/history",
                           .role = net::Role::read,
                           .summary = "What was used in all, by provider, model, account and key",
                           .handler = handler<&UsageApi::show_history>(this),
                           .query = usage_members,
                           .answer = an_object},
                          {.method = net::Method::get,
                           .pattern = "/api/usage/analytics",
                           .role = net::Role::read,
                           .summary = "What was used of late: a summary, days, and who used what",
                           .handler = handler<&UsageApi::show_analytics>(this),
                           .query = usage_members,
                           .answer = an_object},
                          {.method = net::Method::get,
                           .pattern = "/api/usage/series",
                           .role = net::Role::read,
                           .summary = "What was used, as columns of numbers for charts",
                           .handler = handler<&UsageApi::show_series>(this),
                           .query = series_query,
                           .answer = an_object}};
  for (const char* pattern : {"/api/usage/logs", "/api/usage/request-logs"}) {
    rows.push_back({.method = net::Method::get,
                    .pattern = pattern,
                    .role = net::Role::read,
                    .summary = "The attempts of late, the newest first",
                    .handler = handler<&UsageApi::list_lines>(this),
                    .query = lines_query});
  }
  return rows;
}

UsageQuestion UsageApi::question(json::Value query, std::string_view range) const {
  UsageQuestion question = read_usage_question(query, range, with_.clock.wall());
  question.configuration = with_.store.current();
  return question;
}

net::Task<Status> UsageApi::show_history(net::Exchange& exchange, Arguments arguments) {
  const UsageQuestion asked = question(arguments.query, "all");
  std::vector<Running> running;
  for (const store::Connection& connection : asked.configuration->connections) {
    const std::int64_t count = with_.accounts.counts_of(connection.id).running;
    if (count > 0) running.push_back({connection.id, connection.provider, count});
  }
  Result<std::string> body =
      co_await read_from(with_.usage, [asked, running = std::move(running)](sql::Session& session) {
        return usage_history(session, asked, running);
      });
  if (!body) co_return body.error();
  co_return co_await exchange.reply_json(200, *std::move(body));
}

net::Task<Status> UsageApi::show_analytics(net::Exchange& exchange, Arguments arguments) {
  Result<std::string> body = co_await read_from(
      with_.usage, [asked = question(arguments.query, "7d")](sql::Session& session) {
        return usage_analytics(session, asked);
      });
  if (!body) co_return body.error();
  co_return co_await exchange.reply_json(200, *std::move(body));
}

net::Task<Status> UsageApi::show_series(net::Exchange& exchange, Arguments arguments) {
  Result<std::string> body = co_await read_from(
      with_.usage,
      [asked = question(arguments.query, "1d"), cut = read_series_cut(arguments.query)](
          sql::Session& session) { return usage_series(session, asked, cut); });
  if (!body) co_return body.error();
  co_return co_await exchange.reply_json(200, *std::move(body));
}

net::Task<Status> UsageApi::list_lines(net::Exchange& exchange, Arguments arguments) {
  const json::Value limit = arguments.query.find("limit");
  const std::int64_t most = limit ? limit.integer() : 200;
  const LineForm form =
      arguments.query.find("format").text() == "json" ? LineForm::object : LineForm::text;
  Result<std::string> body = co_await read_from(
      with_.usage, [asked = question({}, "all"), form, most](sql::Session& session) {
        return usage_lines(session, asked, form, most);
      });
  if (!body) co_return body.error();
  co_return co_await exchange.reply_json(200, *std::move(body));
}

}  // namespace omni::api
