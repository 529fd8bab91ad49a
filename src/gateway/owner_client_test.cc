#include "gateway/owner_client.h"

#include <gtest/gtest.h>

#include "net/test_net.h"
#include "store/test_folder.h"

namespace omni::gateway {
namespace {

/// A server on the socket file that answers all requests alike.
class OwnerClientTest : public testing::Test {
 protected:
  void serve(net::testing::FunctionService::Function function) {
    service_.emplace(std::move(function));
    server_.emplace(world_.loops, *service_, world_.clock);
    ASSERT_TRUE(server_->listen_unix(folder_.file("omniroute.sock")));
  }
  void answer(int status, std::string body) {
    serve([status, body](net::Exchange& exchange) { return exchange.reply_json(status, body); });
  }
  Result<std::string> get() { return OwnerClient(folder_.path()).get("/x"); }
  std::string failure() {
    const Result<std::string> got = get();
    return got ? "answered " + *got : got.error().message();
  }

  const store::TestFolder folder_;
  net::testing::World world_;
  std::optional<net::testing::FunctionService> service_;
  std::optional<net::Server> server_;
};

TEST_F(OwnerClientTest, AsksAndBringsTheAnswer) {
  serve([](net::Exchange& exchange) -> net::Task<Status> {
    const Result<std::string> body = co_await exchange.read_body();
    std::string seen(exchange.request().method());
    seen.append(" ").append(exchange.request().target()).append(" ").append(*body);
    seen.append(" ").append(exchange.request().field("content-type"));
    co_return co_await exchange.reply_json(200, seen + exchange.peer().address);
  });
  const OwnerClient client(folder_.path());
  EXPECT_EQ(*client.get("/a?b"), "GET /a?b  ");
  EXPECT_EQ(*client.ask("PUT", "/c", "{}"), "PUT /c {} application/json");
}

TEST_F(OwnerClientTest, BringsALargeAnswerWhole) {
  const std::string body(3'000'000, 'b');
  answer(200, body);
  EXPECT_EQ(*get(), body);
}

TEST_F(OwnerClientTest, SaysWhatTheGatewaySaysInEitherForm) {
  answer(404, R"({"error":"Key not found"})");
  EXPECT_EQ(failure(), "Key not found");
  EXPECT_EQ(get().error().kind(), Error::Kind::not_found);
}

TEST_F(OwnerClientTest, SaysEverythingThatIsWrongWithARequest) {
  answer(400,
         R"({"error":{"message":"Invalid request","details":[{"field":"a","message":"why"}]}})");
  EXPECT_EQ(failure(), "Invalid request\n  a: why");
}

TEST_F(OwnerClientTest, NamesTheStatusOfAFailureWithoutWords) {
  answer(500, "<html>");
  EXPECT_EQ(failure(), "HTTP status 500");
  EXPECT_EQ(get().error().kind(), Error::Kind::upstream);
}

TEST_F(OwnerClientTest, RefusesAnAnswerOfUnknownLength) {
  serve([](net::Exchange& exchange) -> net::Task<Status> {
    if (Status begun = exchange.begin(200, {}); !begun) co_return begun;
    co_return co_await exchange.finish("chunked");
  });
  EXPECT_EQ(failure(), "the running omniroute answers with too much");
}

TEST_F(OwnerClientTest, SaysThatNoneRunsAndHowToStartOne) {
  EXPECT_EQ(get().error().kind(), Error::Kind::unavailable);
  EXPECT_NE(failure().find("omniroute serve"), std::string::npos);
}

}  // namespace
}  // namespace omni::gateway
