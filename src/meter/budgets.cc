#include "meter/budgets.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "json/writer.h"

namespace omni::meter {
namespace {

using store::Budget;

/// Others that are on their way may cost less than was set aside for them.
constexpr Millis soon{1000};

using Few = std::span<BudgetAccount* const>;

/// Of a key: nobody else's spending is told to whoever has it.
bool is_own(const Budget& budget) { return budget.scope.starts_with(Budget::of_key("")); }

Budgets::Refusal refusal_of(const BudgetAccount& account, Clock::Wall now) {
  std::string message(name_of(account.budget().active()));
  message.front() = static_cast<char>(message.front() - 'a' + 'A');
  message += account.is_spent() ? " budget exceeded" : " budget set aside for requests under way";
  if (is_own(account.budget())) {
    message += ": " + dollar_text(account.spent() + (account.is_spent() ? 0 : account.reserved()));
    message += " / " + dollar_text(account.limit());
  }
  const auto left = std::chrono::ceil<Millis>(account.period().end - now);
  return {.message = std::move(message), .retry_after = account.is_spent() ? left : soon};
}

}  // namespace

/// Part of the accounts: their mutex is held by whoever calls it.
class Budgets::Held {
 public:
  Held(Budgets& from, std::vector<BudgetAccount*> accounts)
      : budgets(from), accounts_(std::move(accounts)) {}

  void add(std::int64_t nano) {
    left_ += nano;
    for (BudgetAccount* const account : accounts_) account->add_reserved(nano);
  }
  std::int64_t left() const { return left_; }

  Budgets& budgets;

 private:
  const std::vector<BudgetAccount*> accounts_;
  std::int64_t left_ = 0;
};

struct Budgets::Warning {
  Clock::Wall when;
  std::string scope;
  Period period;
  std::int64_t spent_nano = 0, limit_nano = 0;
};

/// An account whose period has begun before it was here.
struct Budgets::Start {
  std::string scope;
  Period period;
};

void Budgets::Release::operator()(Held* held) const {
  const std::unique_ptr<Held> last(held);
  const std::lock_guard lock(held->budgets.mutex_);
  held->add(-held->left());
}

void Budgets::follow(store::ConfigStore& config, store::UsageLog& usage) {
  config_ = &config;
  usage_ = &usage;
  config.add_listener([this](const auto& configuration) {
    enter(*configuration);
    learn_pasts(*configuration);
    warn();
  });
}

void Budgets::catch_up() {
  if (!any_) return;
  learn_pasts(*config_->current());
  warn();
}

void Budgets::enter(const store::Configuration& configuration) {
  const Clock::Wall now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (auto& [scope, account] : accounts_) {
    if (std::ranges::find(configuration.budgets, scope, &Budget::scope) ==
        configuration.budgets.end()) {
      account.close();
    }
  }
  for (const Budget& budget : configuration.budgets) accounts_[budget.scope].adopt(budget, now);
  any_ = !configuration.budgets.empty();
}

std::vector<Budgets::Start> Budgets::starts() {
  std::vector<Start> starts;
  const std::lock_guard lock(mutex_);
  for (const auto& [scope, account] : accounts_) {
    if (account.is_open() && !account.knows_past()) starts.push_back({scope, account.period()});
  }
  return starts;
}

/// Requests go on meanwhile: what they spend is told apart by its rows.
void Budgets::learn_pasts(const store::Configuration& configuration) {
  const std::vector<Start> unknown = starts();
  if (unknown.empty()) return;
  const Status read = usage_->look_back([&](sql::Session& session, std::int64_t last_row) {
    for (const Start& start : unknown) {
      if (Status added = add_past(session, start, last_row, configuration); !added) return added;
    }
    return Status(Nothing{});
  });
  if (!read) log_.error("budget.past_unknown", {{"why", read.error().message()}});
}

Status Budgets::add_past(sql::Session& session, const Start& start, std::int64_t last_row,
                         const store::Configuration& configuration) {
  const auto by_key =
      store::spending_by_key(session, start.period.begin, start.period.end, clock_.wall());
  if (!by_key) return by_key.error();
  const std::int64_t spent = spending_of(start.scope, *by_key, configuration).cost_nano;
  const std::lock_guard lock(mutex_);
  BudgetAccount& account = accounts_[start.scope];
  if (account.knows_past() || account.period() != start.period) return Nothing{};
  account.add_past(spent, last_row);
  return Nothing{};
}

template <class Use>
void Budgets::with_accounts(const Payer& payer, const Use& use) {
  if (!any_) return;
  const std::array scopes{
      payer.key_id.empty() ? std::string() : Budget::of_key(payer.key_id),
      payer.group.empty() ? std::string() : Budget::of_group(payer.group),
      std::string(Budget::of_all),
  };
  std::array<BudgetAccount*, scopes.size()> found{};
  std::size_t count = 0;
  const Clock::Wall now = clock_.wall();
  const std::lock_guard lock(mutex_);
  for (const std::string& scope : scopes) {
    const auto at = accounts_.find(scope);
    if (at == accounts_.end() || !at->second.is_open()) continue;
    at->second.turn(now);
    found.at(count++) = &at->second;
  }
  use(std::span(found).first(count), now);
}

bool Budgets::concern(const Payer& payer) {
  bool any = false;
  with_accounts(payer, [&](Few accounts, Clock::Wall) { any = !accounts.empty(); });
  return any;
}

std::variant<Budgets::Reservation, Budgets::Refusal> Budgets::reserve(const Payer& payer,
                                                                      std::int64_t nano) {
  std::optional<Refusal> refusal;
  Reservation reservation;
  with_accounts(payer, [&](Few accounts, Clock::Wall now) {
    const auto refuses = [nano](const BudgetAccount* account) { return account->refuses(nano); };
    const auto full = std::ranges::find_if(accounts, refuses);
    if (full != accounts.end()) {
      refusal = refusal_of(**full, now);
    } else if (!accounts.empty() && nano > 0) {
      reservation.reset(new Held(*this, {accounts.begin(), accounts.end()}));
      reservation->add(nano);
    }
  });
  if (refusal) return *std::move(refusal);
  return reservation;
}

void Budgets::give_back(const Reservation& reservation) {
  if (!reservation) return;
  const std::lock_guard lock(mutex_);
  reservation->add(-reservation->left());
}

void Budgets::spend(const Payer& payer, const Spent& spent, const Reservation& reservation) {
  if (spent.nano <= 0) return;
  std::vector<Warning> warnings;
  with_accounts(payer, [&](Few accounts, Clock::Wall now) {
    if (reservation) reservation->add(-std::min(spent.nano, reservation->left()));
    for (BudgetAccount* const account : accounts) {
      account->add_spent(spent.nano, spent.row);
      if (account->begins_to_warn()) warnings.push_back(warning_of(*account, now));
    }
  });
  for (Warning& warning : warnings) note(std::move(warning));
}

/// Who has come to where one is warned without spending: its limit is new.
void Budgets::warn() {
  const Clock::Wall now = clock_.wall();
  std::vector<Warning> warnings;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [scope, account] : accounts_) {
      if (!account.is_open()) continue;
      account.turn(now);
      if (account.begins_to_warn()) warnings.push_back(warning_of(account, now));
    }
  }
  for (Warning& warning : warnings) note(std::move(warning));
}

