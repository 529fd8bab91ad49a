#include "api/policies.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

const std::string path = "/api/policies";

class PoliciesTest : public testing::ApiTest {
 protected:
  PoliciesTest() : group_(*with_, *changes_) { serve(group_.routes()); }

  TestAnswer post(std::string body) { return send("POST", path, std::move(body)); }
  std::string id() { return store_->current()->policies.at(0).id; }

  Policies group_;
};

TEST_F(PoliciesTest, GetApiPoliciesIsEmptyAtFirst) {
  EXPECT_EQ(get(path).body, R"({"lockedIdentifiers":[],"policies":[]})");
}

TEST_F(PoliciesTest, PostApiPoliciesMakesOneAndReplacesIt) {
  const std::string members =
      R"("name":"Small","type":"model","enabled":false,"priority":-3,)"
      R"("conditions":{"modelPattern":"gpt-*","keyId":"k","provider":"acme"},)"
      R"("actions":{"preferProvider":["a"],"blockProvider":["b"],"blockModel":["c/*"],)"
      R"("maxTokens":100,"maxCostUsd":0.25})";
  const TestAnswer made = post("{" + members + "}");
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string whole = R"({"id":")" + id() + "\"," + members +
                            R"(,"createdAt":"2026-03-01T10:00:00.000Z",)"
                            R"("updatedAt":"2026-03-01T10:00:00.000Z"})";
  EXPECT_EQ(made.body, R"({"policy":)" + whole + "}");
  EXPECT_EQ(get(path).body, R"({"lockedIdentifiers":[],"policies":[)" + whole + "]}");
  EXPECT_EQ(store_->current()->policies.at(0).cost_nano_max, 250'000'000);
  EXPECT_EQ(audit(), "policy.stored session " + id());

  const TestAnswer replaced = post(R"({"id":")" + id() + R"(","name":"Big"})");
  EXPECT_EQ(replaced.status, 201) << replaced.body;
  EXPECT_NE(replaced.body.find(R"("name":"Big","type":"routing","enabled":true,"priority":0,)"
                               R"("conditions":{},"actions":{})"),
            std::string::npos)
      << replaced.body;
  EXPECT_EQ(store_->current()->policies.size(), 1U);
}

TEST_F(PoliciesTest, PostApiPoliciesRefusesWhatWouldNotBeWhatWasMeant) {
  for (const char* const body :
       {"{}", R"({"name":""})", R"({"name":"x","type":"other"})",
        R"({"name":"x","actions":{"blockProvder":["a"]}})",
        R"({"name":"x","conditions":{"key":"k"}})", R"({"name":"x","actions":{"maxTokens":0}})",
        R"({"name":"x","actions":{"maxCostUsd":-1}})", R"({"action":"lock","identifier":"::1"})",
        R"({"action":"unlock","identifier":"nobody"})", R"({"action":"unlock"})"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
  EXPECT_TRUE(store_->current()->policies.empty());
}

TEST_F(PoliciesTest, DeleteApiPoliciesDeletesOne) {
  post(R"({"name":"x"})");
  const std::string one = path + "?id=" + id();
  EXPECT_EQ(ask({.method = "DELETE", .path = path}).status, 400);
  EXPECT_EQ(ask({.method = "DELETE", .path = one}).body, R"({"success":true})");
  EXPECT_EQ(ask({.method = "DELETE", .path = one}).status, 404);
  EXPECT_TRUE(store_->current()->policies.empty());
}

TEST_F(PoliciesTest, PostApiPoliciesUnlocksAnAddress) {
  const identity::Address from = identity::parse_address("192.0.2.7").value();
  for (int i = 0; i < 5; ++i) lockout_.attempt(from);
  EXPECT_EQ(get(path).body.substr(0, get(path).body.find(",\"policies\"")),
            R"({"lockedIdentifiers":[{"identifier":"192.0.2.7","lockedUntil":)" +
                std::to_string(to_millis(clock_.wall() + std::chrono::minutes{15})) +
                R"(,"remainingMs":900000}])");
  const std::string unlock = R"({"action":"unlock","identifier":"192.0.2.7"})";
  EXPECT_EQ(post(unlock).body, R"({"success":true,"action":"unlocked","identifier":"192.0.2.7"})");
  EXPECT_EQ(lockout_.attempt(from), std::chrono::seconds{0});
  EXPECT_EQ(audit(), "auth.unlocked session 192.0.2.7");
}

}  // namespace
}  // namespace omni::api
