// The models that a server lists become models of the node, without anybody asking for it.

#include "api/model_import.h"

#include "api/provider_models.h"
#include "api/provider_tests.h"
#include "api/providers.h"
#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ModelImportTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    std::vector<Route> rows = providers_.routes();
    for (Route& row : tests_.routes()) rows.push_back(std::move(row));
    for (Route& row : models_.routes()) rows.push_back(std::move(row));
    serve(std::move(rows));
    add_node("n", "openai-compatible");
    lists(R"({"data":[{"id":"a"},{"id":"b"}]})");
  }
  void add_node(std::string id, std::string type, std::string api_type = "chat") {
    write([&](sql::Session& session) {
      return store::add_provider_node(
          session,
          {.id = id, .type = type, .name = "Lab", .prefix = "lab-" + id, .api_type = api_type});
    });
  }
  void lists(std::string body, int status = 200) {
    prober_.answer = [=](const std::string& question) {
      const bool list = question.starts_with("models ");
      return ProbeAnswer{.status = list ? status : 200, .body = list ? body : "", .text = ""};
    };
  }
  /// Adds an account and gives its id.
  std::string connect(const std::string& provider, const std::string& data = "{}") {
    const TestAnswer made =
        send("POST", "/api/providers",
             R"({"provider":")" + provider +
                 R"(","apiKey":"k","name":"x","providerSpecificData":)" + data + "}");
    EXPECT_EQ(made.status, 201) << made.body;
    json::Reader reader;
    return std::string(reader.read(made.body).at("connection").at("id").text());
  }
  std::string models() {
    return select("SELECT provider || '/' || id || '=' || source FROM custom_models ORDER BY 1");
  }

  Providers providers_{*with_, *changes_};
  ProviderTests tests_{*with_, *changes_};
  ProviderModels models_{*with_, *changes_};
};

TEST_F(ModelImportTest, ANewAccountBringsTheModelsOfItsServer) {
  for (const char* const type :
       {"anthropic-compatible", "gemini-compatible", "ollama-compatible"}) {
    add_node(type, type);
  }
  connect("n");
  EXPECT_EQ(models(), "n/a=imported n/b=imported");
  EXPECT_NE(audit().find("model.imported session lab-n"), std::string::npos) << audit();
  lists(R"({"models":[{"name":"models/g"}]})");
  connect("gemini-compatible");
  lists(R"({"models":[{"name":"l:latest"}]})");
  connect("ollama-compatible");
  lists(R"({"data":[{"id":"c","display_name":"C"}]})");
  connect("anthropic-compatible");
  EXPECT_EQ(models(),
            "anthropic-compatible/c=imported gemini-compatible/g=imported n/a=imported "
            "n/b=imported ollama-compatible/l:latest=imported");
}

TEST_F(ModelImportTest, AModelThatTheUserHasAddedStaysAsHeSaidIt) {
  send("POST", "/api/provider-models", R"({"provider":"n","modelId":"a","modelName":"Mine"})");
  send("POST", "/api/provider-models", R"({"provider":"n","modelId":"own"})");
  connect("n");
  EXPECT_EQ(models(), "n/a=manual n/b=imported n/own=manual");
  EXPECT_EQ(select("SELECT name FROM custom_models WHERE id = 'a'"), "Mine");
}

TEST_F(ModelImportTest, AGoodTestBringsWhatIsNewAndTakesWhatIsGone) {
  lists("", 500);
  const std::string id = connect("n");
  EXPECT_EQ(models(), "") << "that the list does not come is no failure";
  lists(R"({"data":[{"id":"a"},{"id":"b"}]})");
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(models(), "n/a=imported n/b=imported");
  lists(R"({"data":[{"id":"b"},{"id":"c"}]})");
  send("POST", "/api/providers/test-batch", R"({"mode":"all"})");
  EXPECT_EQ(models(), "n/b=imported n/c=imported");
  lists(R"({"error":"no"})", 401);
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(models(), "n/b=imported n/c=imported");
}

TEST_F(ModelImportTest, OneOfSeveralAccountsTakesNothingThatAnotherIsShown) {
  connect("n");
  lists(R"({"data":[{"id":"c"}]})");
  connect("n");
  EXPECT_EQ(models(), "n/a=imported n/b=imported n/c=imported");
}