Budgets::Warning Budgets::warning_of(const BudgetAccount& account, Clock::Wall now) {
  return {.when = now,
          .scope = account.budget().scope,
          .period = account.period(),
          .spent_nano = account.spent(),
          .limit_nano = account.limit()};
}

std::optional<Budgets::State> Budgets::state_of(const std::string& scope) {
  const Clock::Wall now = clock_.wall();
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(scope);
  if (found == accounts_.end() || !found->second.is_open()) return std::nullopt;
  BudgetAccount& account = found->second;
  account.turn(now);
  return State{.period = account.period(),
               .spent_nano = account.spent(),
               .reserved_nano = account.reserved()};
}

/// Who stored it before, in a process that was killed, has told it.
void Budgets::note(Warning warning) {
  log_.warn("budget.warning", {{"scope", warning.scope},
                               {"spent", dollar_text(warning.spent_nano)},
                               {"limit", dollar_text(warning.limit_nano)}});
  config_->database().write(
      [warning](sql::Session& session) -> Status {
        const Result<bool> is_new =
            store::note_budget_warning(session, warning.scope, warning.when, warning.period.begin);
        if (!is_new) return is_new.error();
        return *is_new ? store::add_audit_entry(session, entry_of(warning)) : Status(Nothing{});
      },
      [this](const Status& status) {
        if (!status) log_.error("budget.warning_not_stored", {{"why", status.error().message()}});
      });
}

store::AuditEntry Budgets::entry_of(const Warning& warning) {
  store::AuditEntry entry;
  entry.when = warning.when;
  entry.action = "budget.warning";
  entry.actor = "gateway";
  entry.target = warning.scope;
  entry.resource_type = "budget";
  std::string details;
  json::Writer writer(details);
  writer.begin_object().key("spent").text(dollar_text(warning.spent_nano));
  writer.key("limit").text(dollar_text(warning.limit_nano));
  writer.key("resetsAt").text(iso8601(warning.period.end)).end_object();
  entry.details = json::Raw::trusted(std::move(details));
  return entry;
}

/// Of a group, what those spent who are in it now.
store::Spending spending_of(std::string_view scope, const store::SpendingByKey& by_key,
                            const store::Configuration& configuration) {
  store::Spending sum;
  const auto add_key = [&](std::string_view id) {
    const auto found = by_key.find(id);
    if (found != by_key.end()) sum += found->second;
  };
  const std::string key_prefix = Budget::of_key("");
  if (scope == Budget::of_all) {
    for (const auto& [key_id, spending] : by_key) sum += spending;
  } else if (scope.starts_with(key_prefix)) {
    add_key(scope.substr(key_prefix.size()));
  } else {
    for (const store::ApiKey& key : configuration.api_keys) {
      if (!key.group.empty() && scope == Budget::of_group(key.group)) add_key(key.id);
    }
  }
  return sum;
}

std::string dollar_text(std::int64_t nano) {
  constexpr std::int64_t nano_per_dollar = 1'000'000'000;
  constexpr std::size_t cents = 2;
  std::string digits = std::to_string(nano % nano_per_dollar + nano_per_dollar).substr(1);
  digits.resize(std::max(cents, digits.find_last_not_of('0') + 1));
  return "$" + std::to_string(nano / nano_per_dollar) + "." + digits;
}

}  // namespace omni::meter
