#include "api/account_quotas.h"

#include "api/test_traffic.h"

namespace omni::api {
namespace {

class AccountQuotasTest : public testing::TrafficTest {
 protected:
  AccountQuotasTest() {
    write([](sql::Session& session) -> Status {
      for (const auto& [id, provider] : {std::pair{"sub", "login"}, std::pair{"plain", "acme"}}) {
        store::Connection connection{.id = id, .provider = provider, .name = id};
        connection.api_key = Secret("sk-1");
        if (Status added = store::add_connection(session, connection); !added) return added;
      }
      return Nothing{};
    });
    serve(quotas_.routes());
  }

  void tell(int status, std::string body) {
    prober_.answer = [status, body](const std::string&) -> Result<ProbeAnswer> {
      return ProbeAnswer{.status = status, .body = body};
    };
  }
  void tell_spent() {
    tell(200, R"({"five_hour":{"utilization":100,"resets_at":"2026-03-01T12:00:00Z"}})");
  }

  AccountQuotas quotas_{*with_};
};

TEST_F(AccountQuotasTest, GetApiUsageConnectionIdAsksTheProviderNow) {
  tell_spent();
  const TestAnswer answer = get("/api/usage/sub");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"plan":null,"quotas":{"session (5h)":{"used":100,"total":100,"remaining":0,)"
            R"("resetAt":"2026-03-01T12:00:00.000Z","unlimited":false,)"
            R"("displayName":"session (5h)"}
}
, "message" : null
})");
  EXPECT_EQ(prober_.questions(), std::vector<std::string>{"quota login  sk-1"});
}

TEST_F(AccountQuotasTest, WhoHasNothingLeftIsNotAskedBeforeHeHas) {
  tell_spent();
  get("/api/usage/sub");
  const auto rests = accounts_.rests();
  ASSERT_EQ(rests.size(), 1U);
  EXPECT_EQ(rests.at(0).connection, "sub");
  EXPECT_TRUE(rests.at(0).binding);
  EXPECT_EQ(iso8601(rests.at(0).until), "2026-03-01T12:00:00.000Z");
}

TEST_F(AccountQuotasTest, AreOnlyOfAccountsWhoseProvidersTell) {
  EXPECT_EQ(get("/api/usage/nobody").status, 404);
  const TestAnswer answer = get("/api/usage/plain");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, R"({"error":"Usage not available for this connection"})");
}

TEST_F(AccountQuotasTest, FailAsTheirProvidersDo) {
  for (const int status : {401, 403}) {
    tell(status, "{}");
    EXPECT_EQ(get("/api/usage/sub").status, status);
  }
  tell(500, "{}");
  EXPECT_EQ(get("/api/usage/sub").status, 502);
  tell(200, "<html>");
  EXPECT_EQ(get("/api/usage/sub").status, 502);
}

TEST_F(AccountQuotasTest, AreRememberedForListsThatAskNobody) {
  EXPECT_NE(get("/api/usage/quota").body.find(R"("providers":[])"), std::string::npos);
  tell_spent();
  const TestAnswer all = send("POST", "/api/usage/provider-limits", "");
  EXPECT_NE(all.body.find(R"({"caches":{"sub":{"plan":null,"quotas":{"session (5h)") "),
            std::string::npos)
      << all.body;
  EXPECT_EQ(prober_.questions().size(), 1U);
  EXPECT_EQ(get("/api/usage/provider-limits").body, all.body);
  const std::string listed = get("/api/usage/quota?provider=login").body;
  EXPECT_NE(listed.find(R"("quotaUsed":100,"quotaTotal":100,"percentRemaining":0,)"),
            std::string::npos)
      << listed;
  EXPECT_NE(get("/api/usage/quota?provider=acme").body.find(R"("totalProviders":0)"),
            std::string::npos);
  EXPECT_EQ(prober_.questions().size(), 1U);
}

}  // namespace
}  // namespace omni::api
