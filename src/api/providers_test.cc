#include "api/providers.h"

#include "api/provider_nodes.h"
#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

constexpr std::string_view key = "sk-canary-0123456789abcdef";

class ProvidersTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    std::vector<Route> rows = providers_.routes();
    for (Route& row : nodes_.routes()) rows.push_back(std::move(row));
    serve(std::move(rows));
  }
  std::string make(const std::string& members = "", std::string provider = "acme") {
    const TestAnswer made = send("POST", "/api/providers",
                                 R"({"provider":")" + provider + R"(","apiKey":")" +
                                     std::string(key) + R"(","name":"work")" + members + "}");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.body.find("canary"), std::string::npos) << made.body;
    json::Reader reader;
    return std::string(reader.read(made.body).at("connection").at("id").text());
  }
  TestAnswer change(const std::string& id, std::string body) {
    return send("PUT", "/api/providers/" + id, std::move(body));
  }
  store::Connection stored(const std::string& id) {
    for (const store::Connection& each : store_->current()->connections) {
      if (each.id == id) return each;
    }
    ADD_FAILURE() << "there is no " << id;
    return {};
  }
  static bool has(const TestAnswer& answer, std::string_view part) {
    return answer.body.find(part) != std::string::npos;
  }
  std::string order() {
    return select("SELECT name || priority FROM provider_connections ORDER BY provider, priority");
  }

  Providers providers_{*with_, *changes_};
  ProviderNodes nodes_{*with_, *changes_};
};

TEST_F(ProvidersTest, PostApiProvidersKeepsAnAccountSealedAndShowsNoKey) {
  const std::string id =
      make(R"(,"group":"a","providerSpecificData":{"consoleApiKey":"canary-c"})");
  EXPECT_EQ(stored(id).api_key.reveal(), key);
  EXPECT_EQ(stored(id).group, "a");
  EXPECT_EQ(audit(), "provider.credentials.created session acme:work");
  const TestAnswer shown = get("/api/providers/" + id);
  EXPECT_TRUE(has(shown, R"("keyHint":"…cdef")")) << shown.body;
  EXPECT_TRUE(has(shown, R"("providerSpecificData":{})")) << shown.body;
  EXPECT_EQ((shown.body + get("/api/providers").body).find("canary"), std::string::npos);
  EXPECT_EQ(everything_stored().find("canary"), std::string::npos);
  EXPECT_EQ(log_lines_.find("canary"), std::string::npos);
  EXPECT_NE(stored(id).data.text().find("canary-c"), std::string_view::npos);
}

TEST_F(ProvidersTest, PostApiProvidersTakesProvidersThatThereAre) {
  const auto status = [this](const std::string& body) {
    return send("POST", "/api/providers", body).status;
  };
  EXPECT_EQ(status(R"({"provider":"none","name":"a","apiKey":"k"})"), 400);
  EXPECT_EQ(status(R"({"provider":"openai-compatible-chat-x","name":"a","apiKey":"k"})"), 404);
  EXPECT_EQ(status(R"({"provider":"login","name":"a","apiKey":"k"})"), 400);
  EXPECT_EQ(status(R"({"provider":"acme","name":"a"})"), 400);
  EXPECT_EQ(status(R"({"provider":"acme","name":"a","apiKey":"  "})"), 400);
  EXPECT_EQ(status(R"({"provider":"acme","name":"a","apiKey":"a\r\nb: c"})"), 400);
  EXPECT_EQ(status(R"({"provider":"acme","apiKey":"k"})"), 400);
  EXPECT_TRUE(store_->current()->connections.empty());
  EXPECT_EQ(audit(), "");
  EXPECT_EQ(status(R"({"provider":"bin","name":"a"})"), 201);
  EXPECT_EQ(status(R"({"provider":"AC","name":"a","apiKey":" k \n"})"), 201);
  EXPECT_EQ(select("SELECT provider FROM provider_connections ORDER BY provider"), "acme bin");
  EXPECT_EQ(std::string(store_->current()->connections.back().api_key.reveal()) +
                std::string(store_->current()->connections.front().api_key.reveal()),
            "k");
}

