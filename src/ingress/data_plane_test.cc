#include "ingress/data_plane.h"

#include <map>

#include "ingress/front_door.h"
#include "json/scratch_reader.h"
#include "pipeline/test_pipeline.h"

namespace omni::ingress {
namespace {

using chat::Dialect;
using pipeline::testing::Ask;
using pipeline::testing::Mode;
using pipeline::testing::TestAnswer;

class DataPlaneTest : public pipeline::testing::PipelineTest {
 protected:
  DataPlaneTest() {
    server_.reset();
    plane_ = std::make_unique<DataPlane>(parts());
    router_ = std::make_unique<net::Router>(plane_->routes(), &gate_);
    door_ = std::make_unique<FrontDoor>(*router_, gate_, clock_, random_, FrontDoor::Options{});
    server_ = std::make_unique<net::testing::TestServer>(
        world_, [this](net::Exchange& exchange) { return door_->handle(exchange); });
  }
  ~DataPlaneTest() override { server_.reset(); }

  TestAnswer get(std::string path, std::string fields = "") {
    return ask({.path = std::move(path), .body = "", .fields = std::move(fields), .method = "GET"});
  }
  /// The texts at `member` of each item of the list.
  static std::vector<std::string> listed(const TestAnswer& answer, std::string_view list,
                                         std::string_view member) {
    json::ScratchReader reader;
    std::vector<std::string> names;
    for (const json::Value item : reader->read(answer.body).at(list).items()) {
      names.emplace_back(item.at(member).text());
    }
    EXPECT_FALSE(reader->failed()) << answer.body;
    return names;
  }
  std::vector<std::string> models(std::string fields = "") {
    return listed(get("/v1/models", std::move(fields)), "data", "id");
  }
  void add_model(std::string provider, std::string id, std::string endpoint) {
    write([&](sql::Session& session) {
      return store::put_custom_model(
          session, {.provider = provider, .id = id, .name = "", .endpoints = {endpoint}});
    });
  }

