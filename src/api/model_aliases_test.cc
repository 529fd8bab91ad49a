#include "api/model_aliases.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ModelAliasesTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(aliases_.routes()); }
  TestAnswer put(const std::string& alias, const std::string& model) {
    return send("POST", "/api/models/alias",
                R"({"alias":")" + alias + R"(","model":")" + model + R"("})");
  }
  TestAnswer resolve(const std::string& alias) { return get("/api/models/alias?alias=" + alias); }

  ModelAliases aliases_{*with_, *changes_};
};

TEST_F(ModelAliasesTest, PutApiModelsAliasLetsANameStandForAnother) {
  EXPECT_EQ(put("fast", "acme/large").body,
            R"({"success":true,"model":"acme/large","alias":"fast"})");
  EXPECT_EQ(send("PUT", "/api/models/alias", R"({"alias":"fast","model":"acme/x"})").status, 200);
  const TestAnswer all = get("/api/models/alias");
  EXPECT_EQ(all.body,
            R"({"aliases":{"fast":"acme/x"},"catalogVersion":"model-metadata-v1:static"})");
  EXPECT_EQ(all.field("x-model-catalog-version"), "model-metadata-v1:static");
  EXPECT_EQ(audit(), "model_alias.set session fast, model_alias.set session fast");
}

TEST_F(ModelAliasesTest, RefuseLoops) {
  EXPECT_EQ(put("a", "a").status, 409);
  EXPECT_EQ(put("a", "b").status, 200);
  EXPECT_EQ(put("b", "c").status, 200);
  EXPECT_EQ(put("c", "a").status, 409);
  EXPECT_EQ(put("claude-*", "claude-x").status, 409);
  EXPECT_EQ(put("c*", "b").status, 409);
  EXPECT_EQ(put("c", "acme/large").status, 200);
  EXPECT_EQ(store_->current()->model_aliases.size(), 3U);
}

TEST_F(ModelAliasesTest, AreNoNamesOfCombos) {
  write([](sql::Session& session) {
    return session.run(
        "INSERT INTO combos (id, name, data, created_at, updated_at) "
        "VALUES ('c', 'fast', '{}', 0, 0)");
  });
  EXPECT_EQ(put("fast", "acme/large").status, 409);
}

TEST_F(ModelAliasesTest, AreResolvedToWhatTheyLeadTo) {
  put("fast", "quick-large");
  put("quick-*", "ac/large");
  const TestAnswer found = resolve("fast");
  EXPECT_EQ(found.body,
            R"({"alias":"fast","resolved":{"provider":"acme","providerAlias":"ac",)"
            R"("model":"large","qualifiedId":"ac/large","source":"alias","target":"ac/large",)"
            R"("metadata":{"name":"Large","type":"chat","contextLength":1000,)"
            R"("maxOutputTokens":100}}})");
  EXPECT_EQ(found.field("x-model-alias-resolved"), "ac/large");
  EXPECT_NE(resolve("large").body.find(R"("source":"catalog")"), std::string::npos);
  EXPECT_EQ(resolve("nothing").status, 404);
  EXPECT_NE(resolve("nothing").body.find(R"("code":"MODEL_NOT_MAPPED")"), std::string::npos);
  const TestAnswer several = resolve("shared");
  EXPECT_EQ(several.status, 409);
  EXPECT_NE(several.body.find(R"("candidates":["ac/shared","bin/shared"])"), std::string::npos)
      << several.body;
}

TEST_F(ModelAliasesTest, AreForgotten) {
  put("fast", "acme/large");
  const auto remove = [this](const std::string& query) {
    return ask({.method = "DELETE", .path = "/api/models/alias" + query});
  };
  EXPECT_EQ(remove("?alias=fast").body, R"({"success":true})");
  EXPECT_TRUE(store_->current()->model_aliases.empty());
  EXPECT_EQ(remove("?alias=fast").body, R"({"success":true})");
  EXPECT_EQ(remove("").body, R"({"error":"Alias required"})");
  EXPECT_EQ(audit(), "model_alias.removed session fast, model_alias.set session fast");
}

}  // namespace
}  // namespace omni::api