TEST_F(ProvidersTest, PostApiProvidersWantsWhatTheAddressNeeds) {
  const auto make_tenant = [this](const std::string& data) {
    return send(
        "POST", "/api/providers",
        R"({"provider":"tenant","name":"a","apiKey":"k","providerSpecificData":)" + data + "}");
  };
  EXPECT_TRUE(has(make_tenant("{}"), "providerSpecificData.resource"));
  EXPECT_EQ(make_tenant(R"({"resource":"mine"})").status, 201);
  EXPECT_EQ(make_tenant(R"({"baseUrl":"https://other.example/v1"})").status, 201);
}

TEST_F(ProvidersTest, CheckWhatOnlyTheProviderNeeds) {
  const std::string id = make();
  for (const std::string data :
       {R"({"baseUrl":"ftp://x"})", R"({"baseUrl":"http://user:word@x"})",
        R"({"baseurl":"http://x"})", R"({"customUserAgent":"a\nb: c"})",
        R"({"openaiStoreEnabled":1})", R"({"requestDefaults":{"reasoningEffort":"huge"}})",
        R"({"tags":[""]})", R"({"excludedModels":["**"]})", R"({"excludedModels":{"a":1}})"}) {
    EXPECT_EQ(change(id, R"({"providerSpecificData":)" + data + "}").status, 400) << data;
  }
  EXPECT_EQ(stored(id).data.text(), "{}");
}

TEST_F(ProvidersTest, ShowAProxyWithoutItsLogInWhichStaysWhenThatComesBack) {
  const std::string id =
      make(R"(,"providerSpecificData":{"proxyUrl":"http://me:canary@10.0.0.9:3128"})");
  const TestAnswer shown = change(id, R"({"priority":2})");
  EXPECT_FALSE(has(shown, "canary")) << shown.body;
  EXPECT_TRUE(has(shown, R"("proxyUrl":"http://10.0.0.9:3128")")) << shown.body;
  change(id, R"({"providerSpecificData":{"proxyUrl":"http://10.0.0.9:3128"}})");
  EXPECT_EQ(stored(id).data.text(), R"({"proxyUrl":"http://me:canary@10.0.0.9:3128"})");
  change(id, R"({"providerSpecificData":{"proxyUrl":"http://10.0.0.8:3128"}})");
  EXPECT_EQ(stored(id).data.text(), R"({"proxyUrl":"http://10.0.0.8:3128"})");
  const TestAnswer refused = change(id, R"({"providerSpecificData":{"proxyUrl":"ftp://x"}})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused, "providerSpecificData.proxyUrl")) << refused.body;
}

TEST_F(ProvidersTest, MergeWhatOnlyTheProviderNeedsAndTakeNullAway) {
  const std::string id =
      make(R"(,"providerSpecificData":{"tag":"a","consoleApiKey":"canary","region":"eu"})");
  const TestAnswer changed =
      change(id, R"({"providerSpecificData":{"tag":"b","region":null,"excludedModels":["x*"]}})");
  EXPECT_TRUE(has(changed, R"("providerSpecificData":{"tag":"b","excludedModels":["x*"]})"))
      << changed.body;
  EXPECT_EQ(stored(id).data.text(),
            R"({"tag":"b","consoleApiKey":"canary","excludedModels":["x*"]})");
}

TEST_F(ProvidersTest, AreNumberedAnewWhenOneComesGoesOrMoves) {
  make("", "bin");
  const auto add = [this](const std::string& name, const std::string& more = "") {
    const TestAnswer made =
        send("POST", "/api/providers",
             R"({"provider":"acme","apiKey":"k","name":")" + name + "\"" + more + "}");
    json::Reader reader;
    return std::string(reader.read(made.body).at("connection").at("id").text());
  };
  const std::string a = add("a");
  add("b");
  const std::string c = add("c", R"(,"priority":1)");
  EXPECT_EQ(order(), "c1 a2 b3 work1");
  EXPECT_TRUE(has(change(a, R"({"priority":3})"), R"("priority":3)"));
  EXPECT_EQ(order(), "c1 b2 a3 work1");
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/providers/" + c}).status, 200);
  EXPECT_EQ(order(), "b1 a2 work1");
}

TEST_F(ProvidersTest, PutApiProvidersIdChangesWhatItNames) {
  const std::string id = make();
  clock_.advance(Millis(1000));
  const TestAnswer answer = change(
      id, R"({"name":"home","globalPriority":4,"defaultModel":"large","isActive":false,)"
          R"("group":"g","maxConcurrent":2,"healthCheckInterval":5,"testStatus":"error",)"
          R"("lastError":"no","lastErrorAt":"2026-03-01T10:00:00Z","lastErrorType":"t",)"
          R"("lastErrorSource":"s","errorCode":"401","rateLimitedUntil":"2026-03-02T10:00:00Z",)"
          R"("rateLimitProtection":true,"lastTested":"2026-03-01T09:00:00Z"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(has(
      answer, R"("name":"home","priority":1,"globalPriority":4,"isActive":false,"group":"g",)"
              R"("defaultModel":"large","maxConcurrent":2,"rateLimitProtection":true,)"
              R"("healthCheckInterval":5,"testStatus":"error","errorCode":"401","lastError":"no",)"
              R"("lastErrorAt":"2026-03-01T10:00:00.000Z","lastErrorType":"t",)"
              R"("lastErrorSource":"s","rateLimitedUntil":"2026-03-02T10:00:00.000Z",)"
              R"("lastTested":"2026-03-01T09:00:00.000Z")"))
      << answer.body;
  EXPECT_TRUE(has(answer, R"("updatedAt":"2026-03-01T10:00:01.000Z")"));
  const TestAnswer cleared = change(
      id, R"({"globalPriority":null,"defaultModel":null,"group":null,"maxConcurrent":null,)"
          R"("lastError":null,"lastErrorAt":null,"rateLimitedUntil":null,"lastTested":null})");
  EXPECT_TRUE(has(cleared, R"("isActive":false,"maxConcurrent":null,)")) << cleared.body;
  EXPECT_FALSE(has(cleared, "globalPriority"));
  EXPECT_FALSE(has(cleared, R"("lastError")"));
  EXPECT_TRUE(audit().starts_with("provider.credentials.updated session acme:home, "));
}

TEST_F(ProvidersTest, PutApiProvidersIdRefusesWhatItCannotDo) {
  const std::string id = make();
  EXPECT_EQ(change(id, "{}").body, R"({"error":"No valid fields to update"})");
  EXPECT_EQ(change(id, R"({"unknown":1})").status, 400);
  EXPECT_EQ(change(id, R"({"priority":0})").status, 400);
  EXPECT_EQ(change(id, R"({"apiKey":null})").status, 400);
  EXPECT_EQ(change("none", R"({"name":"a"})").status, 404);
  EXPECT_EQ(get("/api/providers/none").body, R"({"error":"Connection not found"})");
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/providers/none"}).status, 404);
  EXPECT_EQ(stored(id).api_key.reveal(), key);
  write([&](sql::Session& session) {
    return session.run("UPDATE provider_connections SET auth_type = 'oauth'");
  });
  EXPECT_EQ(change(id, R"({"apiKey":"k"})").status, 400);
}

TEST_F(ProvidersTest, ForgetWhatWentWrongWithANewKeyAndANewStart) {
  const std::string id = make();
  const std::string wrong = R"({"isActive":false,"testStatus":"error","lastError":"no"})";
  const auto spoil = [&] {
    EXPECT_EQ(change(id, wrong).status, 200);
    write([&](sql::Session& session) {
      return session.run("UPDATE provider_connections SET backoff_level = 3");
    });
  };
  const auto status = [&] {
    const store::Connection now = stored(id);
    return now.test_status + now.last_error + std::to_string(now.backoff_level);
  };
  spoil();
  EXPECT_EQ(change(id, R"({"name":"other","apiKey":""})").status, 200);
  EXPECT_EQ(status(), "errorno3");
  EXPECT_EQ(change(id, R"({"isActive":true})").status, 200);
  EXPECT_EQ(status(), "unknown0");
  spoil();
  EXPECT_EQ(change(id, R"({"apiKey":"another-canary"})").status, 200);
  EXPECT_EQ(status(), "unknown0");
  EXPECT_EQ(stored(id).api_key.reveal(), "another-canary");
  EXPECT_EQ(select("SELECT details FROM audit_log").find("canary"), std::string::npos);
  EXPECT_NE(select("SELECT details FROM audit_log").find(R"("keyChanged":true)"),
            std::string::npos);
}

TEST_F(ProvidersTest, SayWhatTheLastRequestHasFoundAndKeepIt) {
  const std::string id = make();
  const auto now = store_->current();
  const catalog::Provider& acme = *catalog_->find("acme");
  const account::Rules rules;
  const auto attempt = [&](const account::Verdict& verdict) {
    const std::array candidates{&now->connections.front()};
    accounts_.settle(std::get<account::Lease>(accounts_.borrow(
                         {.provider = &acme, .candidates = candidates, .rules = &rules})),
                     verdict);
  };
  attempt({.blame = account::Verdict::Blame::account,
           .next = account::Verdict::Next::next_account,
           .rest = account::Verdict::Rest::model,
           .binding = true,
           .status = 429,
           .message = "slow down"});
  const std::string shown =
      R"("testStatus":"unavailable","errorCode":"429","lastError":"slow down",)"
      R"("lastErrorAt":"2026-03-01T10:00:00.000Z","lastErrorType":"upstream_rate_limited",)"
      R"("lastErrorSource":"upstream","rateLimitedUntil":"2026-03-01T10:00:01.000Z")";
  EXPECT_TRUE(has(get("/api/providers"), shown)) << get("/api/providers").body;
  EXPECT_TRUE(has(get("/api/providers/" + id), R"("backoffLevel":1)"));
  EXPECT_EQ(stored(id).test_status, "unknown") << "a request writes nothing";
  accounts_.flush(store_->database());
  write([](sql::Session&) { return Nothing{}; });
  EXPECT_EQ(stored(id).test_status, "unavailable");
  clock_.advance(std::chrono::seconds(2));
  attempt({});
  EXPECT_TRUE(has(get("/api/providers/" + id), R"("testStatus":"active")"));
  EXPECT_TRUE(has(change(id, R"({"name":"other"})"), R"("testStatus":"active")"));
  EXPECT_EQ(stored(id).test_status + stored(id).last_error, "active") << "with any change of it";
}

TEST_F(ProvidersTest, OfAUsersOwnShowWhatThatSays) {
  const TestAnswer node = send("POST", "/api/provider-nodes",
                               R"({"name":"Lab","prefix":"lab","apiType":"chat",)"
                               R"("baseUrl":"http://10.0.0.4:8000/v1"})");
  json::Reader reader;
  const std::string node_id(reader.read(node.body).at("node").at("id").text());
  const TestAnswer made =
      send("POST", "/api/providers",
           R"({"provider":")" + node_id +
               R"(","name":"a","providerSpecificData":{"baseUrl":"http://x"}})");
  EXPECT_TRUE(has(made, R"("providerSpecificData":{"prefix":"lab","apiType":"chat",)"
                        R"("baseUrl":"http://10.0.0.4:8000/v1","nodeName":"Lab"})"))
      << made.body;
  EXPECT_EQ(store_->current()->connections.front().data.text(), "{}");
}

}  // namespace
}  // namespace omni::api
