#include "meter/budgets.h"

#include <gtest/gtest.h>

#include <ctime>
#include <mutex>
#include <thread>

#include "base/random.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"
#include "store/test_usage.h"

namespace omni::meter {
namespace {

using store::Budget;

constexpr std::int64_t dollar = 1'000'000'000;
constexpr Payer ci{.key_id = "ci", .group = "team"};

class BudgetsTest : public ::testing::Test {
 protected:
  BudgetsTest() {
    store_ = *store::ConfigStore::open({folder_.path(), Secret()}, random_, log_);
    const std::string path = folder_.file("usage.sqlite");
    EXPECT_TRUE(store::migrate(**sql::open_sqlite(path), store::migrations_of("usage")));
    usage_ = std::make_unique<store::Database>(*sql::open_sqlite(path),
                                               *sql::open_sqlite(path, {.read_only = true}),
                                               store::Database::Options{});
    log_of_usage_ =
        std::make_unique<store::UsageLog>(store::UsageLog::Surroundings{*usage_, clock_, log_},
                                          store::UsageLog::Options{.rest = Millis{0}});
  }

  void write(const store::Database::Work& work) { EXPECT_TRUE(store_->database().write_now(work)); }
  void put(const Budget& budget) {
    write([&](sql::Session& session) { return store::put_budget(session, budget); });
  }
  void put(std::string_view scope, std::int64_t daily_nano) {
    put({.scope = std::string(scope), .limits_nano = {daily_nano, {}, {}}});
  }
  void drop(std::string_view scope) {
    write([&](sql::Session& session) { return store::delete_budget(session, scope); });
  }
  void follow() { budgets_.follow(*store_, *log_of_usage_); }
  /// A row of usage, so long ago.
  void spent_before(std::string key, std::int64_t nano, Millis ago) {
    store::UsageRow row;
    row.time = clock_.wall() - ago;
    row.api_key_id = std::move(key);
    row.cost_nano = nano;
    EXPECT_TRUE(usage_->write_now(
        [&](sql::Session& session) { return store::store_usage(session, {row}); }));
  }

  /// What it says, or "" where it is let in; nothing is held.
  std::string refusal(const Payer& payer, std::int64_t nano = 1) {
    const auto answer = budgets_.reserve(payer, nano);
    const auto* refusal = std::get_if<Budgets::Refusal>(&answer);
    return refusal == nullptr ? "" : refusal->message;
  }
  Budgets::Reservation held(const Payer& payer, std::int64_t nano) {
    auto answer = budgets_.reserve(payer, nano);
    auto* reservation = std::get_if<Budgets::Reservation>(&answer);
    EXPECT_NE(reservation, nullptr);
    return reservation == nullptr ? nullptr : std::move(*reservation);
  }
  void spend(const Payer& payer, std::int64_t nano) { budgets_.spend(payer, {nano}, nullptr); }
  /// With a row that says so.
  void spend_noted(const Payer& payer, std::int64_t nano) {
    store::UsageRow row;
    row.time = clock_.wall();
    row.api_key_id = payer.key_id;
    row.cost_nano = nano;
    const std::int64_t number = log_of_usage_->append(std::move(row));
    budgets_.spend(payer, {.nano = nano, .row = number}, nullptr);
  }
  Budgets::State state(const std::string& scope) { return budgets_.state_of(scope).value(); }
  /// "action target", of all.
  std::string audit() {
    std::string found;
    write([](sql::Session&) -> Status { return Nothing{}; });  // behind what waits
    EXPECT_TRUE(store_->database().read_now([&](sql::Session& session) -> Status {
      const auto total = store::find_audit_entries(session, {}, [&](const auto& entry) {
        found += entry.action + " " + entry.target + " " + std::string(entry.details.text()) + "\n";
      });
      return total ? Status(Nothing{}) : Status(total.error());
    }));
    return found;
  }

