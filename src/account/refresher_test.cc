#include "account/refresher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "net/loop.h"
#include "net/test_net.h"
#include "store/test_folder.h"

namespace omni::account {
namespace {

/// Answers as it was told, after it was asked by everybody who would.
class FakeCaller final : public TokenCaller {
 public:
  net::Task<Result<TokenAnswer>> ask_for_tokens(const Account& /*account*/, const net::Url& /*url*/,
                                                TokenQuestion question) override {
    ++calls;
    if (throws.exchange(false)) throw std::runtime_error("a bug");
    {
      const std::scoped_lock lock(mutex);
      bodies.push_back(std::move(question.body));
    }
    const Status waited = co_await net::testing::idle(takes);
    if (!waited) co_return waited.error();
    co_return answer;
  }

  std::atomic<int> calls = 0;
  std::atomic<bool> throws = false;
  Millis takes{20};
  TokenAnswer answer{200, R"({"access_token":"new","refresh_token":"r2","expires_in":3600})"};
  std::mutex mutex;
  std::vector<std::string> bodies;
};

class RefresherTest : public ::testing::Test {
 protected:
  RefresherTest() {
    store_ = *store::ConfigStore::open({folder_.path(), Secret()}, random_, world_.log);
    provider_.id = "acme";
    refresher_ = std::make_unique<Refresher>(
        Refresher::Surroundings{*store_, caller_, world_.loops, clock_, world_.log},
        Refresher::Options{.pause = Millis{1}});
    store::Connection connection{.id = "c", .provider = "acme", .auth_type = "oauth"};
    connection.access_token = Secret("old");
    connection.refresh_token = Secret("refresh-1");
    connection.token_expires_at = clock_.wall();
    connection.data =
        json::Raw::trusted(R"({"tokenUrl":"https://a.example/token","clientSecret":"s3cret"})");
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
    before_ = store_->current();
  }
  ~RefresherTest() override {
    refresher_.reset();
    store_.reset();
  }

  void write(const store::Database::Work& work) { EXPECT_TRUE(store_->database().write_now(work)); }
  const store::Connection& stored() {
    now_ = store_->current();
    return now_->connections.at(0);
  }
  void change(const std::function<void(store::Connection&)>& by) {
    store::Connection connection = stored();
    by(connection);
    write([&](sql::Session& session) {
      return store::update_connection(session, store_->sealer(), connection);
    });
  }
  /// As it was at the beginning.
  Account account() const {
    Account account;
    account.provider = &provider_;
    account.connection = &before_->connections.at(0);
    return account;
  }
  net::Task<Status> renew_here() {
    const auto renewed = co_await refresher_->renew(account(), before_);
    if (!renewed) co_return renewed.error();
    co_return (*renewed)->access_token.reveal() == "new" ? Status(Nothing{}) : odd();
  }
  net::Task<> renew_and_count(std::atomic<int>& done) {
    if (co_await renew_here()) ++done;
  }
  Status renew(std::size_t loop = 0) {
    Status done = Nothing{};
    net::LoopPool::run_on(world_.loops[loop],
                          [&]() -> net::Task<> { done = co_await renew_here(); });
    return done;
  }
  static Status odd() { return Error(Error::Kind::internal, "an odd token"); }

  store::TestFolder folder_;
  SystemRandom random_;
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  net::testing::World world_{4};
  std::unique_ptr<store::ConfigStore> store_;
  FakeCaller caller_;
  catalog::Provider provider_;
  std::unique_ptr<Refresher> refresher_;
  std::shared_ptr<const store::Configuration> before_, now_;
};

TEST_F(RefresherTest, AThousandRequestsOnAllLoopsAreOneCall) {
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      net::LoopPool::run_on(world_.loops[i], [&, i]() -> net::Task<> {
        net::TaskGroup group(world_.loops[i]);
        for (int n = 0; n < 250; ++n) group.spawn(renew_and_count(done));
        co_await group.drained();
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(caller_.calls, 1);
  EXPECT_EQ(done, 1000);
  EXPECT_EQ(stored().access_token.reveal(), "new");
  EXPECT_EQ(stored().refresh_token.reveal(), "r2") << "and the next renewal shows the new one";
  EXPECT_EQ(stored().token_expires_at, clock_.wall() + std::chrono::hours(1));
}

TEST_F(RefresherTest, WhoComesLateFindsWhatOthersHaveFetched) {
  EXPECT_TRUE(renew());
  EXPECT_TRUE(renew(1));
  EXPECT_EQ(caller_.calls, 1);
}

TEST_F(RefresherTest, WhoHasToLogInAgainIsAskedForNothingMore) {
  caller_.answer = {400, R"({"error":"invalid_grant"})"};
  for (int i = 0; i < 5; ++i) {
    const Status done = renew();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), Error::Kind::unauthorized);
  }
  EXPECT_EQ(caller_.calls, 1);
  EXPECT_EQ(stored().test_status, "expired");
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1") << "nothing is lost";
}

TEST_F(RefresherTest, WhoWasChangedSinceIsTriedAgainAndForgivenWithNewTokens) {
  const TokenAnswer good = std::exchange(caller_.answer, {400, R"({"error":"invalid_grant"})"});
  EXPECT_FALSE(renew());
  caller_.answer = good;
  clock_.advance(Millis{1});
  change([this](store::Connection& connection) { connection.updated_at = clock_.wall(); });
  EXPECT_TRUE(renew());
  EXPECT_EQ(stored().test_status, "unknown");
  EXPECT_EQ(stored().last_error + stored().last_error_type, "");
}

TEST_F(RefresherTest, WhatRequestsOrATestSayOfATokenKeepsNobodyFromANewOne) {
  change([this](store::Connection& connection) {
    connection.test_status = "expired";
    connection.last_error_type = "token_expired";
    connection.last_error_at = clock_.wall();
  });
  EXPECT_TRUE(renew());
}

TEST_F(RefresherTest, WordsOfTheEndpointAreShortAndWithoutSecretsAndNotForClients) {
  caller_.answer = {400, R"({"error":{"code":"invalid_grant","type":"x"}})"};
  EXPECT_EQ(renew().error().message(), "it has to be logged in again");
  EXPECT_NE(stored().last_error.find("invalid_grant"), std::string::npos);
  clock_.advance(Millis{1});
  change([this](store::Connection& connection) { connection.updated_at = clock_.wall(); });
  caller_.answer = {400, R"({"error":"refresh-1 and s3cret )" + std::string(1000, 'x') + R"("})"};
  const std::string words = renew().error().message();
  EXPECT_NE(words.find("*** and ***"), std::string::npos) << words;
  EXPECT_LE(words.size(), 303U);
}

TEST_F(RefresherTest, ARenewalThatBreaksOffHoldsUpNobody) {
  caller_.throws = true;
  EXPECT_FALSE(renew());
  EXPECT_TRUE(renew());
}

TEST_F(RefresherTest, WhatIsOnItsWayAtTheEndIsStillStored) {
  net::LoopPool::run_on(world_.loops[0], [this]() -> net::Task<> {
    refresher_->renew_ahead(world_.loops[0], account(), before_);
    refresher_->renew_ahead(world_.loops[0], account(), before_);
    co_return;
  });
  refresher_.reset();
  EXPECT_EQ(caller_.calls, 1);
  EXPECT_EQ(stored().access_token.reveal(), "new");
}

TEST_F(RefresherTest, WhatMayPassIsTriedAFewTimesAndThenLeftAlone) {
  caller_.answer = {503, "busy"};
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(renew());
  EXPECT_EQ(caller_.calls, 15) << "three tries each";
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(renew());
  EXPECT_EQ(caller_.calls, 15);
  clock_.advance(std::chrono::minutes(30));
  caller_.answer = {200, R"({"access_token":"new"})"};
  EXPECT_TRUE(renew());
  EXPECT_EQ(stored().refresh_token.reveal(), "refresh-1") << "who says nothing of it leaves it";
  EXPECT_EQ(stored().test_status, "unknown");
}

TEST_F(RefresherTest, ATokenIsDueBeforeItIsOver) {
  store::Connection connection = stored();
  const auto due_in = [&](Millis left) {
    connection.token_expires_at = clock_.wall() + left;
    return refresher_->is_due(connection);
  };
  EXPECT_TRUE(due_in(Millis{0}));
  EXPECT_TRUE(due_in(std::chrono::minutes(4)));
  EXPECT_FALSE(due_in(std::chrono::minutes(6)));
  EXPECT_FALSE(refresher_->is_over(connection));
  connection.api_key = Secret("key");
  EXPECT_FALSE(due_in(Millis{0})) << "a key needs no token";
}

TEST_F(RefresherTest, ATokenThatLivesShortIsNotRenewedAtEveryUse) {
  caller_.answer = {200, R"({"access_token":"new","expires_in":120})"};
  EXPECT_TRUE(renew());
  EXPECT_FALSE(refresher_->is_due(stored()));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_TRUE(refresher_->is_due(stored()));
}

TEST_F(RefresherTest, TokensAreSealedOnDisk) {
  EXPECT_TRUE(renew());
  EXPECT_TRUE(store_->database().read_now([](sql::Session& session) {
    return session.run("SELECT access_token || refresh_token FROM provider_connections", {},
                       [](const sql::Row& row) {
                         EXPECT_TRUE(row.text(0).starts_with("enc:v2:")) << row.text(0);
                       });
  }));
}

}  // namespace
}  // namespace omni::account
