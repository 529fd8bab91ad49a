#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/log.h"
#include "meter/budget_account.h"
#include "store/audit.h"
#include "store/config_store.h"
#include "store/spending.h"
#include "store/usage_log.h"

namespace omni::meter {

/// Who pays for a request, besides everybody together: the key and its group; empty: none.
struct Payer {
  std::string_view key_id, group;
};

/// What may still be spent, exactly, whatever requests there are at the same time.  What a request
/// may cost is set aside before it is sent, so that all of them together exceed a limit by no more
/// than what one of them may cost.  Safe from any thread.
class Budgets {
  class Held;
  struct Release {
    void operator()(Held* held) const;
  };

 public:
  /// What is set aside for a request; what of it is not spent is free again when it goes.  Null:
  /// nothing.
  using Reservation = std::unique_ptr<Held, Release>;
  struct Refusal {
    std::string message;
    Millis retry_after{};
  };
  struct State {
    Period period;
    std::int64_t spent_nano = 0;
    std::int64_t reserved_nano = 0;
  };

  Budgets(const Clock& clock, const Log& log) : clock_(clock), log_(log) {}
  Budgets(const Budgets&) = delete;
  Budgets& operator=(const Budgets&) = delete;

  /// Has the budgets of the configuration from now on, starting from what the rows of usage say.
  /// Warnings are noted in the configuration.  Both outlive what is spent, and the configuration
  /// goes first of all three.
  void follow(store::ConfigStore& config, store::UsageLog& usage);
  /// Reads again what could not be read: to be called now and then.
  void catch_up();

  /// Whether there is a budget that this comes out of.
  bool concern(const Payer& payer);
  /// Refused is whose budget is spent or set aside.
  std::variant<Reservation, Refusal> reserve(const Payer& payer, std::int64_t nano);
  /// Has been spent, and comes out of what is reserved for it.
  struct Spent {
    std::int64_t nano = 0;
    std::int64_t row = 0;  // of usage that says so, and is in the log already; 0: none
  };
  void spend(const Payer& payer, const Spent& spent, const Reservation& reservation);
  /// Frees what is left of it before it goes.
  void give_back(const Reservation& reservation);
  /// Nothing where there is no such budget.
  std::optional<State> state_of(const std::string& scope);

 private:
  struct Warning;
  struct Start;

  void enter(const store::Configuration& configuration);
  void learn_pasts(const store::Configuration& configuration);
  std::vector<Start> starts();
  Status add_past(sql::Session& session, const Start& start, std::int64_t last_row,
                  const store::Configuration& configuration);
  void warn();
  template <class Use>
  void with_accounts(const Payer& payer, const Use& use);
  static Warning warning_of(const BudgetAccount& account, Clock::Wall now);
  void note(Warning warning);
  static store::AuditEntry entry_of(const Warning& warning);

  const Clock& clock_;
  const Log& log_;
  store::ConfigStore* config_ = nullptr;
  store::UsageLog* usage_ = nullptr;
  /// Before the mutex, for gateways without budgets.
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  /// They stay where they are for good: requests may hold something of one that is closed.
  std::unordered_map<std::string, BudgetAccount> accounts_;
};

/// What the keys of a scope have spent.
store::Spending spending_of(std::string_view scope, const store::SpendingByKey& by_key,
                            const store::Configuration& configuration);

/// "$0.50", with as many digits as there are.
std::string dollar_text(std::int64_t nano);

}  // namespace omni::meter
