#include "api/budgets.h"

#include "api/test_api.h"
#include "store/test_usage.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

const std::string path = "/api/usage/budget";
constexpr std::int64_t dollar = 1'000'000'000;

class BudgetsTest : public testing::ApiTest {
 protected:
  BudgetsTest() {
    serve(group_.routes());
    write([](sql::Session& session) {
      return store::add_api_key(session, {.id = "k", .name = "ci", .hash = "h", .group = "team"});
    });
  }

  TestAnswer post(std::string body) { return send("POST", path, std::move(body)); }
  /// A row of usage and what a request says of it, so long ago.
  void spend(std::int64_t nano, Millis ago = Millis{0}) {
    store::UsageRow row;
    row.id = ++rows_;
    row.time = clock_.wall() - ago;
    row.api_key_id = "k";
    row.cost_nano = nano;
    EXPECT_TRUE(usage_database_->write_now(
        [&](sql::Session& session) { return store::store_usage(session, {row}); }));
    budgets_.spend({.key_id = "k", .group = "team"}, {.nano = nano}, nullptr);
    write([](sql::Session&) -> Status { return Nothing{}; });  // behind a warning
  }

  std::int64_t rows_ = 0;
  BudgetsApi group_{*with_, *changes_};
};

TEST_F(BudgetsTest, PostApiUsageBudgetSetsWhatAKeyMaySpend) {
  const std::string budget =
      R"({"dailyLimitUsd":0,"weeklyLimitUsd":0,"monthlyLimitUsd":50,"warningThreshold":0.8,)"
      R"("resetInterval":"monthly","resetTime":"00:00","budgetResetAt":1775001600000,)"
      R"("lastBudgetResetAt":1772323200000,"warningEmittedAt":null,"warningPeriodStart":null})";
  const std::string answer = R"({"success":true,"apiKeyId":"k","budget":)" + budget + "}";
  EXPECT_EQ(post(R"({"apiKeyId":"k","monthlyLimitUsd":50})").body, answer);
  EXPECT_EQ(post(R"({"keyId":"k","limit":"50","period":"monthly"})").body, answer)
      << "the form of the contract";
  EXPECT_EQ(audit(), "budget.stored session key:k, budget.stored session key:k");
  EXPECT_EQ(store_->current()->budgets.at(0).limit_nano(), 50 * dollar);
}

TEST_F(BudgetsTest, GetApiUsageBudgetTellsHowOneStands) {
  post(R"({"apiKeyId":"k","dailyLimitUsd":9,"weeklyLimitUsd":1,"resetInterval":"weekly",)"
       R"("resetTime":"23:30","warningThreshold":0.5})");
  spend(dollar / 2);
  EXPECT_EQ(
      get(path + "?apiKeyId=k").body,
      R"({"dailyTotal":0.5,"monthlyTotal":0.5,"totalEntries":1,"budget":{"dailyLimitUsd":9,)"
      R"("weeklyLimitUsd":1,"monthlyLimitUsd":0,"warningThreshold":0.5,"resetInterval":"weekly",)"
      R"("resetTime":"23:30","budgetResetAt":1772494200000,"lastBudgetResetAt":1771889400000,)"
      R"("warningEmittedAt":1772359200000,"warningPeriodStart":1771889400000},)"
      R"("totalCostToday":0.5,"totalCostMonth":0.5,"totalCostPeriod":0.5,"activeLimitUsd":1,)"
      R"("resetInterval":"weekly","resetTime":"23:30","budgetResetAt":1772494200000,)"
      R"("lastBudgetResetAt":1771889400000,"periodStartAt":1771889400000,)"
      R"("nextResetAt":1772494200000,"dailyLimitUsd":9,"weeklyLimitUsd":1,"monthlyLimitUsd":0,)"
      R"("warningThreshold":0.5,"budgetCheck":{"allowed":true,"dailyUsed":0.5,"dailyLimit":1,)"
      R"("warningReached":true,"remaining":0.5,"periodUsed":0.5,"activeLimitUsd":1,)"
      R"("resetInterval":"weekly","resetTime":"23:30","budgetResetAt":1772494200000,)"
      R"("lastBudgetResetAt":1771889400000,"periodStartAt":1771889400000,)"
      R"("nextResetAt":1772494200000}})");
  spend(dollar / 2);
  EXPECT_NE(get(path + "?keyId=k").body.find(R"("budgetCheck":{"allowed":false,)"),
            std::string::npos);
}

