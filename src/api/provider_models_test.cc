#include "api/provider_models.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ProviderModelsTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(models_.routes()); }
  TestAnswer send_model(std::string method, const std::string& members) {
    return send(std::move(method), "/api/provider-models",
                R"({"provider":"ac","modelId":"mine")" + members + "}");
  }
  TestAnswer hide(const std::string& query, std::string body) {
    return send("PATCH", "/api/provider-models?provider=acme" + query, std::move(body));
  }
  std::string list(const std::string& query = "?provider=acme") {
    return get("/api/provider-models" + query).body;
  }

  ProviderModels models_{*with_, *changes_};
};

TEST_F(ProviderModelsTest, PostApiProviderModelsAddsAModel) {
  const std::string mine =
      R"({"id":"mine","name":"Mine","source":"manual","apiFormat":"responses",)"
      R"("supportedEndpoints":["chat","images"]})";
  EXPECT_EQ(send_model("POST", R"(,"modelName":"Mine","apiFormat":"responses",)"
                               R"("supportedEndpoints":["chat","images"])")
                .body,
            R"({"model":)" + mine + "}");
  EXPECT_EQ(list(), R"({"models":[)" + mine + R"(],"modelCompatOverrides":[]})");
  EXPECT_EQ(list(""), R"({"models":{"acme":[)" + mine + R"(]},"modelCompatOverrides":[]})");
  EXPECT_EQ(audit(), "model.added session acme/mine");
  EXPECT_EQ(send_model("POST", R"(,"apiFormat":"x")").status, 400);
  EXPECT_EQ(send("POST", "/api/provider-models", R"({"provider":"no","modelId":"m"})").status, 400);
}

TEST_F(ProviderModelsTest, PutApiProviderModelsChangesOneThatWasAdded) {
  send_model("POST", R"(,"modelName":"Mine")");
  const TestAnswer changed =
      send_model("PUT", R"(,"apiFormat":"rerank","normalizeToolCallId":true)");
  EXPECT_EQ(changed.body,
            R"({"model":{"id":"mine","name":"Mine","source":"manual","apiFormat":"rerank",)"
            R"("supportedEndpoints":["chat"],"isHidden":false,"normalizeToolCallId":true}})");
}

TEST_F(ProviderModelsTest, PutApiProviderModelsSaysHowAListedModelIsCalled) {
  const auto put = [this](const std::string& members) {
    return send("PUT", "/api/provider-models",
                R"({"provider":"acme","modelId":"large",)" + members + "}");
  };
  EXPECT_EQ(put(R"("normalizeToolCallId":true,"upstreamHeaders":{"X-Team":"a b"})").body,
            R"({"ok":true,"modelCompatOverrides":[{"id":"large","provider":"acme",)"
            R"("isHidden":false,"normalizeToolCallId":true,"upstreamHeaders":{"X-Team":"a b"}}]})");
  put(R"("normalizeToolCallId":null,"compatByProtocol":{"claude":{"normalizeToolCallId":true}})");
  EXPECT_EQ(store_->current()->model_switches.front().settings.text(),
            R"({"upstreamHeaders":{"X-Team":"a b"},)"
            R"("compatByProtocol":{"claude":{"normalizeToolCallId":true}}})");
  for (const std::string headers :
       {R"({"Authorization":"x"})", R"({"host":"x"})", R"({"a b":"x"})", R"({"a:":"x"})",
        R"({"a":"x\r\ny"})", R"({"a":1})", R"({"":"x"})", R"({"Transfer-Encoding":"x"})"}) {
    EXPECT_EQ(put(R"("upstreamHeaders":)" + headers).status, 400) << headers;
    EXPECT_EQ(put(R"("compatByProtocol":{"openai":{"upstreamHeaders":)" + headers + "}}").status,
              400)
        << headers;
  }
  EXPECT_EQ(put(R"("compatByProtocol":{"gemini":{}})").status, 400);
}

TEST_F(ProviderModelsTest, PatchApiProviderModelsHidesAndKeepsWhatElseWasSaid) {
  send("PUT", "/api/provider-models",
       R"({"provider":"acme","modelId":"large","normalizeToolCallId":true})");
  EXPECT_EQ(hide("&modelId=large", R"({"isHidden":true,"modelIds":["embed"]})").status, 200);
  EXPECT_EQ(select("SELECT model || hidden || settings FROM model_switches ORDER BY model"),
            R"(embed1{} large1{"normalizeToolCallId":true})");
  hide("&modelId=large", R"({"isHidden":false})");
  EXPECT_EQ(select("SELECT model || hidden FROM model_switches ORDER BY model"), "embed1 large0");
  EXPECT_EQ(hide("", R"({"isHidden":true})").status, 400);
  EXPECT_EQ(hide("&modelId=large", "{}").status, 400);
}

TEST_F(ProviderModelsTest, DeleteApiProviderModelsTakesOneOrAll) {
  const auto remove = [this](const std::string& query) {
    return ask({.method = "DELETE", .path = "/api/provider-models?provider=acme" + query}).body;
  };
  send_model("POST", "");
  EXPECT_EQ(remove("&model=mine"), R"({"removed":true})");
  EXPECT_EQ(remove("&model=mine"), R"({"removed":false})");
  EXPECT_EQ(audit(), "model.removed session acme/mine, model.added session acme/mine");
  send_model("POST", "");
  EXPECT_EQ(remove("&all=true"), R"({"cleared":true})");
  EXPECT_TRUE(store_->current()->custom_models.empty());
  EXPECT_NE(remove("").find("model is required"), std::string::npos);
}

}  // namespace
}  // namespace omni::api
