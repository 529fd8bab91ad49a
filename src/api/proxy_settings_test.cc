#include "api/proxy_settings.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

constexpr std::string_view nothing = R"({"global":null,"providers":{},"combos":{},"keys":{}})";
const std::string path = "/api/settings/proxy";

class ProxySettingsTest : public testing::ApiTest {
 protected:
  ProxySettingsTest() : group_(*with_, *changes_, options()) { serve(group_.routes()); }

  static ProxySettings::Options options() {
    return {
        .variables = {
            .https = Secret("http://of-environment:3128"), .http = {}, .all = {}, .no_proxy = {}}};
  }
  TestAnswer put(std::string body) { return send("PUT", path, std::move(body)); }
  std::string url(std::string_view level, std::string_view id = "") {
    for (const store::ProxyRow& row : store_->current()->proxies) {
      if (row.level == level && row.id == id) return std::string(row.url.reveal());
    }
    return "none";
  }
  void connect(std::string data = "{}") {
    store::Connection connection{.id = "c1", .provider = "acme"};
    connection.data = json::Raw::trusted(std::move(data));
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
  }
  std::string resolved() { return get(path + "?resolve=c1").body; }

  ProxySettings group_;
};

TEST_F(ProxySettingsTest, PutApiSettingsProxySetsOneOrSeveralAndNullTakesThemAway) {
  connect();
  EXPECT_EQ(get(path).body, nothing);
  const TestAnswer one = put(R"({"level":"provider","id":"acme",)"
                             R"("proxy":{"type":"http","host":"p.example","port":"3128"}})");
  EXPECT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(one.body, R"({"global":null,"providers":{"acme":{"type":"http","host":"p.example",)"
                      R"("port":3128}},"combos":{},"keys":{}})");
  EXPECT_EQ(put(R"({"global":{"type":"https","host":"::1","port":1},"keys":{"c1":"http://k:2"},)"
                R"("providers":{"acme":null}})")
                .status,
            200);
  EXPECT_EQ(url("global"), "https://[::1]:1");
  EXPECT_EQ(url("key", "c1"), "http://k:2");
  EXPECT_EQ(url("provider", "acme"), "none");
  EXPECT_EQ(get(path + "?level=key&id=c1").body,
            R"({"level":"key","id":"c1","proxy":{"type":"http","host":"k","port":2}})");
  EXPECT_EQ(get(path + "?level=global").body,
            R"({"level":"global","id":null,"proxy":{"type":"https","host":"::1","port":1}})");
}

TEST_F(ProxySettingsTest, RefusesOneForWhatIsNotThere) {
  for (const std::string& level : {"provider", "combo", "key"}) {
    const std::string place = R"({"level":")" + level + R"(","id":"nobody","proxy":)";
    const TestAnswer answer = put(place + R"("http://a:1"})");
    EXPECT_EQ(answer.status, 400) << level;
    EXPECT_NE(answer.body.find("there is no such " + level), std::string::npos) << answer.body;
    EXPECT_EQ(put(place + "null}").status, 200) << "what is gone may still be taken away";
  }
}

TEST_F(ProxySettingsTest, DeleteApiSettingsProxyTakesOneAway) {
  put(R"({"global":"http://a:1","providers":{"acme":"http://b:2"}})");
  EXPECT_EQ(ask({.method = "DELETE", .path = path + "?level=provider&id=acme"}).status, 200);
  EXPECT_EQ(ask({.method = "DELETE", .path = path + "?level=global"}).body, nothing);
  EXPECT_EQ(ask({.method = "DELETE", .path = path}).status, 400);
}

TEST_F(ProxySettingsTest, NeverShowsAPasswordAndKeepsTheOneThatIsSentBackAsStars) {
  const std::string with =
      R"({"global":{"type":"http","host":"a","port":1,"username":"me","password":")";
  const TestAnswer answer = put(with + "s3cr:et@\"}}");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("username":"me","password":"***"})"), std::string::npos);
  EXPECT_EQ(put(with + "***\"}}").status, 200);
  EXPECT_EQ(url("global"), "http://me:s3cr%3Aet%40@a:1");
  EXPECT_EQ(get(path).body.find("s3cr"), std::string::npos);
  EXPECT_EQ(select("SELECT details FROM audit_log").find("s3cr"), std::string::npos);
  EXPECT_EQ(log_lines_.find("s3cr"), std::string::npos);
}

