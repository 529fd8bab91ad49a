// Names and addresses, and what a connection makes of several of them.

#include "net/resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::Calling;
using testing::ClientWorld;
using testing::get;
using testing::loopback_address;
using testing::Outcome;
using testing::RawUpstream;
using testing::World;

/// What `resolver` makes of a host.
Result<std::vector<Address>> resolve(World& world, Resolver& resolver, const std::string& host) {
  Result<std::vector<Address>> found = Error(Error::Kind::internal, "not asked");
  world.run([&]() -> Task<> { found = co_await resolver.resolve(host, 443); });
  return found;
}

std::string text_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address.bytes);
  if (v4.sin_family == AF_INET) {
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, &address.bytes.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

Result<std::vector<Address>> nobody(const std::string&, std::uint16_t) {
  return Error(Error::Kind::unavailable, "nobody knows");
}

TEST(Resolver, NumbersAreNotLookedUp) {
  World world;
  std::atomic<int> asked = 0;
  Resolver resolver(1, [&](const std::string& host, std::uint16_t port) {
    ++asked;
    return nobody(host, port);
  });
  for (const char* host : {"127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"}) {
    const Result<std::vector<Address>> found = resolve(world, resolver, host);
    ASSERT_TRUE(found) << host;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(text_of(found->front()), host);
    EXPECT_EQ(ntohs(found->front().bytes.sin6_port), 443);
  }
  EXPECT_EQ(asked, 0);
  EXPECT_FALSE(resolve(world, resolver, "origin.example"));
  EXPECT_EQ(asked, 1);
}

TEST(Resolver, SystemKnowsLocalhost) {
  World world;
  const Result<std::vector<Address>> found = resolve(world, *world.resolver, "localhost");
  ASSERT_TRUE(found);
  const std::string first = text_of(found->front());
  EXPECT_TRUE(first == "127.0.0.1" || first == "::1") << first;
}

TEST(Resolver, NameWithoutAddressIsUnavailable) {
  World world;
  // No name has an empty part, which is found out without asking anybody.
  const Result<std::vector<Address>> found = resolve(world, *world.resolver, "no..name");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), Error::Kind::unavailable);
  EXPECT_TRUE(found.error().message().starts_with("the name cannot be resolved: "));
}

TEST(Resolver, AddressesAreTriedInTheirOrderUntilOneAnswers) {
  RawUpstream gone;
  gone.close();
  RawUpstream upstream;
  Address nowhere = loopback_address(gone.port());
  ClientWorld::Options options;
  options.look_up = [&](const std::string&, std::uint16_t port) {
    return Result<std::vector<Address>>({nowhere, nowhere, loopback_address(port), nowhere});
  };
  ClientWorld world(options);
  Calling calling(world, get({Scheme::http, "origin.example", upstream.port()}));
  RawUpstream::Connection connection = upstream.accept();
  EXPECT_NE(connection.read_head().find("\r\nhost: origin.example:"), std::string::npos);
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(calling.wait().body, "ok");
}

TEST(Resolver, LastRefusalIsReportedWhenNoneAnswers) {
  RawUpstream gone;
  gone.close();
  ClientWorld::Options options;
  options.look_up = [](const std::string&, std::uint16_t port) {
    return Result<std::vector<Address>>({loopback_address(port), loopback_address(port)});
  };
  ClientWorld world(options);
  const Outcome outcome =
      testing::call_and_wait(world, get({Scheme::http, "origin.example", gone.port()}));
  EXPECT_TRUE(outcome.failed_as(Error::Kind::unavailable));
  EXPECT_EQ(outcome.message(), "cannot connect: Connection refused");
}

TEST(Resolver, NoAddressAtAllIsAnError) {
  ClientWorld::Options options;
  options.look_up = [](const std::string&, std::uint16_t) {
    return Result<std::vector<Address>>(std::vector<Address>{});
  };
  ClientWorld world(options);
  EXPECT_TRUE(testing::call_and_wait(world, get({Scheme::http, "origin.example", 80}))
                  .failed_as(Error::Kind::unavailable));
}

}  // namespace
}  // namespace omni::net
