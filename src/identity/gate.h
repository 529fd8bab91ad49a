#pragma once

#include <memory>
#include <mutex>

#include "base/clock.h"
#include "identity/access_rules.h"
#include "identity/caller.h"
#include "identity/client_limits.h"
#include "identity/use_notes.h"
#include "net/router.h"
#include "store/config_store.h"

namespace omni::identity {

/// Whether the token's scopes hold the role; write implies read, and admin all.
bool grants(const store::ManagementToken& token, net::Role role);

/// Says who sends a request and whether he may call its row.  Looks at the rules of the moment and
/// nothing else: no SQL, no waiting.  After it has admitted, the exchange has a `Caller`.
///
/// | row | who may call it |
/// |---|---|
/// | open | anybody |
/// | client | a client's key or, where none is required, anybody; to look, also a session, a token
/// | | the others | a session, a management token of that scope, a visitor |
///
/// The owner may call everything.
class Gate final : public net::Gate {
 public:
  using Options = AccessOptions;

  Gate(Options options, const Clock& clock)
      : options_(std::move(options)), clock_(clock), limits_(clock) {}

  /// Goes by what this store says from now on: a change is in force before anybody is told that it
  /// was stored.  Outlives the store.  Before this there is nobody to ask.
  void follow(store::ConfigStore& store);

  /// Looks who is at the door, before it is asked what he shows: a caller with his address alone.
  const Caller& meet(net::Exchange& exchange) const;
  net::Task<Status> admit(net::Exchange& exchange, const net::Route& route) override;

  const Options& options() const { return options_; }
  /// Of this moment, and good for as long as they are held.
  std::shared_ptr<const AccessRules> rules() const;
  /// To be flushed now and then.
  UseNotes& notes() { return notes_; }

 private:
  Status keep_within_limits(net::Exchange& exchange, Caller& caller);
  void note_use(const Caller& caller);

  const Options options_;
  const Clock& clock_;
  ClientLimits limits_;
  UseNotes notes_;
  Zones zones_;  // for the store's listener alone
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessRules> rules_;
};

}  // namespace omni::identity