TEST_F(ProxySettingsTest, RefusesWhatIsNoProxyAndChangesNothing) {
  for (const char* const body :
       {R"({})", R"({"proxy":"http://a"})", R"({"level":"global","id":"x","proxy":"http://a"})",
        R"({"level":"provider","proxy":"http://a"})", R"({"level":"planet","proxy":null})",
        R"({"global":7})", R"({"global":"a:1"})", R"({"providers":[]})",
        R"({"global":{"type":"ftp","host":"a","port":1}})",
        R"({"global":{"type":"http","host":"a","port":0}})",
        R"({"global":{"type":"http","host":"a","port":"65536"}})",
        R"({"global":{"type":"http","host":"u@a","port":1}})",
        R"({"keys":{"k":"http://b:1"},"global":{"type":"http","host":"a b","port":1}})"}) {
    EXPECT_EQ(put(body).status, 400) << body;
  }
  EXPECT_EQ(get(path).body, nothing);
}

TEST_F(ProxySettingsTest, RefusesSocksUntilItIsAllowedAndSaysHow) {
  const std::string socks = R"({"global":{"type":"socks5","host":"a","port":1080}})";
  const TestAnswer refused = put(socks);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("ENABLE_SOCKS5_PROXY"), std::string::npos) << refused.body;
  write([&](sql::Session& session) -> Status {
    store::Settings settings;
    settings.enable_socks5_proxy = true;
    const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
    return writer.store(settings, *store::find_setting("", "enableSocks5Proxy"));
  });
  EXPECT_EQ(put(socks).status, 200);
}

TEST_F(ProxySettingsTest, TellsWhichProxyAnAccountGoesThroughAndWhy) {
  EXPECT_EQ(get(path + "?resolve=c1").status, 404);
  connect();
  EXPECT_EQ(resolved(), R"({"proxy":{"type":"http","host":"of-environment","port":3128},)"
                        R"("level":"environment","levelId":"https"})");
  put(R"({"global":"http://a:1"})");
  EXPECT_EQ(resolved(), R"({"proxy":{"type":"http","host":"a","port":1},)"
                        R"("level":"global","levelId":null})");
  put(R"({"providers":{"acme":"http://b:2"}})");
  EXPECT_EQ(resolved(), R"({"proxy":{"type":"http","host":"b","port":2},)"
                        R"("level":"provider","levelId":"acme"})");
  put(R"({"keys":{"c1":"http://c:3"}})");
  EXPECT_EQ(resolved(), R"({"proxy":{"type":"http","host":"c","port":3},)"
                        R"("level":"key","levelId":"c1"})");
}

TEST_F(ProxySettingsTest, OfAnAccountGoWithIt) {
  connect();
  put(R"({"keys":{"c1":"http://c:3"}})");
  write([](sql::Session& session) { return store::delete_connection(session, "c1"); });
  EXPECT_EQ(get(path).body, nothing);
}

TEST_F(ProxySettingsTest, PostApiSettingsProxyTestTellsTheAddressThatOthersSee) {
  put(R"({"global":"http://me:secret@a:1"})");
  std::string question;
  Result<ProbeAnswer> said = ProbeAnswer{.status = 200, .body = R"({"ip":"203.0.113.9"})"};
  prober_.answer = [&](const std::string& asked) {
    question = asked;
    return said;
  };
  const std::string body = R"({"level":"global","proxy":{"type":"http","host":"a","port":1,)"
                           R"("username":"me","password":"***"}})";
  const auto test = [&] { return send("POST", path + "/test", body).body; };
  EXPECT_EQ(test(), R"({"success":true,"publicIp":"203.0.113.9","latencyMs":0,)"
                    R"("proxyUrl":"http://a:1"})");
  EXPECT_EQ(question, "through http://me:secret@a:1");
  said = ProbeAnswer{.status = 200, .body = "2001:db8::1\n"};
  EXPECT_NE(test().find(R"("publicIp":"2001:db8::1")"), std::string::npos);
  said = Error(Error::Kind::unavailable, "proxy: it closed the connection");
  EXPECT_EQ(test(), R"({"success":false,"error":"proxy: it closed the connection",)"
                    R"("latencyMs":0,"proxyUrl":"http://a:1"})");
  said = Error(Error::Kind::timed_out, "connecting took too long");
  EXPECT_NE(test().find("Connection timeout (10s)"), std::string::npos);
  said = Error(Error::Kind::unavailable, "the upstream closed the connection");
  EXPECT_NE(test().find(R"("success":true,"publicIp":null)"), std::string::npos)
      << "the tunnel was made";
}

}  // namespace
}  // namespace omni::api
