#include "api/provider_nodes.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ProviderNodesTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(nodes_.routes()); }
  TestAnswer make(const std::string& members) {
    return send("POST", "/api/provider-nodes", R"({"name":"Lab",)" + members + "}");
  }
  static std::string member(const TestAnswer& answer, std::string_view name) {
    json::Reader reader;
    return std::string(reader.read(answer.body).at("node").at(name).text());
  }

  ProviderNodes nodes_{*with_, *changes_};
};

TEST_F(ProviderNodesTest, PostApiProviderNodesDefinesOneOfEachKind) {
  struct Case {
    std::string members, id, base;
  };
  for (const Case& each :
       {Case{R"("prefix":"a")", "openai-compatible-chat-", "https://api.openai.com/v1"},
        Case{R"("prefix":"b","apiType":"responses","baseUrl":"http://10.0.0.4:8000/v1//")",
             "openai-compatible-responses-", "http://10.0.0.4:8000/v1"},
        Case{R"("prefix":"c","type":"anthropic-compatible",)"
             R"("baseUrl":"https://x.example/v1/messages/")",
             "anthropic-compatible-", "https://x.example/v1"},
        Case{R"("prefix":"d","type":"gemini-compatible")", "gemini-compatible-",
             "https://generativelanguage.googleapis.com/v1beta"},
        Case{R"("prefix":"e","type":"ollama-compatible")", "ollama-compatible-",
             "http://127.0.0.1:11434"}}) {
    const TestAnswer made = make(each.members);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(member(made, "id").substr(0, each.id.size()), each.id);
    EXPECT_EQ(member(made, "id").size(), each.id.size() + 36);
    EXPECT_EQ(member(made, "baseUrl"), each.base);
  }
  EXPECT_EQ(store_->current()->provider_nodes.size(), 5U);
  EXPECT_TRUE(audit().starts_with("provider_node.created session ollama-compatible-"));
  EXPECT_TRUE(get("/api/provider-nodes").body.ends_with(R"("ccCompatibleProviderEnabled":false})"));
}

TEST_F(ProviderNodesTest, PostApiProviderNodesRefusesWhatCannotBe) {
  EXPECT_EQ(make(R"("apiType":"chat")").status, 400);
  EXPECT_EQ(make(R"("prefix":"a/b")").status, 400);
  EXPECT_EQ(make(R"("prefix":"a","baseUrl":"ftp://x")").status, 400);
  EXPECT_EQ(make(R"("prefix":"a","baseUrl":"http://me:word@x")").status, 400);
  EXPECT_EQ(make(R"("prefix":"a","chatPath":"chat")").status, 400);
  EXPECT_EQ(make(R"("prefix":"a","compatMode":"cc")").status, 400);
  EXPECT_EQ(audit(), "");
}

TEST_F(ProviderNodesTest, HaveAPrefixThatLeadsNowhereElse) {
  EXPECT_EQ(make(R"("prefix":"lab")").status, 201);
  EXPECT_EQ(make(R"("prefix":"LAB")").status, 409);
  EXPECT_EQ(make(R"("prefix":"acme")").status, 409);
  EXPECT_EQ(make(R"("prefix":"AC")").status, 409);
  write([](sql::Session& session) {
    return session.run(
        "INSERT INTO combos (id, name, data, created_at, updated_at) "
        "VALUES ('c', 'Fast', '{}', 0, 0)");
  });
  const TestAnswer taken = make(R"("prefix":"fast")");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.body, R"({"error":"prefix: is the name of a combo"})");
  EXPECT_EQ(audit().find(", "), std::string::npos);
}

TEST_F(ProviderNodesTest, PutApiProviderNodesIdChangesWhatItNames) {
  const std::string id = member(make(R"("prefix":"lab","chatPath":"/c")"), "id");
  const std::string path = "/api/provider-nodes/" + id;
  const TestAnswer changed =
      send("PUT", path, R"({"prefix":"labor","baseUrl":"http://10.0.0.5/v1/","chatPath":null})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  const store::ProviderNode node = store_->current()->provider_nodes.front();
  EXPECT_EQ(node.id, id);
  EXPECT_EQ(node.name + " " + node.prefix + " " + node.base_url + node.chat_path,
            "Lab labor http://10.0.0.5/v1");
  EXPECT_EQ(send("PATCH", path, R"({"prefix":"bin"})").status, 409);
  EXPECT_EQ(send("PUT", "/api/provider-nodes/none", R"({"name":"x"})").status, 404);
  EXPECT_EQ(store_->current()->provider_nodes.front().prefix, "labor");
}

TEST_F(ProviderNodesTest, DeleteApiProviderNodesIdTakesItsAccountsAlong) {
  const std::string id = member(make(R"("prefix":"lab")"), "id");
  write([&](sql::Session& session) {
    Status done = store::add_connection(session, store_->sealer(), {.id = "a", .provider = id});
    if (!done) return done;
    return store::add_connection(session, store_->sealer(), {.id = "b", .provider = "acme"});
  });
  const TestAnswer gone = ask({.method = "DELETE", .path = "/api/provider-nodes/" + id});
  EXPECT_EQ(gone.body, R"({"success":true})");
  EXPECT_EQ(select("SELECT id FROM provider_connections"), "b");
  EXPECT_TRUE(store_->current()->provider_nodes.empty());
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/provider-nodes/" + id}).status, 404);
}

}  // namespace
}  // namespace omni::api
