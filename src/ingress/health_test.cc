#include "ingress/health.h"

#include <gtest/gtest.h>

#include "net/test_net.h"

namespace omni::ingress {
namespace {

using net::testing::RawClient;
using net::testing::TestServer;
using net::testing::World;

class HealthTest : public ::testing::Test {
 protected:
  std::string get(const std::string& path) {
    RawClient client(server_.port());
    client.send("GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n");
    return client.read_answer();
  }

  World world_;
  Health health_;
  net::Router router_{health_.routes()};
  TestServer server_{world_, [this](net::Exchange& exchange) { return router_.handle(exchange); }};
};

TEST_F(HealthTest, IsAliveAsSoonAsItAnswers) {
  const std::string answer = get("/healthz");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("\r\ncontent-type: application/json\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"status\":\"ok\"}"));
}

TEST_F(HealthTest, IsReadyFromTheStartToTheDrain) {
  EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 503 "));
  health_.set_ready(true);
  const std::string answer = get("/readyz");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(answer.ends_with("{\"status\":\"ready\"}"));
  health_.set_ready(false);
  EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 503 "));
}

TEST_F(HealthTest, IsOpenToAnybody) {
  for (const net::Route& route : health_.routes()) EXPECT_EQ(route.role, net::Role::open);
}

}  // namespace
}  // namespace omni::ingress