  std::unique_ptr<DataPlane> plane_;
  std::unique_ptr<FrontDoor> door_;
};

using Names = std::vector<std::string>;

bool holds(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

TEST_F(DataPlaneTest, AnswersAtEveryPathInItsDialect) {
  connect("ch", "one");
  provider_.play(pipeline::testing::hi(Dialect::openai_chat, Mode::whole));
  const std::vector<std::pair<Dialect, std::vector<std::string>>> rows{
      {Dialect::openai_chat,
       {"/v1/chat/completions", "/v1/v1/chat/completions", "/api/v1/chat/completions",
        "/chat/completions", "/v1/chat/completions/", "/v1/chat/completions?odd=1",
        "/v1/providers/ch/chat/completions", "/v1/v1/providers/ch/chat/completions",
        "/api/v1/providers/ch/chat/completions"}},
      {Dialect::anthropic,
       {"/v1/messages", "/v1/v1/messages", "/api/v1/messages", "/v1/messages?beta=true"}},
      {Dialect::openai_responses,
       {"/v1/responses", "/v1/v1/responses", "/api/v1/responses", "/responses", "/v1/responses/x",
        "/v1/v1/responses/x", "/responses/x/y", "/codex/responses", "/v1/codex/responses",
        "/api/v1/responses/x"}},
      {Dialect::ollama, {"/api/chat", "/v1/api/chat", "/api/v1/api/chat"}},
      {Dialect::gemini,
       {"/v1beta/models/ch/m:generateContent", "/api/v1beta/models/ch/m:generateContent",
        "/v1beta/models/ch%2Fm:generateContent", "/v1/models/ch/m:generateContent",
        "/api/v1/models/ch/m:generateContent",
        "/v1beta/publishers/google/models/ch/m:generateContent"}}};
  for (const auto& [dialect, paths] : rows) {
    for (const std::string& path : paths) {
      SCOPED_TRACE(path);
      const TestAnswer answer = ask({path, turn(dialect, "ch/m").body});
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(pipeline::testing::hear(dialect, answer).text, "Hi") << answer.body;
    }
  }
}

TEST_F(DataPlaneTest, WhereThereIsNothingItSaysSoInTheDialectOfThePath) {
  for (const auto& [path, part] : std::vector<std::pair<std::string, std::string>>{
           {"/v1/nothing", R"("param":null,"code":"not_found"}})"},
           {"/v1/messages/batches", R"({"type":"error","error":)"},
           {"/v1beta/nothing", R"("status":"NOT_FOUND")"}}) {
    const TestAnswer answer = path.starts_with("/v1beta") ? ask({path, "{}"}) : get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_TRUE(answer.says(part)) << answer.body;
    EXPECT_EQ(answer.field("content-type"), "application/json");
  }
  const TestAnswer wrong = get("/v1/chat/completions");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("allow"), "POST, OPTIONS");
  EXPECT_TRUE(wrong.says(R"("code":"method_not_allowed")")) << wrong.body;
  EXPECT_EQ(ask({"/v1beta/models/ch/m:embed", "{}"}).status, 404);
  net::testing::RawClient client(port());
  client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 104857601\r\n\r\n");
  const TestAnswer large = pipeline::testing::parse_answer(client.read_to_end());
  EXPECT_EQ(large.status, 413);
  EXPECT_TRUE(large.says(R"("code":"request_too_large")")) << large.body;
}

TEST(DataPlane, KnowsTheDialectOfEveryChatAndOfNothingElse) {
  std::map<std::string, std::optional<Dialect>> dialects;
  for (const net::Route& row : DataPlane::rows()) {
    dialects[std::string(name_of(row.method)) + " " + std::string(row.pattern)] =
        dialect_of_chat(row);
  }
  EXPECT_EQ(dialects["POST /v1/chat/completions"], Dialect::openai_chat);
  EXPECT_EQ(dialects["POST /v1/providers/{provider}/chat/completions"], Dialect::openai_chat);
  EXPECT_EQ(dialects["POST /v1/messages"], Dialect::anthropic);
  EXPECT_EQ(dialects["POST /codex/{rest...}"], Dialect::openai_responses);
  EXPECT_EQ(dialects["POST /v1beta/models/{name...}"], Dialect::gemini);
  EXPECT_EQ(dialects["POST /api/chat"], Dialect::ollama);
  for (const char* const row :
       {"POST /v1/messages/count_tokens", "GET /v1/models", "GET /api/tags", "POST /api/show"}) {
    EXPECT_TRUE(dialects.contains(row) && !dialects[row]) << row;
  }
}

TEST_F(DataPlaneTest, CountsTokensAtThePathsOfBothDialects) {
  const std::string body = turn(Dialect::anthropic, "ch/m").body;
  for (const char* const path : {"/v1/messages/count_tokens", "/api/v1/messages/count_tokens",
                                 "/v1/v1/messages/count_tokens"}) {
    EXPECT_EQ(ask({path, body}).body, R"({"input_tokens":1})");
  }
  for (const char* const path :
       {"/v1beta/models/ch/m:countTokens", "/v1/models/ch/m:countTokens"}) {
    const TestAnswer answer = ask({path, turn(Dialect::gemini, "ch/m").body});
    EXPECT_TRUE(answer.says(R"({"totalTokens":1,)")) << answer.body;
  }
}

TEST_F(DataPlaneTest, CountsTheInputOfResponses) {
  for (const char* const path : {"/v1/responses/input_tokens", "/responses/input_tokens",
                                 "/api/v1/responses/input_tokens"}) {
    EXPECT_EQ(ask({path, turn(Dialect::openai_responses, "ch/m").body}).body,
              R"({"object":"response.input_tokens","input_tokens":1})");
    EXPECT_EQ(ask({path, R"({"input":"Hi"})"}).status, 200) << "whoever counts may name no model";
  }
}

TEST_F(DataPlaneTest, AnswersNothingAboutResponsesThatItDoesNotKeep) {
  const std::string body = turn(Dialect::openai_responses, "ch/m").body;
  for (const char* const path : {"/v1/responses/resp_1/cancel", "/v1/responses/compact"}) {
    const TestAnswer answer = ask({path, body});
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_TRUE(answer.says("No responses are kept here")) << answer.body;
  }
}

TEST_F(DataPlaneTest, ListsEverythingWhileNobodyHasAnAccount) {
  const Names all = models();
  for (const char* const name : {"ch/m", "an/m", "cc/claude-opus-4-6", "demo/echo"}) {
    EXPECT_TRUE(holds(all, name)) << name;
  }
}

TEST_F(DataPlaneTest, ListsTheModelsOfWhoeverHasAnAccount) {
  connect("ch", "one");
  for (const char* const path : {"/v1/models", "/v1", "/models", "/api/v1/models", "/api/v1",
                                 "/v1/v1/models", "/v1/v1", "/v1/models/"}) {
    EXPECT_EQ(listed(get(path), "data", "id"), Names{"ch/m"}) << path;
  }
}

TEST_F(DataPlaneTest, AModelStandsUnderTheAliasAndTheIdOfItsProvider) {
  connect("claude", "one");
  const TestAnswer answer = get("/v1/models");
  const Names ids = listed(answer, "data", "id");
  ASSERT_GE(ids.size(), 2U);
  EXPECT_TRUE(ids[0].starts_with("cc/")) << ids[0];
  EXPECT_EQ(ids[1], "claude/" + ids[0].substr(3));
  EXPECT_TRUE(answer.says(R"("root":")" + ids[0].substr(3) + R"(","parent":null)"));
  EXPECT_TRUE(answer.says(R"("parent":")" + ids[0] + "\""));
  EXPECT_TRUE(answer.says(R"("owned_by":"claude")"));
}

TEST_F(DataPlaneTest, WhatAUserHasDefinedIsShownByItsPrefix) {
  const std::string id = "openai-compatible-chat-9f";
  write([&](sql::Session& session) {
    return store::add_provider_node(session, {.id = id,
                                              .type = "openai-compatible",
                                              .name = "Lab",
                                              .prefix = "lab",
                                              .api_type = "chat",
                                              .base_url = "http://127.0.0.1:1/v1"});
  });
  connect(id, "one");
  add_model("lab", "own", "chat");
  EXPECT_TRUE(get("/v1/models").says(R"("owned_by":"lab")"));
  EXPECT_TRUE(get("/api/tags").says(R"("family":"lab")"));
  EXPECT_TRUE(
      ask({"/api/show", R"({"model":"lab/own"})"}).says(R"("general.architecture":"lab","lab.)"));
  for (const char* const path : {"/v1/models", "/api/tags", "/v1beta/models"}) {
    EXPECT_FALSE(get(path).says(id)) << path;
  }
}

TEST_F(DataPlaneTest, AListIsOneOfOpenaiAndOneOfAnthropicAtOnce) {
  connect("ch", "one");
  const TestAnswer answer = get("/v1/models", "anthropic-version: 2023-06-01\r\n");
  EXPECT_EQ(answer.body,
            R"({"object":"list","data":[{"id":"ch/m","object":"model","created":1704067200,)"
            R"("owned_by":"ch","permission":[],"root":"m","parent":null,"type":"model",)"
            R"("capabilities":{"tool_calling":true,"vision":false,"reasoning":false},)"
            R"("display_name":"M","created_at":"2024-01-01T00:00:00.000Z"}],)"
            R"("has_more":false,"first_id":"ch/m","last_id":"ch/m"})");
}

TEST_F(DataPlaneTest, AModelWhoseDateNobodyKnowsHasTheSameAtAnyTime) {
  connect("ch", "one");
  for (const char* const path : {"/v1/models", "/v1/models/ch/m", "/api/tags"}) {
    const std::string before = get(path).body;
    advance(std::chrono::hours(25));
    EXPECT_EQ(get(path).body, before) << path;
  }
}

TEST_F(DataPlaneTest, OtherKindsOfModelsComeLaterAndSayWhatTheyAre) {
  connect("ch", "one");
  connect("openai", "two");
  add_model("ch", "own", "chat");
  add_model("ch", "own-embedding", "embeddings");
  const TestAnswer answer = get("/v1/models");
  const Names ids = listed(answer, "data", "id");
  const Names types = listed(answer, "data", "type");
  const auto place = [&](std::string_view id) { return std::ranges::find(ids, id) - ids.begin(); };
  EXPECT_LT(place("openai/gpt-4o"), place("openai/text-embedding-3-small"));
  EXPECT_LT(place("openai/text-embedding-3-small"), place("openai/dall-e-3"));
  EXPECT_LT(place("openai/dall-e-3"), place("openai/whisper-1"));
  EXPECT_LT(place("openai/whisper-1"), place("ch/own"));
  EXPECT_LT(place("ch/own"), place("ch/own-embedding"));
  EXPECT_EQ(types[place("openai/text-embedding-3-small")], "embedding");
  EXPECT_EQ(types[place("openai/dall-e-3")], "image");
  EXPECT_EQ(types[place("openai/whisper-1")], "audio");
  EXPECT_TRUE(answer.says(R"("type":"embedding","dimensions":1536)"));
  EXPECT_TRUE(answer.says(R"("supported_sizes":["1024x1024")"));
  EXPECT_TRUE(answer.says(R"("root":"own","parent":null,"type":"model","custom":true)"));
}

TEST_F(DataPlaneTest, AKeyIsShownTheModelsThatItMayUse) {
  connect("ch", "one");
  connect("an", "two");
  connect("claude", "three");
  add_key("some", [](store::ApiKey& key) {
    key.allowed_models = {"an/*", "claude/claude-opus-*"};
  });
  const Names names = models("authorization: Bearer sk-some\r\n");
  EXPECT_TRUE(holds(names, "an/m"));
  EXPECT_FALSE(holds(names, "ch/m"));
  EXPECT_TRUE(holds(names, "claude/claude-opus-4-6")) << "by either of its names";
  EXPECT_TRUE(holds(names, "cc/claude-opus-4-6"));
  for (const std::string& name : names) {
    EXPECT_TRUE(name.starts_with("an/") || name.find("/claude-opus-") != std::string::npos) << name;
  }
  const std::string fields = "x-goog-api-key: sk-some\r\n";
  EXPECT_FALSE(get("/v1beta/models", fields).says("ch/m"));
  EXPECT_FALSE(get("/api/tags", "authorization: Bearer sk-some\r\n").says("ch/m"));
  EXPECT_EQ(get("/v1/models/ch/m", "authorization: Bearer sk-some\r\n").status, 404);
}

TEST_F(DataPlaneTest, CombosComeFirstInEveryList) {
  connect("ch", "one");
  add_combo("best", R"({"models":["ch/m"],"context_length":5000})");
  add_combo("off", R"({"models":["ch/m"],"isActive":false})");
  add_combo("secret", R"({"models":["ch/m"],"isHidden":true})");
  const std::string all = get("/v1/models").body;
  EXPECT_TRUE(all.starts_with(R"({"object":"list","data":[{"id":"best","object":"model",)")) << all;
  EXPECT_NE(all.find(R"("owned_by":"combo","permission":[],"root":"best","parent":null)"),
            std::string::npos)
      << all;
  for (const char* const path : {"/v1/models", "/v1beta/models", "/api/tags"}) {
    const std::string list = get(path).body;
    EXPECT_NE(list.find("best"), std::string::npos) << list;
    EXPECT_EQ(list.find("off\""), std::string::npos) << list;
    EXPECT_EQ(list.find("secret"), std::string::npos) << list;
  }
  EXPECT_NE(get("/v1/models/best").body.find(R"("context_length":5000)"), std::string::npos);
}

TEST_F(DataPlaneTest, HiddenModelsAreInNoList) {
  connect("ch", "one");
  write([](sql::Session& session) {
    return store::put_model_switches(session, {.provider = "ch", .model = "m", .hidden = true});
  });
  EXPECT_EQ(models(), Names{});
  EXPECT_TRUE(get("/v1/models").says(R"("first_id":null,"last_id":null)"));
  EXPECT_FALSE(get("/v1beta/models").says("ch/m"));
  EXPECT_FALSE(get("/api/tags").says("ch/m"));
}

TEST_F(DataPlaneTest, ListsModelsAsGeminiDoes) {
  connect("claude", "one");
  connect("ch", "two");
  for (const char* const path : {"/v1beta/models", "/api/v1beta/models"}) {
    const TestAnswer answer = get(path);
    const Names names = listed(answer, "models", "name");
    EXPECT_TRUE(holds(names, "models/ch/m"));
    EXPECT_TRUE(holds(names, "models/cc/claude-opus-4-6"));
    EXPECT_FALSE(answer.says("models/claude/")) << "each under one name";
    EXPECT_TRUE(answer.says(R"("description":"ch model: M","supportedGenerationMethods":)"
                            R"(["generateContent","streamGenerateContent","countTokens"],)"
                            R"("inputTokenLimit":128000,"outputTokenLimit":8192)"))
        << answer.body;
  }
  EXPECT_EQ(get("/v1/models", "x-goog-api-client: x\r\n").body, get("/v1beta/models").body);
  const TestAnswer one = get("/v1beta/models/ch/m");
  EXPECT_TRUE(one.body.starts_with(R"({"name":"models/ch/m",)")) << one.head << one.body;
  const TestAnswer missing = get("/v1beta/models/nobody/m");
  EXPECT_EQ(missing.status, 404);
  EXPECT_TRUE(missing.says(R"("status":"NOT_FOUND")")) << missing.body;
}

TEST_F(DataPlaneTest, ListsModelsAsOllamaDoes) {
  connect("ch", "one");
  add_model("ch", "own-embedding", "embeddings");
  for (const char* const path : {"/api/tags", "/v1/api/tags"}) {
    const TestAnswer answer = get(path);
    EXPECT_EQ(listed(answer, "models", "name"), Names{"ch/m"});
    EXPECT_EQ(listed(answer, "models", "digest").at(0).size(), 64U);
    EXPECT_TRUE(answer.says(R"("details":{"parent_model":"","format":"gguf","family":"ch",)"
                            R"("families":["ch"],"parameter_size":"","quantization_level":""})"));
  }
  EXPECT_EQ(get("/api/version").body, R"({"version":"0.12.0"})");
  const TestAnswer shown = ask({"/api/show", R"({"model":"ch/m"})"});
  EXPECT_TRUE(
      shown.says(R"("model_info":{"general.architecture":"ch","ch.context_length":128000})"));
  EXPECT_TRUE(shown.says(R"("capabilities":["completion","tools"])")) << shown.body;
  EXPECT_EQ(ask({"/api/show", R"({"name":"ch/m"})"}).status, 200);
  for (const char* const body : {R"({"model":"nobody/m"})", "{}", "7", "{"}) {
    const TestAnswer missing = ask({"/api/show", body});
    EXPECT_EQ(missing.status, 404) << body;
    EXPECT_TRUE(missing.body.starts_with(R"({"error":")")) << missing.body;
  }
}

TEST_F(DataPlaneTest, ShowsOneModelByAnyOfItsNames) {
  connect("claude", "one");
  for (const char* const name :
       {"cc/claude-opus-4-6", "claude/claude-opus-4-6", "claude-opus-4-6"}) {
    const TestAnswer answer = get("/v1/models/" + std::string(name));
    EXPECT_EQ(answer.status, 200) << name;
    EXPECT_TRUE(answer.body.starts_with(R"({"id":")" + std::string(name) + "\"")) << answer.body;
  }
  const TestAnswer missing = get("/v1/models/cc/unheard-of");
  EXPECT_EQ(missing.status, 404);
  EXPECT_TRUE(missing.says(R"("code":"model_not_found")")) << missing.body;
}

}  // namespace
}  // namespace omni::ingress
