#include "api/budgets.h"

#include <algorithm>
#include <utility>

#include "api/budget_members.h"

namespace omni::api {
namespace {

using store::Budget;

/// Of today and of this month, UTC.
struct Spendings {
  store::SpendingByKey today, month;
};

net::Task<Result<Spendings>> read_spendings(const Surroundings& with) {
  using Interval = Budget::Interval;
  constexpr std::chrono::minutes midnight{0};
  const Clock::Wall now = with.clock.wall();
  const meter::Period day = meter::period_at(Interval::daily, midnight, now);
  const meter::Period month = meter::period_at(Interval::monthly, midnight, now);
  const auto read = [day, month, now](sql::Session& session) -> Result<Spendings> {
    auto today = store::spending_by_key(session, day.begin, day.end, now);
    if (!today) return today.error();
    auto whole = store::spending_by_key(session, month.begin, month.end, now);
    if (!whole) return whole.error();
    return Spendings{.today = *std::move(today), .month = *std::move(whole)};
  };
  co_return co_await read_from(with.usage, read);
}

const Budget* find_budget(const store::Configuration& configuration, std::string_view scope) {
  const auto found = std::ranges::find(configuration.budgets, scope, &Budget::scope);
  return found == configuration.budgets.end() ? nullptr : &*found;
}

/// Writes how those stand whom one request is about.
class Report {
 public:
  Report(const Surroundings& with, const store::Configuration& configuration,
         const Spendings& spendings)
      : with_(with), configuration_(configuration), spendings_(spendings) {}

  void write(json::Writer& writer, const std::string& scope) const {
    BudgetStanding standing{.budget = find_budget(configuration_, scope)};
    standing.today = meter::spending_of(scope, spendings_.today, configuration_);
    standing.month = meter::spending_of(scope, spendings_.month, configuration_);
    if (const auto state = with_.budgets.state_of(scope)) {
      standing.state = *state;
    } else {
      standing.state = {.period = meter::period_at(Budget(), with_.clock.wall()),
                        .spent_nano = standing.today.cost_nano};
    }
    write_standing(writer, standing);
  }
  /// Those of all keys, then those of groups and of all.
  void write_all(json::Writer& writer) const {
    writer.begin_object().key("budgets").begin_array();
    for (const store::ApiKey& key : configuration_.api_keys) {
      writer.begin_object().key("keyId").text(key.id).key("keyName").text(key.name);
      write(writer, Budget::of_key(key.id));
      writer.end_object();
    }
    for (const Budget& budget : configuration_.budgets) {
      const BudgetSubject subject{budget.scope};
      if (!subject.is_group() && budget.scope != Budget::of_all) continue;
      writer.begin_object();
      subject.write(writer);
      write(writer, budget.scope);
      writer.end_object();
    }
    writer.end_array().end_object();
  }

 private:
  const Surroundings& with_;
  const store::Configuration& configuration_;
  const Spendings& spendings_;
};

/// Of a key there has to be one.
Status check_known(const store::Configuration& configuration, const BudgetSubject& subject) {
  if (subject.scope == Budget::of_all || subject.is_group()) return Nothing{};
  const auto& keys = configuration.api_keys;
  if (std::ranges::find(keys, subject.name(), &store::ApiKey::id) != keys.end()) return Nothing{};
  return Error(Error::Kind::not_found, "Key not found");
}

store::AuditEntry about(store::AuditEntry entry, std::string_view scope) {
  entry.resource_type = "budget";
  entry.target = scope;
  return entry;
}

}  // namespace

std::vector<Route> BudgetsApi::routes() {
  using net::Method;
  using net::Role;
  constexpr std::string_view path = "/api/usage/budget";
  return {
      {.method = Method::get,
       .pattern = path,
       .role = Role::read,
       .summary = "What a key, a group or all may spend and have spent; of nobody named, of each",
       .handler = handler<&BudgetsApi::show>(this),
       .query = budget_query(),
       .outcomes = {{200, "How it stands"}, {404, "There is no such key"}},
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::post,
       .pattern = path,
       .role = Role::write,
       .summary = "Sets what a key, a group or all may spend, in the place of what was set before",
       .handler = handler<&BudgetsApi::put>(this),
       .body = json::shape::object(budget_members()),
       .outcomes = {{200, "Set"}, {404, "There is no such key"}},
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::delete_,
       .pattern = path,
       .role = Role::write,
       .summary = "Takes the limit away",
       .handler = handler<&BudgetsApi::remove>(this),
       .query = budget_query(),
       .outcomes = {{200, "Taken away"}, {404, "There is none"}},
       .errors = ErrorForm::text,
       .answer = an_object}};
}

net::Task<Status> BudgetsApi::show(net::Exchange& exchange, Arguments arguments) {
  const BudgetSubject subject = BudgetSubject::in(arguments.query);
  const auto now = with_.store.current();
  if (!subject.scope.empty()) {
    if (Status known = check_known(*now, subject); !known) co_return known;
  }
  const Result<Spendings> spendings = co_await read_spendings(with_);
  if (!spendings) co_return spendings.error();
  const Report report(with_, *now, *spendings);
  std::string body;
  json::Writer writer(body);
  if (subject.scope.empty()) {
    report.write_all(writer);
  } else {
    writer.begin_object();
    report.write(writer, subject.scope);
    writer.end_object();
  }
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> BudgetsApi::put(net::Exchange& exchange, Arguments arguments) {
  std::vector<json::Finding> findings;
  Budget budget = read_budget(arguments.body, findings);
  if (!findings.empty()) co_return co_await answer_invalid(exchange, std::move(findings));
  const BudgetSubject subject{budget.scope};
  if (Status known = check_known(*with_.store.current(), subject); !known) co_return known;
  const meter::Period period = meter::period_at(budget, with_.clock.wall());
  std::string details;
  json::Writer noted(details);
  write_budget(noted, budget, period);
  store::AuditEntry entry = about(changes_.entry(exchange, "budget.stored"), budget.scope);
  entry.details = json::Raw::trusted(details);
  const Status stored =
      co_await changes_.make(std::move(entry), [budget](sql::Session& session, store::AuditEntry&) {
        return store::put_budget(session, budget);
      });
  if (!stored) co_return stored;
  const auto now = with_.store.current();
  const Budget* const kept = find_budget(*now, budget.scope);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true);
  subject.write(writer);
  write_budget(writer.key("budget"), kept == nullptr ? budget : *kept, period);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> BudgetsApi::remove(net::Exchange& exchange, Arguments arguments) {
  const std::string scope = BudgetSubject::in(arguments.query).scope;
  if (scope.empty()) co_return co_await answer_invalid(exchange, {{"apiKeyId", "is missing"}});
  const Status done =
      co_await changes_.make(about(changes_.entry(exchange, "budget.deleted"), scope),
                             [scope](sql::Session& session, store::AuditEntry&) {
                               return store::delete_budget(session, scope);
                             });
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
