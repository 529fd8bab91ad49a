#include "net/router.h"

#include <gtest/gtest.h>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::RawClient;
using testing::TestServer;
using testing::World;

TEST(Router, AnswersAnUnknownPathWith404) {
  World world;
  Router router({});
  TestServer server(world, [&](Exchange& exchange) { return router.handle(exchange); });
  RawClient client(server.port());
  client.send("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 404 Not Found\r\n"));
}

}  // namespace
}  // namespace omni::net
