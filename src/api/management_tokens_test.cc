#include "api/management_tokens.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ManagementTokensTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(tokens_.routes()); }
  TestAnswer make(std::string body, std::string caller = "session", std::string id = "s") {
    return ask({.method = "POST",
                .path = "/api/management-tokens",
                .body = std::move(body),
                .caller = std::move(caller),
                .id = std::move(id)});
  }
  static std::string member(const TestAnswer& answer, std::string_view name) {
    json::Reader reader;
    return std::string(reader.read(answer.body).at(name).text());
  }

  ManagementTokens tokens_{*with_, *changes_};
};

TEST_F(ManagementTokensTest, PostApiManagementTokensShowsATokenOnceAndKeepsItsHash) {
  const TestAnswer answer =
      make(R"({"name":"ci","scopes":["read","keys"],"expiresAt":"2027-01-01T00:00:00Z"})");
  EXPECT_EQ(answer.status, 201) << answer.body;
  const std::string token = member(answer, "token");
  EXPECT_TRUE(token.starts_with("mt_")) << token;
  const auto now = store_->current();
  const auto* const stored = now->find_management_token(identity::token_hash(Secret(token)));
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->scopes, (store::Texts{"read", "keys"}));
  EXPECT_EQ(iso8601(*stored->expires_at), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(everything_stored().find(token), std::string::npos);
  EXPECT_EQ(audit(), "management_token.created session " + stored->id);
  EXPECT_EQ(get("/api/management-tokens").body.find(token), std::string::npos);
}

TEST_F(ManagementTokensTest, PostApiManagementTokensWantsANameAndScopesThatThereAre) {
  for (const std::string body :
       {R"({"name":"ci"})", R"({"name":"ci","scopes":[]})", R"({"name":"ci","scopes":["all"]})",
        R"({"scopes":["read"]})", R"({"name":"ci","scopes":["read"],"expiresAt":"soon"})"}) {
    EXPECT_EQ(make(body).status, 400) << body;
  }
  EXPECT_EQ(audit(), "");
}

TEST_F(ManagementTokensTest, PostApiManagementTokensRefusesOneThatIsOverAlready) {
  const TestAnswer answer =
      make(R"({"name":"ci","scopes":["read"],"expiresAt":"2026-03-01T10:00:00Z"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, R"({"error":{"message":"Invalid request","details":[)"
                         R"({"field":"expiresAt","message":"must be in the future"}]}})");
  EXPECT_EQ(audit(), "");
}

TEST_F(ManagementTokensTest, PostApiManagementTokensGivesNoTokenMoreThanItHas) {
  write([&](sql::Session& session) {
    return store::add_management_token(session,
                                       {.id = "w", .name = "w", .hash = "w", .scopes = {"write"}});
  });
  EXPECT_EQ(make(R"({"name":"a","scopes":["read","write"]})", "token", "w").status, 201);
  for (const std::string scope : {"keys", "backups", "admin"}) {
    EXPECT_EQ(make(R"({"name":"a","scopes":["read",")" + scope + R"("]})", "token", "w").status,
              403)
        << scope;
  }
}

TEST_F(ManagementTokensTest, GetApiManagementTokensListsThemMasked) {
  const TestAnswer made = make(R"({"name":"ci","scopes":["read"]})");
  EXPECT_EQ(get("/api/management-tokens").body,
            R"({"tokens":[{"token":")" + identity::mask(member(made, "token")) + R"(","id":")" +
                member(made, "id") +
                R"(","name":"ci","scopes":["read"],"createdAt":"2026-03-01T10:00:00.000Z",)"
                R"("expiresAt":null,"lastUsedAt":null}]})");
}

TEST_F(ManagementTokensTest, DeleteApiManagementTokensIdTakesItOutOfForce) {
  const std::string id = member(make(R"({"name":"ci","scopes":["read"]})"), "id");
  EXPECT_EQ(send("DELETE", "/api/management-tokens/" + id, "").status, 200);
  EXPECT_TRUE(store_->current()->management_tokens.empty());
  EXPECT_TRUE(audit().starts_with("management_token.revoked session " + id));
  EXPECT_EQ(send("DELETE", "/api/management-tokens/" + id, "").status, 404);
}

}  // namespace
}  // namespace omni::api
