#pragma once

// For tests of what shows or changes how requests fare: accounts that rest, providers left alone.

#include "api/test_api.h"

namespace omni::api::testing {

class TrafficTest : public ApiTest {
 protected:
  static bool says(const TestAnswer& answer, std::string_view text) {
    return answer.body.find(text) != std::string::npos;
  }
  /// An account at acme.
  const store::Connection& account(const std::string& name) {
    write([&](sql::Session& session) {
      const store::Connection made{.id = name, .provider = "acme", .name = name};
      return store::add_connection(session, store_->sealer(), made);
    });
    held_ = store_->current();
    return *std::ranges::find(held_->connections, name, &store::Connection::id);
  }
  account::Lease lend(const store::Connection& connection) {
    const std::array candidates{&connection};
    return std::get<account::Lease>(accounts_.borrow(
        {.provider = provider(), .candidates = candidates, .model = "large", .rules = &rules_}));
  }
  void rest(const store::Connection& connection, int status) {
    accounts_.settle(lend(connection), {.blame = account::Verdict::Blame::account,
                                        .next = account::Verdict::Next::next_account,
                                        .rest = account::Verdict::Rest::model,
                                        .binding = true,
                                        .status = status,
                                        .message = "no"});
  }
  void open_breaker(std::string_view provider) {
    for (const char* const model : {"large", "shared"}) {
      auto entered = breakers_.enter(provider, model, at_once_);
      breakers_.settle(std::move(std::get<account::Breakers::Pass>(entered)),
                       account::Breakers::Outcome::failed);
    }
  }

 private:
  const catalog::Provider* provider() const {
    return &*std::ranges::find(catalog_->providers(), "acme", &catalog::Provider::id);
  }

  account::Rules rules_;
  account::Profile at_once_{.failures_max = 1};
  std::shared_ptr<const store::Configuration> held_;
};

}  // namespace omni::api::testing