  store::TestFolder folder_;
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  SystemRandom random_;
  Log log_{clock_, {}, [](std::string_view) {}};
  Budgets budgets_{clock_, log_}, restarted_{clock_, log_};
  std::unique_ptr<store::Database> usage_;
  std::unique_ptr<store::UsageLog> log_of_usage_;
  std::unique_ptr<store::ConfigStore> store_;
};

TEST_F(BudgetsTest, ConcernNobodyWhereThereAreNone) {
  follow();
  EXPECT_FALSE(budgets_.concern(ci));
  EXPECT_EQ(held(ci, dollar), nullptr);
  spend(ci, dollar);
  EXPECT_FALSE(budgets_.state_of("all"));
}

TEST_F(BudgetsTest, AreOfAKeyOfItsGroupAndOfAll) {
  follow();
  const Payer sibling{.key_id = "other", .group = "team"};
  put("key:ci", dollar);
  EXPECT_TRUE(budgets_.concern(ci));
  EXPECT_FALSE(budgets_.concern(sibling));
  spend(ci, dollar);
  EXPECT_EQ(refusal(ci), "Daily budget exceeded: $1.00 / $1.00");
  EXPECT_EQ(refusal(sibling), "");
  put("group:team", dollar);
  spend(ci, dollar);
  EXPECT_EQ(refusal(sibling), "Daily budget exceeded");
  EXPECT_EQ(refusal({}), "");
  put("all", dollar);
  spend({}, dollar);
  EXPECT_EQ(refusal({}), "Daily budget exceeded") << "also of whoever shows no key";
}

TEST_F(BudgetsTest, CountWhatIsSetAsideUntilItIsSpentOrFree) {
  follow();
  put("key:ci", 10);
  Budgets::Reservation first = held(ci, 6);
  Budgets::Reservation second = held(ci, 6);
  EXPECT_NE(refusal(ci), "");
  budgets_.spend(ci, {2}, first);
  EXPECT_EQ(state("key:ci").spent_nano, 2);
  EXPECT_EQ(state("key:ci").reserved_nano, 10);
  first.reset();
  EXPECT_EQ(state("key:ci").reserved_nano, 6);
  EXPECT_EQ(refusal(ci), "");
  budgets_.spend(ci, {7}, second);
  EXPECT_EQ(state("key:ci").reserved_nano, 0) << "it has cost more than was set aside";
  second.reset();
  EXPECT_EQ(state("key:ci").spent_nano, 9);
  EXPECT_EQ(state("key:ci").reserved_nano, 0);
}

TEST_F(BudgetsTest, TellWhenToComeAgain) {
  follow();
  put("key:ci", 10);
  const auto wait = [&] { return std::get<Budgets::Refusal>(budgets_.reserve(ci, 1)).retry_after; };
  Budgets::Reservation reservation = held(ci, 10);
  EXPECT_EQ(wait(), Millis{1000}) << "what is set aside may be free soon";
  budgets_.spend(ci, {10}, reservation);
  EXPECT_EQ(wait(), std::chrono::hours{14});
}

TEST_F(BudgetsTest, LetThroughWhatCostsNothingUntilAllIsSpent) {
  follow();
  put("key:ci", 10);
  const Budgets::Reservation reservation = held(ci, 10);
  EXPECT_EQ(refusal(ci, 0), "");
  budgets_.spend(ci, {10}, reservation);
  EXPECT_NE(refusal(ci, 0), "");
}

TEST_F(BudgetsTest, BeginANewPeriodExactlyAtItsTime) {
  follow();
  put({.scope = "key:ci", .limits_nano = {10, {}, {}}, .reset_minutes = 11 * 60});
  spend(ci, 10);
  clock_.advance(std::chrono::hours{1} - Millis{1});
  EXPECT_NE(refusal(ci), "");
  clock_.advance(Millis{1});
  EXPECT_EQ(refusal(ci), "");
  EXPECT_EQ(state("key:ci").spent_nano, 0);
  EXPECT_EQ(iso8601(state("key:ci").period.end), "2026-03-02T11:00:00.000Z");
}

TEST_F(BudgetsTest, KeepWhatIsSetAsideOverTheEndOfAPeriod) {
  follow();
  put("key:ci", 10);
  Budgets::Reservation reservation = held(ci, 10);
  clock_.advance(std::chrono::hours{14});
  EXPECT_NE(refusal(ci), "") << "it will be spent in the new one";
  budgets_.spend(ci, {3}, reservation);
  reservation.reset();
  EXPECT_EQ(state("key:ci").spent_nano, 3);
}

TEST_F(BudgetsTest, StartFromTheRowsOfTheirPeriod) {
  write([](sql::Session& session) {
    return store::add_api_key(session, {.id = "ci", .name = "ci", .group = "team"});
  });
  spent_before("ci", 1, std::chrono::hours{9});
  spent_before("ci", 2, std::chrono::hours{11});  // yesterday
  spent_before("", 4, Millis{1});
  put("key:ci", 100);
  put("group:team", 100);
  put("all", 100);
  follow();
  EXPECT_EQ(state("key:ci").spent_nano, 1);
  EXPECT_EQ(state("group:team").spent_nano, 1);
  EXPECT_EQ(state("all").spent_nano, 5);
}

TEST_F(BudgetsTest, GoOnWhenTheirLimitChangesAndBeginAnewWithAnotherPeriod) {
  follow();
  put("key:ci", 10);
  spend(ci, 7);  // no row says so
  put("key:ci", 7);
  EXPECT_NE(refusal(ci), "");
  spent_before("ci", 3, Millis{1});
  put({.scope = "key:ci", .limits_nano = {std::nullopt, std::nullopt, 10}});
  EXPECT_EQ(state("key:ci").spent_nano, 3);
  drop("key:ci");
  EXPECT_EQ(refusal(ci), "");
  EXPECT_FALSE(budgets_.state_of("key:ci"));
}

TEST_F(BudgetsTest, OutliveWhatTheyAreWhileSomethingIsSetAside) {
  follow();
  put("key:ci", 10);
  Budgets::Reservation reservation = held(ci, 10);
  drop("key:ci");
  put("key:ci", 20);
  EXPECT_EQ(state("key:ci").reserved_nano, 10);
  budgets_.spend(ci, {5}, reservation);
  reservation.reset();
  EXPECT_EQ(state("key:ci").reserved_nano, 0);
  EXPECT_EQ(state("key:ci").spent_nano, 5);
}

TEST_F(BudgetsTest, WarnOnceInAPeriodAlsoAfterARestart) {
  follow();
  put("key:ci", 10);
  spend(ci, 7);
  EXPECT_EQ(audit(), "");
  spend(ci, 1);
  spend(ci, 1);
  const std::string once =
      "budget.warning key:ci {\"spent\":\"$0.000000008\",\"limit\":\"$0.00000001\","
      "\"resetsAt\":\"2026-03-02T00:00:00.000Z\"}\n";
  EXPECT_EQ(audit(), once);
  EXPECT_EQ(store_->current()->budgets.at(0).warned_at, clock_.wall());
  spent_before("ci", 9, Millis{1});
  restarted_.follow(*store_, *log_of_usage_);
  restarted_.spend(ci, {1}, nullptr);
  EXPECT_EQ(audit(), once);
  clock_.advance(std::chrono::hours{24});
  spend(ci, 9);
  EXPECT_NE(audit(), once);
}

TEST_F(BudgetsTest, WarnWhoHasComeThatFarAlready) {
  spent_before("ci", 9, Millis{1});
  put("key:ci", 10);
  follow();
  EXPECT_TRUE(audit().starts_with("budget.warning key:ci")) << "of the past";
  put({.scope = "all", .limits_nano = {100, {}, {}}});
  EXPECT_FALSE(audit().starts_with("budget.warning all"));
  put({.scope = "all", .limits_nano = {10, {}, {}}});
  EXPECT_TRUE(audit().starts_with("budget.warning all")) << "of a lower limit";
}

TEST_F(BudgetsTest, CountEachRowOnceThoughTheyAreSetWhileItIsOnItsWay) {
  constexpr std::int64_t all = 20'000;
  follow();
  std::atomic<std::int64_t> done = 0;
  std::thread spender([&] {
    for (; done < all; ++done) spend_noted(ci, 1);
  });
  while (done < all / 2) {
    put("key:ci", dollar);
    drop("key:ci");
  }
  put("key:ci", dollar);
  spender.join();
  EXPECT_EQ(state("key:ci").spent_nano, all);
}

TEST_F(BudgetsTest, ReadLaterWhatCouldNotBeRead) {
  spend_noted(ci, 1);
  const auto run = [&](std::string statement) {
    EXPECT_TRUE(
        usage_->write_now([&](sql::Session& session) { return session.run(statement, {}, {}); }));
  };
  run("ALTER TABLE usage_day RENAME TO gone");
  put("key:ci", 100);
  follow();
  spend_noted(ci, 2);
  EXPECT_EQ(state("key:ci").spent_nano, 2);
  run("ALTER TABLE gone RENAME TO usage_day");
  budgets_.catch_up();
  EXPECT_EQ(state("key:ci").spent_nano, 3);
  budgets_.catch_up();
  EXPECT_EQ(state("key:ci").spent_nano, 3);
}

TEST_F(BudgetsTest, AreExactWhateverManyThreadsSpendAtOnce) {
  constexpr std::int64_t reserve = 13, limit = 100 * reserve;
  constexpr std::int64_t threads = 8, tries = 2000;
  follow();
  put("key:ci", limit);
  std::atomic<std::int64_t> spent = 0, over = 0;
  std::vector<std::thread> all;
  for (std::int64_t i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      for (std::int64_t j = 0; j < tries; ++j) {
        auto answer = budgets_.reserve(ci, reserve);
        const auto* reservation = std::get_if<Budgets::Reservation>(&answer);
        if (reservation == nullptr) continue;
        const Budgets::State now = state("key:ci");
        if (now.spent_nano + now.reserved_nano >= limit + reserve) ++over;
        const std::int64_t cost = (i + j) % (reserve + 1);
        budgets_.spend(ci, {cost}, *reservation);
        spent += cost;
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  EXPECT_EQ(over, 0);
  EXPECT_GE(spent, limit);
  EXPECT_LT(spent, limit + reserve);
  EXPECT_EQ(state("key:ci").spent_nano, spent);
  EXPECT_EQ(state("key:ci").reserved_nano, 0);
}

TEST(BudgetAccount, TellsByTheirRowsWhatItsPastIsMadeOf) {
  BudgetAccount account;
  account.adopt({.scope = "key:ci", .limits_nano = {1000, {}, {}}}, Clock::Wall{});
  EXPECT_FALSE(account.knows_past());
  account.add_spent(1, 5);
  account.add_spent(2, 9);
  account.add_spent(4, 0);
  EXPECT_EQ(account.spent(), 7);
  account.add_past(100, 7);
  EXPECT_TRUE(account.knows_past());
  EXPECT_EQ(account.spent(), 106) << "row 5 is among those of the past";
  account.add_spent(8, 7);
  EXPECT_EQ(account.spent(), 106);
  account.add_spent(16, 8);
  account.add_spent(32, 0);
  EXPECT_EQ(account.spent(), 154);
}

TEST_F(BudgetsTest, WhatAThousandKeysHaveSpentIsToldOfEachAtOnce) {
  constexpr int keys = 1000;
  store::SpendingByKey by_key;
  write([&](sql::Session& session) {
    Status added = Nothing{};
    for (int i = 0; added && i < keys; ++i) {
      const std::string id = "a-key-of-many-with-number-" + std::to_string(i);
      by_key[id] = {.cost_nano = i, .attempts = 1};
      added = store::add_api_key(
          session, {.id = id, .name = id, .hash = id, .group = i % 2 == 0 ? "even" : ""});
    }
    return added;
  });
  const auto configuration = store_->current();
  by_key["gone"] = {.cost_nano = 7, .attempts = 1};
  const auto cost = [&](std::string_view scope) {
    return spending_of(scope, by_key, *configuration).cost_nano;
  };
  const std::clock_t begin = std::clock();
  std::int64_t sum = 0;
  for (const store::ApiKey& key : configuration->api_keys) sum += cost(Budget::of_key(key.id));
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.5);
  EXPECT_EQ(sum, 499'500);
  EXPECT_EQ(cost(Budget::of_all), 499'507);
  EXPECT_EQ(cost(Budget::of_group("even")), 249'500);
  EXPECT_EQ(cost(Budget::of_group("odd")), 0);
  EXPECT_EQ(cost(Budget::of_key("nobody")), 0);
}

TEST(Dollars, HaveAsManyDigitsAsThereAre) {
  EXPECT_EQ(dollar_text(0), "$0.00");
  EXPECT_EQ(dollar_text(12'500'000'000), "$12.50");
  EXPECT_EQ(dollar_text(1), "$0.000000001");
}

}  // namespace
}  // namespace omni::meter
