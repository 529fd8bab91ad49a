#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "account/token_endpoint.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text_map.h"
#include "net/handoff.h"
#include "net/loop_pool.h"
#include "net/task_group.h"
#include "store/config_store.h"

namespace omni::account {

/// Renews the tokens of accounts: for each account by one call at a time, however many requests
/// wait for it and on whatever loops, and whoever of them leaves.  New tokens are stored before
/// anybody uses them.
class Refresher {
 public:
  struct Options {
    int tries = 3;        // of one renewal
    Millis pause{1000};   // before the second of them; grows
    Millis time{30'000};  // for each
    Millis ahead{300'000};
    int failures_max = 5;  // renewals, until nobody tries for a while
    Millis rest{1'800'000};
    Millis parting{3000};  // for what is on its way at the end: the endpoint may have served it
  };
  /// What outlives it.
  struct Surroundings {
    store::ConfigStore& store;
    TokenCaller& caller;
    net::LoopPool& loops;
    const Clock& clock;
    const Log& log;
  };

  Refresher(const Surroundings& with, Options options);
  /// Calls off what is still on its way after a moment; the loops still run.
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  static bool is_renewable(const store::Connection& connection);
  /// Whether its token is over.
  bool is_over(const store::Connection& connection) const;
  /// Whether it is, or soon will be and nobody has renewed it just now.
  bool is_due(const store::Connection& connection) const;

  /// The account's connection with another token than the account has.  `owner` keeps what the
  /// account points to.
  net::Task<Result<std::shared_ptr<const store::Connection>>> renew(
      const Account& account, std::shared_ptr<const void> owner);
  /// Starts that on this loop, which is the caller's, where nobody has to wait for it.
  void renew_ahead(net::Loop& loop, const Account& account, std::shared_ptr<const void> owner);

 private:
  using Giver = net::Handoff<Status>::Giver;
  struct PerLoop;
  struct Memory {
    int failures = 0;  // in a row
    Clock::Steady resting_until{}, fresh_until{};
  };

  struct Landing;
  void start(net::Loop& loop, const Account& account, std::shared_ptr<const void> owner);
  net::Task<> fly(Account account, Secret refused, std::shared_ptr<const void> owner);
  net::Task<Status> refresh(Account account, Secret refused);
  net::Task<Result<Tokens>> fetch(const Account& account, const TokenEndpoint& endpoint);
  net::Task<Status> keep(const std::string& id, Tokens tokens);
  net::Task<Status> give_up(const std::string& id, const Error& why);
  using Change = std::function<void(store::Connection&)>;
  net::Task<Status> change(std::string id, Change change);
  std::shared_ptr<const store::Connection> find(std::string_view id) const;
  bool rests(const std::string& id) const;
  void note_failure(const std::string& id, const Error& why);
  void note_success(const std::string& id, std::optional<Millis> lifetime);

  const Surroundings with_;
  const Options options_;
  std::vector<std::unique_ptr<PerLoop>> per_loop_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Giver>> waiting_;  // by account, while one is on its way
  TextMap<Memory> memories_;
};

}  // namespace omni::account
