#include "gateway/noted_gate.h"

#include "pipeline/test_pipeline.h"

namespace omni::gateway {
namespace {

class NotedGateTest : public pipeline::testing::PipelineTest {
 protected:
  /// Its status.
  int post(const std::string& key) {
    NotedGate gate(gate_, parts());
    const auto answer = [](net::Exchange& exchange) { return exchange.reply(200, {}, ""); };
    net::Router router({{net::Method::post, "/v1/messages", net::Role::client, "", answer}}, &gate);
    net::testing::TestServer server(world_, [&](net::Exchange& exchange) {
      exchange.set_id("r-1");
      return router.handle(exchange);
    });
    net::testing::RawClient client(server.port());
    client.send(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n"
        "x-api-key: " +
        key + "\r\n\r\n");
    return std::stoi(client.read_answer().substr(9, 3));
  }
};

TEST_F(NotedGateTest, ARequestThatItsKeysLimitsTurnAwayIsACallLikeOthers) {
  add_key("slow", [](store::ApiKey& key) { key.requests_per_minute_max = 1; });
  EXPECT_EQ(post("sk-slow"), 200);
  EXPECT_EQ(post("sk-slow"), 429);
  EXPECT_EQ(calls("request_id || ' ' || method || ' ' || path || ' ' || status || ' ' || "
                  "api_key_name || ' ' || source_format || ' ' || attempts"),
            "r-1 POST /v1/messages 429 slow anthropic 0");
  EXPECT_NE(calls("error"), "");
  EXPECT_EQ(watch_.traffic.sums().failures, 1U);
}

TEST_F(NotedGateTest, OfAKeyThatKeepsNoLogThereIsNoWordOfWhy) {
  add_key("quiet", [](store::ApiKey& key) {
    key.requests_per_minute_max = 1;
    key.no_log = true;
  });
  post("sk-quiet");
  EXPECT_EQ(post("sk-quiet"), 429);
  EXPECT_EQ(calls("status || error"), "429");
}

TEST_F(NotedGateTest, WhoShowsNoKeyThatIsKnownFillsNoLog) {
  set("requireApiKey", [](store::Settings& settings) { settings.require_api_key = true; });
  EXPECT_EQ(post("sk-anything"), 401);
  EXPECT_EQ(watch_.traffic.sums().requests, 0U);
  EXPECT_EQ(usage_->counts().stored, 0U);
}

}  // namespace
}  // namespace omni::gateway
