#include "api/account_quotas.h"

#include <algorithm>
#include <array>

#include "api/known_providers.h"
#include "api/prober.h"
#include "json/or_null.h"
#include "json/writer.h"

namespace omni::api {
namespace {

using account::Quota;
using account::QuotaReport;
using json::MemberShape;
using json::Presence;
using store::Connection;
namespace shape = json::shape;

constexpr std::array list_query{
    MemberShape{"provider", shape::text(1, 120), Presence::optional, "Of this provider alone."},
    MemberShape{"connectionId", shape::text(1, 120), Presence::optional, "Of this account alone."}};

void write_quota(json::Writer& writer, const Quota& quota) {
  writer.begin_object().key("used").number(quota.used).key("total").number(quota.total);
  writer.key("remaining").number(quota.remaining());
  write_time_or_null(writer.key("resetAt"), quota.reset);
  writer.key("unlimited").boolean(quota.unlimited);
  writer.key("displayName").text(quota.name).end_object();
}

void write_quotas(json::Writer& writer, const QuotaReport& report) {
  writer.begin_object();
  for (const Quota& quota : report.quotas) write_quota(writer.key(quota.name), quota);
  writer.end_object();
}

double share_left(const Quota& quota) {
  return quota.unlimited || quota.total <= 0 ? 1 : quota.remaining() / quota.total;
}

/// The one that is nearest to its end.
const Quota* scarcest(const QuotaReport& report) {
  const auto found = std::ranges::min_element(report.quotas, {}, share_left);
  return found == report.quotas.end() ? nullptr : &*found;
}

std::string_view token_status(const Connection& connection, Clock::Wall now) {
  if (!connection.token_expires_at) return "none";
  return *connection.token_expires_at <= now ? "expired" : "valid";
}

/// The provider, where it can be asked.
const catalog::Provider* asked_provider(const Surroundings& with,
                                        const store::Configuration& configuration,
                                        const Connection& connection) {
  const KnownProvider provider = find_provider(with.catalog, configuration, connection.provider);
  const catalog::Provider* listed = provider ? provider.listed() : nullptr;
  return listed != nullptr && listed->quota ? listed : nullptr;
}

Error refusal_of(const ProbeAnswer& answer) {
  const bool refused = answer.status == 401 || answer.status == 403;
  const Error::Kind kind = answer.status == 401   ? Error::Kind::unauthorized
                           : answer.status == 403 ? Error::Kind::forbidden
                           : answer.status == 429 ? Error::Kind::rate_limited
                                                  : Error::Kind::upstream;
  return {kind, (refused ? "The provider does not accept the account: HTTP "
                         : "The provider did not tell: HTTP ") +
                    std::to_string(answer.status)};
}

}  // namespace

std::vector<Route> AccountQuotas::routes() {
  using net::Method;
  using net::Role;
  return {{.method = Method::get,
           .pattern = "/api/usage/quota",
           .role = Role::read,
           .summary = "What accounts had left when they were asked last",
           .handler = handler<&AccountQuotas::list>(this),
           .query = list_query,
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::get,
           .pattern = "/api/usage/provider-limits",
           .role = Role::read,
           .summary = "All limits of accounts, as they were told last",
           .handler = handler<&AccountQuotas::show_all>(this),
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/usage/provider-limits",
           .role = Role::write,
           .summary = "Asks for the limits of all accounts whose providers tell them",
           .handler = handler<&AccountQuotas::ask_all>(this),
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::get,
           .pattern = "/api/usage/{connectionId}",
           .role = Role::read,
           .summary = "What one account has left, asked of its provider now",
           .handler = handler<&AccountQuotas::show>(this),
           .outcomes = {{200, "Its plan and its limits"},
                        {400, "Its provider does not tell"},
                        {404, "There is no such account"},
                        {502, "Its provider did not answer"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

net::Task<Status> AccountQuotas::show(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("connectionId"));
  if (found == nullptr) co_return Error(Error::Kind::not_found, "Connection not found");
  const Result<QuotaReport> report = co_await ask(*found);
  if (!report) co_return report.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_text_or_null(writer.key("plan"), report->plan);
  write_quotas(writer.key("quotas"), *report);
  write_text_or_null(writer.key("message"), report->message);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Result<QuotaReport>> AccountQuotas::ask(const Connection& connection) {
  const auto now = with_.store.current();
  const catalog::Provider* const provider = asked_provider(with_, *now, connection);
  if (provider == nullptr) {
    co_return Error(Error::Kind::bad_request, "Usage not available for this connection");
  }
  const Result<ProbeAnswer> answer =
      co_await with_.prober.ask_quota({.connection = connection, .node = {}});
  if (!answer) co_return answer.error();
  if (answer->status != 200) co_return refusal_of(*answer);
  Result<QuotaReport> report = account::read_quotas(provider->quota->form, answer->body);
  if (report) remember(connection.id, *report);
  co_return report;
}

/// Who has nothing left is not asked before he has.
void AccountQuotas::remember(const std::string& connection, const QuotaReport& report) {
  const auto configuration = with_.store.current();
  const Clock::Wall now = with_.clock.wall();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const auto& row) {
      return find_connection(*configuration, row.first) == nullptr;
    });
    known_[connection] = {.asked = now, .report = report};
  }
  for (const Quota& quota : report.quotas) {
    if (!quota.binding || !quota.is_spent() || !quota.reset) continue;
    if (*quota.reset > now) with_.accounts.exhaust(connection, *quota.reset, quota.name);
  }
}

std::map<std::string, AccountQuotas::Known> AccountQuotas::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

net::Task<Status> AccountQuotas::list(net::Exchange& exchange, Arguments arguments) {
  const auto configuration = with_.store.current();
  const Clock::Wall now = with_.clock.wall();
  const std::string_view provider = arguments.query.find("provider").text();
  const std::string_view id = arguments.query.find("connectionId").text();
  std::string body;
  json::Writer writer(body);
  std::int64_t count = 0;
  writer.begin_object().key("providers").begin_array();
  for (const auto& [connection_id, known] : known()) {
    const Connection* const connection = find_connection(*configuration, connection_id);
    if (connection == nullptr || (!id.empty() && id != connection_id)) continue;
    if (!provider.empty() && provider != connection->provider) continue;
    const Quota* const quota = scarcest(known.report);
    if (quota == nullptr) continue;
    ++count;
    writer.begin_object().key("name").text(connection->name);
    writer.key("provider").text(connection->provider).key("connectionId").text(connection_id);
    writer.key("quotaUsed").number(quota->used).key("quotaTotal").number(quota->total);
    writer.key("percentRemaining").number(share_left(*quota) * 100);
    write_time_or_null(writer.key("resetAt"), quota->reset);
    writer.key("tokenStatus").text(token_status(*connection, now)).end_object();
  }
  writer.end_array().key("meta").begin_object().key("generatedAt").text(iso8601(now));
  writer.key("filters").begin_object();
  write_text_or_null(writer.key("provider"), provider);
  write_text_or_null(writer.key("connectionId"), id);
  writer.end_object().key("totalProviders").integer(count).end_object().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> AccountQuotas::answer_all(net::Exchange& exchange) {
  std::string body;
  json::Writer writer(body);
  std::optional<Clock::Wall> last;
  writer.begin_object().key("caches").begin_object();
  for (const auto& [id, known] : known()) {
    writer.key(id).begin_object();
    write_text_or_null(writer.key("plan"), known.report.plan);
    write_quotas(writer.key("quotas"), known.report);
    writer.key("fetchedAt").text(iso8601(known.asked)).end_object();
    last = std::max(last.value_or(known.asked), known.asked);
  }
  writer.end_object().key("intervalMinutes").null();  // asked only when somebody wants to know
  write_time_or_null(writer.key("lastAutoSyncAt"), last);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> AccountQuotas::show_all(net::Exchange& exchange, Arguments) {
  co_return co_await answer_all(exchange);
}

/// One after the other: nobody waits for this, and providers count such questions as well.
net::Task<Status> AccountQuotas::ask_all(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  for (const Connection& connection : now->connections) {
    if (!connection.active || asked_provider(with_, *now, connection) == nullptr) continue;
    const Result<QuotaReport> report = co_await ask(connection);
    if (!report && report.error().kind() == Error::Kind::cancelled) co_return report.error();
  }
  co_return co_await answer_all(exchange);
}

}  // namespace omni::api
