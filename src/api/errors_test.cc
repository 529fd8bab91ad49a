#include "api/errors.h"

#include <gtest/gtest.h>

#include "net/test_net.h"

namespace omni::api {
namespace {

using net::testing::RawClient;
using net::testing::TestServer;
using net::testing::World;

/// What a client gets from a handler.
std::string answer_of(const net::testing::FunctionService::Function& handler) {
  World world;
  const TestServer server(world, handler);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  return client.read_answer();
}

TEST(Errors, TellCodeMessageTypeAndTheNameOfTheRequest) {
  const std::string answer = answer_of([](net::Exchange& exchange) {
    exchange.set_id("r-1");
    return answer_error(exchange, ErrorForm::object, {Error::Kind::not_found, "Key not found"});
  });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
  EXPECT_NE(answer.find("\r\ncontent-type: application/json\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with(R"({"error":{"code":"NOT_FOUND","message":"Key not found",)"
                               R"("type":"not_found","correlation_id":"r-1"}})"))
      << answer;
}

TEST(Errors, AreATextWhereScriptsKnowATextOfThem) {
  const std::string answer = answer_of([](net::Exchange& exchange) {
    return answer_error(exchange, ErrorForm::text, {Error::Kind::not_found, "No \"key\""});
  });
  EXPECT_TRUE(answer.ends_with(R"({"error":"No \"key\""})")) << answer;
}

TEST(Errors, SayWhenToComeBackWhereThatHelps) {
  const std::string answer = answer_of([](net::Exchange& exchange) {
    return answer_error(exchange, ErrorForm::object, {Error::Kind::unavailable, "Shutting down"});
  });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("\r\nretry-after: 5\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with(R"({"error":{"code":"SERVICE_UNAVAILABLE",)"
                               R"("message":"Shutting down","type":"unavailable"}})"))
      << answer;
}

TEST(Errors, HaveTheCodesOfTheContract) {
  EXPECT_EQ(code_of(Error::Kind::unauthorized), "AUTH_001");
  EXPECT_EQ(code_of(Error::Kind::too_large), "PAYLOAD_TOO_LARGE");
  const std::string answer = answer_of([](net::Exchange& exchange) {
    return answer_error(exchange, ErrorForm::object, {Error::Kind::too_large, "m"});
  });
  EXPECT_NE(answer.find(R"("type":"payload_too_large")"), std::string::npos) << answer;
}

TEST(Errors, ListAllThatIsWrongWithARequest) {
  const std::string answer = answer_of([](net::Exchange& exchange) {
    return answer_invalid(exchange, {{"a.b", "is required"}, {"c", "must be \"x\""}});
  });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.ends_with(R"({"error":{"message":"Invalid request","details":[)"
                               R"({"field":"a.b","message":"is required"},)"
                               R"({"field":"c","message":"must be \"x\""}]}})"))
      << answer;
}

}  // namespace
}  // namespace omni::api
