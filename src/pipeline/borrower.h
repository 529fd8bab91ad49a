#pragma once

#include <list>
#include <optional>
#include <set>
#include <string>

#include "account/accounts.h"
#include "account/breakers.h"
#include "pipeline/chat.h"
#include "pipeline/customer.h"
#include "upstream/upstream.h"

namespace omni::pipeline {

/// Step 4 for one target of a request: which of its accounts is asked next, and what is remembered
/// of it when it was.
class Borrower {
 public:
  /// Providers that have failed the whole request: each fails it once.
  using Failed = std::set<const catalog::Provider*>;

  Borrower(const Parts& parts, const Customer& customer, Failed& failed)
      : parts_(parts), customer_(customer), failed_(failed) {}
  Borrower(const Borrower&) = delete;
  Borrower& operator=(const Borrower&) = delete;

  /// Before a target's first account: why its provider may not be called now; nothing if it may.
  std::optional<chat::Failure> enter(const catalog::Target& target);
  struct Borrowed {
    const account::Account* account = nullptr;
    std::optional<chat::Failure>
        failure;  // why there is none, where it was not that all had failed
  };
  /// One that has not failed this target yet.
  net::Task<Borrowed> borrow(const catalog::Target& target);
  /// Asks it.  A token may be refused before its time is over: then once more with a new one, and
  /// `destination` says with which.
  net::Task<Result<std::unique_ptr<upstream::Answer>>> ask(upstream::Destination& destination,
                                                           upstream::Question question);
  /// What the head of its answer says about its limits.
  void learn(const upstream::Answer& answer);
  /// What became of the account that was borrowed last.
  void settle(const account::Account& account, const account::Verdict& verdict);
  /// Behind a target's last account.
  void leave();

 private:
  net::Task<Result<const account::Account*>> renew(const account::Account& account);
  net::Task<const account::Account*> with_token(const account::Account& account);
  std::optional<Borrowed> refuse(const catalog::Target& target);
  void settle_breaker(const account::Verdict& verdict);

  const Parts& parts_;
  const Customer customer_;
  Failed& failed_;
  account::Lease lease_;
  /// An account whose tokens were renewed for this request.
  struct Renewed {
    std::shared_ptr<const store::Connection> connection;
    account::Account account;
  };
  std::list<Renewed> renewed_;
  std::set<std::string> tried_;  // accounts that have failed this target
  std::optional<account::Breakers::Pass> pass_;
  const catalog::Provider* provider_ = nullptr;  // of the target
  bool was_asked_ = false;
  bool fails_ = false;  // whatever account of it was asked
};

}  // namespace omni::pipeline