TEST_F(ModelImportTest, IsForTheServersOfUsersWhoWantIt) {
  connect("n", R"({"autoFetchModels":false})");
  connect("acme");
  EXPECT_EQ(models(), "");
  EXPECT_TRUE(prober_.questions().empty());
}

TEST_F(ModelImportTest, WhatIsNoNameIsLeftOutAndAListHasAnEnd) {
  std::string body = R"([{"id":"a\nb"},{"id":")" + std::string(241, 'x') + "\"}";
  for (int i = 0; i < 1100; ++i) body += R"(,{"id":"m)" + std::to_string(i) + "\"}";
  lists(body + "]");
  connect("n");
  EXPECT_EQ(select("SELECT count(*) FROM custom_models"), "1000");
  EXPECT_EQ(select("SELECT count(*) FROM custom_models WHERE id LIKE 'm%'"), "1000");
}

TEST_F(ModelImportTest, AListThatIsCutTakesNothing) {
  std::string forwards = "[", backwards;
  for (int i = 0; i < 1100; ++i) {
    const std::string model = R"({"id":"m)" + std::to_string(i) + "\"}";
    forwards += (i == 0 ? "" : ",") + model;
    backwards = model + (i == 0 ? "" : ",") + backwards;
  }
  lists(forwards + "]");
  const std::string id = connect("n");
  lists("[" + backwards + "]");
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(select("SELECT count(*) FROM custom_models"), "1100");
  lists(R"({"data":[{"id":"m1"}],"has_more":true})");
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(select("SELECT count(*) FROM custom_models"), "1100");
}

TEST_F(ModelImportTest, AnAccountThatIsGoneMeanwhileBringsNothing) {
  lists("", 500);
  const std::string id = connect("n");
  int asked = 0;
  prober_.answer = [&](const std::string&) {
    if (++asked == 2) {  // the model is tested, the import under way
      write([](sql::Session& session) { return store::delete_provider_node(session, "n"); });
    }
    return ProbeAnswer{.status = 200, .body = R"([{"id":"a"}])", .text = ""};
  };
  send("POST", "/api/providers/" + id + "/test", R"({"validationModelId":"m"})");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(models(), "");
}

TEST_F(ModelImportTest, ATestOfSeveralAsksEachForItsListOnceAndSomeAtATime) {
  lists("", 500);
  for (int i = 0; i < 8; ++i) connect("n");
  const std::size_t asked = prober_.questions().size();
  lists(R"([{"id":"a"}])");
  prober_.delay = Millis{20};
  send("POST", "/api/providers/test-batch", R"({"mode":"all"})");
  EXPECT_EQ(prober_.questions().size() - asked, 8U);
  EXPECT_GT(prober_.at_once_max(), 1U);
  EXPECT_LE(prober_.at_once_max(), 5U);
  EXPECT_EQ(models(), "n/a=imported");
}

TEST_F(ModelImportTest, ALongNameIsNoName) {
  lists(R"([{"id":"a","display_name":")" + std::string(900, 'x') + R"("}])");
  connect("n");
  EXPECT_EQ(select("SELECT name FROM custom_models"), "a");
}

TEST_F(ModelImportTest, WhatAUserHasSaidOfAModelStays) {
  const std::string id = connect("n");
  send("PUT", "/api/provider-models", R"({"provider":"n","modelId":"a","modelName":"Mine"})");
  send("POST", "/api/provider-models", R"({"provider":"n","modelId":"c","source":"imported"})");
  EXPECT_EQ(models(), "n/a=manual n/b=imported n/c=manual");
  send("DELETE", "/api/provider-models?provider=n&model=b", "");
  EXPECT_EQ(select("SELECT model FROM model_switches WHERE hidden"), "b");
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(select("SELECT model FROM model_switches WHERE hidden"), "b");
  lists("[]");
  send("POST", "/api/providers/" + id + "/test", "{}");
  EXPECT_EQ(models(), "n/a=manual n/c=manual");
}

TEST_F(ModelImportTest, TheModelsOfANodeForOneThingAreForThat) {
  add_node("e", "openai-compatible", "embeddings");
  connect("e");
  EXPECT_EQ(select("SELECT DISTINCT api_format FROM custom_models"), "embeddings");
}

}  // namespace
}  // namespace omni::api
