#include "api/availability.h"

#include "api/test_traffic.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class AvailabilityTest : public testing::TrafficTest {
 protected:
  AvailabilityTest() { serve(availability_.routes()); }
  TestAnswer post(std::string body) {
    return send("POST", "/api/models/availability", std::move(body));
  }

  Availability availability_{*with_, *changes_};
};

TEST_F(AvailabilityTest, GetApiModelsAvailabilityListsWhatCannotBeUsedNow) {
  EXPECT_EQ(get("/api/models/availability").body, R"({"models":[],"unavailableCount":0})");
  rest(account("one"), 429);
  open_breaker("acme");
  const TestAnswer answer = get("/api/models/availability");
  EXPECT_TRUE(says(answer, R"({"provider":"acme","connectionId":"one","connectionName":"one",)"
                           R"("model":"large","status":"cooldown")"))
      << answer.body;
  EXPECT_TRUE(says(answer, R"({"provider":"acme","model":"*","status":"breaker_open",)"
                           R"("until":"2026-03-01T10:00:30.000Z"})"));
  EXPECT_TRUE(says(answer, R"("unavailableCount":2)"));
}

TEST_F(AvailabilityTest, GetApiModelsAvailabilityListsWhatCanBeUsedOnRequest) {
  const auto has = [this](std::string_view model) {
    return says(get("/api/models/availability?all=true"),
                R"({"provider":"acme","model":")" + std::string(model) +
                    R"(","connectionId":"one","connectionName":"one"})");
  };
  rest(account("one"), 429);
  EXPECT_FALSE(has("large"));
  EXPECT_TRUE(has("shared"));
  EXPECT_FALSE(says(get("/api/models/availability"), "shared"));
  open_breaker("acme");
  EXPECT_FALSE(has("shared"));
}

TEST_F(AvailabilityTest, AModelThatIsListedAndAddedIsShownOnce) {
  account("one");
  write([](sql::Session& session) {
    Status done = store::put_custom_model(session, {"acme", "large", "Our large"});
    return done ? store::put_custom_model(session, {"acme", "mine", "Mine"}) : done;
  });
  const std::string body = get("/api/models/availability?all=true").body;
  const auto first = body.find(R"("model":"large")");
  ASSERT_NE(first, std::string::npos) << body;
  EXPECT_EQ(body.find(R"("model":"large")", first + 1), std::string::npos) << body;
  EXPECT_NE(body.find(R"("model":"mine")"), std::string::npos) << body;
}

TEST_F(AvailabilityTest, EachAccountHasItsOwnRests) {
  rest(account("one"), 429);
  account("two");
  const TestAnswer answer = get("/api/models/availability?all=true");
  EXPECT_FALSE(says(answer, R"("model":"large","connectionId":"one","connectionName":"one"})"));
  EXPECT_TRUE(says(answer, R"("model":"large","connectionId":"two","connectionName":"two"})"));
  EXPECT_TRUE(says(answer, R"("model":"shared","connectionId":"one","connectionName":"one"})"));
}

TEST_F(AvailabilityTest, PostApiModelsAvailabilityTellsOfOneModelAndItsAccounts) {
  rest(account("one"), 429);
  TestAnswer answer = post(R"({"model":"acme/large"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"model":"acme/large","available":false,"providers":[{"provider":"acme",)"
            R"("connectionId":"one","connectionName":"one","available":false,)"
            R"("status":"cooldown","until":"2026-03-01T10:00:01.000Z"}]})");
  account("two");
  answer = post(R"({"model":"large"})");
  EXPECT_TRUE(says(answer, R"("model":"large","available":true)")) << answer.body;
  EXPECT_TRUE(says(answer, R"("connectionId":"two","connectionName":"two","available":true,)"
                           R"("status":"active","until":null)"))
      << answer.body;
  EXPECT_TRUE(says(post(R"({"model":"shared"})"), R"("available":true)"))
      << "its rest is that of another model";
  open_breaker("acme");
  EXPECT_TRUE(says(post(R"({"model":"large"})"), R"("status":"breaker_open")"));
}

TEST_F(AvailabilityTest, PostApiModelsAvailabilityDoesNotKnowWhatNobodyServes) {
  EXPECT_EQ(post(R"({"model":"never-heard-of"})").status, 404);
  EXPECT_EQ(post(R"({})").status, 400);
}

TEST_F(AvailabilityTest, PostApiModelsAvailabilityEndsARest) {
  rest(account("one"), 429);
  const std::string start = R"({"action":"clearCooldown","provider":"acme","model":")";
  EXPECT_EQ(post(start + "other\"}").body, R"({"ok":true})");
  EXPECT_EQ(accounts_.rests().size(), 1U);
  post(start + "large\"}");
  EXPECT_TRUE(accounts_.rests().empty());
  EXPECT_EQ(post(R"({"action":"clearCooldown","provider":"odd","model":"m"})").status, 404);
  rest(account("two"), 429);
  EXPECT_EQ(post(R"({"action":"clearCooldown","model":"acme/large"})").body, R"({"ok":true})");
  EXPECT_TRUE(accounts_.rests().empty());
}

}  // namespace
}  // namespace omni::api
