#include "api/connection_models.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ConnectionModelsTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    serve(models_.routes());
    add({.id = "c", .provider = "acme", .api_key = Secret("sk-canary")});
  }
  void add(const store::Connection& connection) {
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
  }
  void answer(int status, std::string body) {
    prober_.answer = [=](const std::string&) {
      return ProbeAnswer{.status = status, .body = body, .text = {}};
    };
  }
  std::string list(const std::string& more = "") {
    return get("/api/providers/c/models" + more).body;
  }

  ConnectionModels models_{*with_};
};

TEST_F(ConnectionModelsTest, AreAskedForOnceAndThenRemembered) {
  answer(200, R"({"data":[{"id":"a","display_name":"A"},{"id":"b"}]})");
  const std::string models = R"("models":[{"id":"a","name":"A","source":"imported"},)"
                             R"({"id":"b","name":"b","source":"imported"}],"source":)";
  const std::string head = R"({"provider":"acme","connectionId":"c",)" + models;
  EXPECT_EQ(list(), head + R"("api"})");
  answer(200, R"({"data":[]})");
  EXPECT_EQ(list(), head + R"("cache"})");
  EXPECT_EQ(list("?refresh=true"),
            R"({"provider":"acme","connectionId":"c","models":[],"source":"api"})");
}

TEST_F(ConnectionModelsTest, AreAskedForAnewAfterAChangeOfTheAccount) {
  answer(200, R"({"data":[{"id":"a"}]})");
  list();
  write([](sql::Session& session) {
    return session.run("UPDATE provider_connections SET updated_at = 7");
  });
  EXPECT_NE(list().find(R"("source":"api"})"), std::string::npos);
}

TEST_F(ConnectionModelsTest, ComeFromTheCatalogueWhereTheProviderDoesNotAnswer) {
  answer(401, R"({"error":{"message":"not sk-canary"}})");
  const std::string body = list();
  EXPECT_NE(body.find(R"({"id":"large","name":"Large","source":"catalog"})"), std::string::npos);
  EXPECT_NE(body.find(R"("source":"local_catalog","warning":"not ***"})"), std::string::npos)
      << body;
}

TEST_F(ConnectionModelsTest, LeaveOutWhatIsHidden) {
  answer(200, R"(["a","b"])");
  write([](sql::Session& session) {
    return store::put_model_switches(session, {.provider = "acme", .model = "a", .hidden = true});
  });
  EXPECT_EQ(list("?excludeHidden=true").find(R"("id":"a")"), std::string::npos);
  EXPECT_NE(list().find(R"("id":"a")"), std::string::npos);
}

TEST_F(ConnectionModelsTest, OfAUsersOwnProviderAreLookedForInSeveralPlaces) {
  write([](sql::Session& session) {
    return store::add_provider_node(session, {.id = "n",
                                              .type = "openai-compatible",
                                              .name = "Lab",
                                              .prefix = "lab",
                                              .models_path = "/list"});
  });
  add({.id = "own", .provider = "n"});
  prober_.answer = [](const std::string& question) {
    if (question.find("/v1/models") == question.npos) return ProbeAnswer{.status = 404};
    return ProbeAnswer{.status = 200, .body = R"({"models":[{"name":"models/x"}]})", .text = {}};
  };
  EXPECT_NE(get("/api/providers/own/models").body.find(R"({"id":"x","name":"x")"),
            std::string::npos);
  EXPECT_EQ(prober_.questions(), (std::vector<std::string>{"models n /list ", "models n /models ",
                                                           "models n /v1/models "}));
  answer(403, "");
  EXPECT_EQ(get("/api/providers/own/models?refresh=true").status, 403);
  answer(200, "<html>");
  EXPECT_EQ(get("/api/providers/own/models?refresh=true").status, 502);
  EXPECT_EQ(get("/api/providers/none/models").status, 404);
}

TEST(ModelList, IsReadInTheFormOfEveryDialect) {
  const auto first = [](std::string_view body) {
    const auto list = read_model_list(body);
    if (!list || list->models.empty()) return std::string("none");
    return list->models.front().id + "=" + list->models.front().name +
           (list->complete ? "" : " and more");
  };
  EXPECT_EQ(first(R"({"object":"list","data":[{"id":"m"}]})"), "m=m");
  EXPECT_EQ(first(R"({"data":[{"id":"m","display_name":"M"}]})"), "m=M");
  EXPECT_EQ(first(R"({"models":[{"name":"models/m","displayName":"M"}]})"), "m=M");
  EXPECT_EQ(first(R"({"models":[{"name":"m:latest","model":"m:latest"}]})"), "m:latest=m:latest");
  EXPECT_EQ(first(R"([{"id":"m"}])"), "m=m");
  EXPECT_EQ(first(R"({"data":[{"id":"m"}],"has_more":true})"), "m=m and more");
  EXPECT_EQ(first(R"({"data":[{"id":"m"}],"has_more":false,"nextPageToken":""})"), "m=m");
  EXPECT_EQ(first(R"({"models":[{"name":"m"}],"nextPageToken":"x"})"), "m=m and more");
  for (const char* none : {"", "{}", "1", R"({"data":{}})", R"({"data":[{"id":1}]})", "[1"}) {
    EXPECT_EQ(first(none), "none") << none;
  }
}

}  // namespace
}  // namespace omni::api
