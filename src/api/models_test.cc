#include "api/models.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

class ModelsTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    serve(models_.routes());
    write([this](sql::Session& session) {
      Status done = store::add_provider_node(
          session, {.id = "n", .type = "openai-compatible", .name = "Lab", .prefix = "lab"});
      if (done) done = store::put_custom_model(session, {"n", "mine", "Mine"});
      if (done) done = store::put_custom_model(session, {"acme", "large", "Our large"});
      if (done) done = store::put_model_alias(session, {"fast", "ac/large"});
      if (!done) return done;
      return store::add_connection(session, store_->sealer(), {.id = "c", .provider = "acme"});
    });
  }
  std::string list(const std::string& query = "") { return get("/api/models" + query).body; }
  static bool has(const std::string& body, std::string_view part) {
    return body.find(part) != std::string::npos;
  }

  Models models_{*with_};
};

TEST_F(ModelsTest, GetApiModelsListsThoseThatCanBeUsed) {
  const std::string usable = list();
  EXPECT_TRUE(has(usable, R"({"provider":"acme","model":"large","name":"Our large",)"
                          R"("fullModel":"ac/large","alias":"fast","available":true})"))
      << usable;
  EXPECT_TRUE(has(usable, R"("fullModel":"demo/echo")"));
  EXPECT_FALSE(has(usable, R"("fullModel":"lab/mine")"));
  EXPECT_FALSE(has(usable, R"("fullModel":"bin/shared")"));
  const std::string all = list("?all=true");
  EXPECT_TRUE(has(all, R"("fullModel":"lab/mine","alias":"","available":false)")) << all;
  EXPECT_TRUE(has(all, R"("fullModel":"bin/shared")"));
  EXPECT_EQ(all.find(R"("fullModel":"ac/large")"), all.rfind(R"("fullModel":"ac/large")"));
}

TEST_F(ModelsTest, GetApiModelsLeavesOutWhatIsHiddenOrSwitchedOff) {
  write([](sql::Session& session) {
    return store::put_model_switches(session,
                                     {.provider = "acme", .model = "large", .hidden = true});
  });
  EXPECT_FALSE(has(list(), R"("fullModel":"ac/large")"));
  EXPECT_TRUE(has(list(), R"("fullModel":"ac/shared")"));
  write([](sql::Session& session) {
    return session.run("UPDATE provider_connections SET is_active = 0");
  });
  EXPECT_FALSE(has(list(), R"("fullModel":"ac/shared")"));
}

TEST_F(ModelsTest, GetApiModelsCatalogSaysWhatEachCanDo) {
  const std::string all = get("/api/models/catalog").body;
  EXPECT_TRUE(has(all, R"("ac":{"provider":"Acme","active":true,"models":[{"id":"ac/large",)"
                       R"("name":"Our large","type":"chat","custom":true,"hidden":false,)"
                       R"("capabilities":{"tool_calling":true,"vision":true,"reasoning":false,)"
                       R"("thinking":false},"context_length":1000,"max_output_tokens":100,)"
                       R"("input_modalities":["text","image"],"output_modalities":["text"]})"))
      << all;
  EXPECT_TRUE(has(all, R"("id":"ac/embed","name":"Embed","type":"embedding")"));
  EXPECT_TRUE(has(all, R"("lab":{"provider":"Lab","active":false,"models":[{"id":"lab/mine")"));
  EXPECT_TRUE(has(all, R"("catalogVersion":"model-metadata-v1:static"})"));
}

TEST_F(ModelsTest, GetApiModelsCatalogListsCombosAsThoseOfAProvider) {
  EXPECT_TRUE(has(get("/api/models/catalog").body,
                  R"("combo":{"provider":"Combos","active":false,"models":[]})"));
  write([](sql::Session& session) {
    return store::add_combo(session, {.id = "c", .name = "best", .hidden = true});
  });
  EXPECT_TRUE(has(get("/api/models/catalog").body,
                  R"("combo":{"provider":"Combos","active":true,"models":[{"id":"best",)"
                  R"("name":"best","type":"chat","custom":false,"hidden":true}]})"));
}

}  // namespace
}  // namespace omni::api
