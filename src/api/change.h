#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "account/accounts.h"
#include "account/breakers.h"
#include "account/sessions.h"
#include "api/ask.h"
#include "api/explainer.h"
#include "api/prober.h"
#include "base/log.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "identity/caller.h"
#include "identity/lockout.h"
#include "meter/budgets.h"
#include "net/router.h"
#include "net/workers.h"
#include "recall/recall.h"
#include "route/combo_memory.h"
#include "store/audit.h"
#include "store/backup.h"
#include "store/body_log.h"
#include "store/config_store.h"

namespace omni::meter {
struct Watch;
}

namespace omni::api {

/// What the endpoints work with.  Outlives them, and the workers go before the rest of it.
struct Surroundings {
  store::ConfigStore& store;
  store::Backups& backups;
  net::Workers& workers;
  identity::Lockout& lockout;
  const Clock& clock;
  Random& random;
  const Log& log;
  const catalog::Catalog& catalog;
  Prober& prober;
  Explainer& explainer;
  route::ComboMemory& combos;
  account::Accounts& accounts;
  account::Breakers& breakers;
  account::Sessions& sessions;
  recall::Recall& recall;
  meter::Budgets& budgets;
  meter::Watch& watch;
  store::Database& usage;                  // of what happens and is not set up
  const store::BodyLog* bodies = nullptr;  // null: none are kept
};

/// Whether whoever asks has the role: for what a row's own role does not decide.
bool has_role(const identity::Caller& caller, net::Role role);

/// The way of a change into the configuration: the change and what the audit says of it are one
/// transaction, and before it a backup is made where one is due.
class Changes {
 public:
  enum class AutoBackup : std::uint8_t { on, off };

  Changes(const Surroundings& with, AutoBackup auto_backup)
      : with_(with), auto_backup_(auto_backup) {}

  /// Who asks for it, by which request, from where, and when.
  store::AuditEntry entry(const net::Exchange& exchange, std::string_view action) const;

  /// `work` takes the session and the entry, and may add to that what it finds; where it empties
  /// the action nothing was changed and nothing is noted.
  template <class Work>
  net::Task<std::invoke_result_t<Work&, sql::Session&, store::AuditEntry&>> make(
      store::AuditEntry entry, Work work) {
    co_await back_up();
    co_return co_await write(std::move(entry), std::move(work));
  }
  /// Something happened that changes nothing.
  net::Task<Status> note(store::AuditEntry entry);

 private:
  template <class Work>
  net::Task<std::invoke_result_t<Work&, sql::Session&, store::AuditEntry&>> write(
      store::AuditEntry entry, Work work) {
    using Answer = std::invoke_result_t<Work&, sql::Session&, store::AuditEntry&>;
    using Noted = std::pair<Answer, store::AuditEntry>;
    auto change = [entry = std::move(entry),
                   work = std::move(work)](sql::Session& session) mutable -> Result<Noted> {
      Answer answer = work(session, entry);
      if (!answer) return answer.error();
      if (!entry.action.empty()) {
        const Status added = store::add_audit_entry(session, entry);
        if (!added) return added.error();
      }
      return Noted(std::move(answer), std::move(entry));
    };
    Result<Noted> noted = co_await write_to(with_.store.database(), std::move(change));
    if (!noted) co_return noted.error();
    tell(noted->second);
    co_return std::move(noted->first);
  }
  /// Whoever watches, of what is stored.
  void tell(const store::AuditEntry& entry) const;
  net::Task<> back_up();

  const Surroundings with_;
  const AutoBackup auto_backup_;
  std::atomic<std::int64_t> backed_up_ms_ = 0;
};

}  // namespace omni::api