TEST_F(BudgetsTest, GetApiUsageBudgetTellsWhatIsSpentWithoutOne) {
  spend(dollar, std::chrono::hours{10});  // at midnight
  spend(dollar, std::chrono::hours{11});  // in February
  const std::string body = get(path + "?apiKeyId=k").body;
  EXPECT_EQ(body.substr(0, body.find(",\"totalCostToday\"")),
            R"({"dailyTotal":1,"monthlyTotal":1,"totalEntries":1,"budget":null)");
  EXPECT_NE(body.find(R"("budgetCheck":{"allowed":true,"dailyUsed":1,"dailyLimit":0,)"
                      R"("warningReached":false,"remaining":0,)"),
            std::string::npos)
      << body;
  EXPECT_EQ(get(path + "?apiKeyId=other").status, 404);
}

TEST_F(BudgetsTest, GetApiUsageBudgetListsKeysAndWhatElseHasOne) {
  post(R"({"group":"team","dailyLimitUsd":1})");
  post(R"({"all":true,"dailyLimitUsd":2})");
  spend(dollar);
  json::Reader reader;
  const std::string body = get(path).body;
  std::string found;
  for (const json::Value each : reader.read(body).at("budgets").items()) {
    for (const std::string_view name : {"keyId", "keyName", "group"}) {
      if (const json::Value value = each.find(name)) found += std::string(value.text()) + " ";
    }
    const json::Value check = each.find("budgetCheck");
    found += std::string(each.find("all") ? "all " : "") +
             (check.find("allowed").boolean() ? "open" : "spent") + ", ";
  }
  EXPECT_EQ(found, "k ci open, all open, team spent, ") << body;
}

TEST_F(BudgetsTest, PostApiUsageBudgetRefusesWhatWouldNotBeWhatWasMeant) {
  for (const char* const body :
       {"{}", R"({"dailyLimitUsd":1})", R"({"apiKeyId":"k"})",
        R"({"apiKeyId":"k","dailyLimitUsd":0})", R"({"apiKeyId":"k","dailyLimitUsd":"x"})",
        R"({"apiKeyId":"k","dailyLimitUsd":-1,"weeklyLimitUsd":1})",
        R"({"apiKeyId":"k","limit":1})", R"({"keyId":"k","limit":1,"period":"yearly"})",
        R"({"apiKeyId":"k","dailyLimitUsd":1,"warningThreshold":2})",
        R"({"apiKeyId":"k","dailyLimitUsd":1,"resetTime":"24:00"})",
        R"({"all":false,"limit":1})"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
  EXPECT_EQ(post(R"({"apiKeyId":"other","dailyLimitUsd":1})").status, 404);
  EXPECT_TRUE(store_->current()->budgets.empty());
}

TEST_F(BudgetsTest, DeleteApiUsageBudgetTakesItAway) {
  post(R"({"apiKeyId":"k","dailyLimitUsd":1})");
  const std::string one = path + "?apiKeyId=k";
  EXPECT_EQ(ask({.method = "DELETE", .path = path}).status, 400);
  EXPECT_EQ(ask({.method = "DELETE", .path = one}).body, R"({"success":true})");
  EXPECT_EQ(ask({.method = "DELETE", .path = one}).status, 404);
  EXPECT_TRUE(store_->current()->budgets.empty());
  EXPECT_EQ(audit(), "budget.deleted session key:k, budget.stored session key:k");
}

TEST_F(BudgetsTest, OfAKeyGoWithIt) {
  post(R"({"apiKeyId":"k","dailyLimitUsd":1})");
  write([](sql::Session& session) { return store::delete_api_key(session, "k"); });
  EXPECT_TRUE(store_->current()->budgets.empty());
}

}  // namespace
}  // namespace omni::api
