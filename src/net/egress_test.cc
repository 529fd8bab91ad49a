#include "net/egress.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::get;
using testing::Outcome;
using testing::RawUpstream;

std::vector<Address> addresses(const std::vector<std::string>& texts) {
  std::vector<Address> out;
  for (const std::string& text : texts) {
    const Result<std::vector<Address>> one = Resolver::numeric(text, 443);
    EXPECT_TRUE(one) << text;
    if (one) out.push_back(one->front());
  }
  return out;
}

/// "open": for every call, "local": for calls to what is near; else why it is refused to both.
std::string shown(const std::string& text) {
  const Result<std::vector<Address>> open = reachable(text, addresses({text}), Reach::open);
  const Result<std::vector<Address>> local = reachable(text, addresses({text}), Reach::local);
  if (open) return local ? "open" : "open, but not local";
  if (local) return "local";
  EXPECT_EQ(open.error().message(), local.error().message());
  EXPECT_EQ(local.error().kind(), Error::Kind::forbidden);
  const std::string& message = local.error().message();
  return message.substr(text.size() + 4, message.find(',') - text.size() - 4);
}

TEST(Egress, KnowsWhereEveryAddressLies) {
  const std::string link = "a link-local address";
  const std::string metadata = "an address of cloud metadata";
  const std::string nobody = "an unspecified address";
  const std::string many = "a multicast or broadcast address";
  const std::string tunnel = "an address of a tunnel";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1.1.1.1", "open"},
      {"8.8.8.8", "open"},
      {"9.255.255.255", "open"},
      {"10.0.0.0", "local"},
      {"10.255.255.255", "local"},
      {"11.0.0.0", "open"},
      {"100.63.255.255", "open"},
      {"100.64.0.0", "local"},
      {"100.100.100.199", "local"},
      {"100.100.100.200", metadata},
      {"100.127.255.255", "local"},
      {"100.128.0.0", "open"},
      {"126.255.255.255", "open"},
      {"127.0.0.1", "local"},
      {"127.255.255.255", "local"},
      {"127.1", "local"},
      {"2130706433", "local"},
      {"0x7f.1", "local"},
      {"128.0.0.0", "open"},
      {"168.63.129.16", metadata},
      {"168.63.129.17", "open"},
      {"169.253.255.255", "open"},
      {"169.254.0.0", link},
      {"169.254.169.254", link},
      {"2852039166", link},
      {"169.255.0.0", "open"},
      {"172.15.255.255", "open"},
      {"172.16.0.0", "local"},
      {"172.31.255.255", "local"},
      {"172.32.0.0", "open"},
      {"192.0.0.192", metadata},
      {"192.0.2.1", "local"},
      {"192.167.255.255", "open"},
      {"192.168.0.0", "local"},
      {"192.168.255.255", "local"},
      {"192.169.0.0", "open"},
      {"198.18.0.1", "local"},
      {"198.20.0.0", "open"},
      {"0.0.0.0", nobody},
      {"0.1.2.3", nobody},
      {"223.255.255.255", "open"},
      {"224.0.0.1", many},
      {"239.255.255.255", many},
      {"240.0.0.1", "local"},
      {"255.255.255.255", many},
      {"::", nobody},
      {"::1", "local"},
      {"2606:4700:4700::1111", "open"},
      {"2001:db8::1", "local"},
      {"fc00::1", "local"},
      {"fdff::1", "local"},
      {"fd00:ec2::254", metadata},
      {"fd00:ec2::253", "local"},
      {"fd20:ce::254", metadata},
      {"fe80::1", link},
      {"febf::1", link},
      {"fec0::1", "local"},
      {"ff02::1", many},
      {"4000::1", "local"},
      {"2001::1", tunnel},
      {"::ffff:8.8.8.8", "open"},
      {"::ffff:127.0.0.1", "local"},
      {"::ffff:169.254.169.254", link},
      {"::ffff:100.100.100.200", metadata},
      {"::ffff:0.0.0.0", nobody},
      {"::ffff:0:169.254.169.254", link},
      {"::169.254.169.254", link},
      {"::10.0.0.1", "local"},
      {"64:ff9b::8.8.8.8", "open"},
      {"64:ff9b::10.0.0.1", "local"},
      {"64:ff9b::169.254.169.254", link},
      {"64:ff9b::100.100.100.200", metadata},
      {"64:ff9b:1::8.8.8.8", tunnel},
      {"2002:808:808::1", "open"},
      {"2002:7f00:1::", "local"},
      {"2002:a9fe:a9fe::1", link},
      {"2002:6464:64c8::1", metadata},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(shown(text), expected) << text;
}

TEST(Egress, OfSeveralAddressesThoseThatAreAllowedStay) {
  const std::vector<Address> found =
      addresses({"10.0.0.1", "8.8.8.8", "169.254.169.254", "2606:4700::1", "::1"});
  EXPECT_EQ(reachable("mixed.example", found, Reach::open)->size(), 2U);
  EXPECT_EQ(reachable("mixed.example", found, Reach::local)->size(), 4U);
}

TEST(Egress, RefusalNamesTheHostAndWhatItIs) {
  EXPECT_EQ(reachable("a.example", addresses({"10.0.0.1"}), Reach::open).error().message(),
            "a.example resolves to a private address, where this call may not go");
  EXPECT_EQ(may_ask_for("10.0.0.1", Reach::open).error().message(),
            "10.0.0.1 is a private address, where this call may not go");
  EXPECT_TRUE(may_ask_for("10.0.0.1", Reach::local));
  EXPECT_TRUE(may_ask_for("a.example", Reach::open));
  EXPECT_FALSE(may_ask_for("169.254.169.254", Reach::local));
}

// --- as calls meet it ---

/// A client whose resolver says that every name is at `address`.
ClientWorld::Options everything_at(Address address) {
  return {
      .limits = {}, .ca_file = {}, .look_up = [address](const std::string&, std::uint16_t port) {
        Address found = address;
        reinterpret_cast<sockaddr_in&>(found.bytes).sin_port = htons(port);
        return Result<std::vector<Address>>(std::vector<Address>{found});
      }};
}

Call with_reach(Call call, Reach reach) {
  call.reach = reach;
  return call;
}

TEST(EgressOfCalls, IsPublicUnlessTheCallSaysOtherwise) { EXPECT_EQ(Call{}.reach, Reach::open); }

TEST(EgressOfCalls, PublicNameThatMeansThisMachineIsRefusedBeforeAConnection) {
  ClientWorld world(everything_at(testing::loopback_address(0)));
  const RawUpstream upstream;
  const Call call = get({Scheme::http, "api.example", upstream.port()});
  const Outcome outcome = call_and_wait(world, with_reach(call, Reach::open));
  EXPECT_TRUE(outcome.failed_as(Error::Kind::forbidden));
  EXPECT_EQ(outcome.message(),
            "api.example resolves to a loopback address, where this call may not go");
  EXPECT_FALSE(upstream.has_waiting());
}

TEST(EgressOfCalls, MetadataIsRefusedEvenToCallsOfThisNetwork) {
  ClientWorld world(everything_at(addresses({"169.254.169.254"}).front()));
  for (const Reach reach : {Reach::open, Reach::local}) {
    const Call call = with_reach(get({Scheme::http, "api.example", 80}), reach);
    EXPECT_EQ(call_and_wait(world, call).message(),
              "api.example resolves to a link-local address, where this call may not go");
  }
}

TEST(EgressOfCalls, ConnectionsOfOtherReachesAreNotRidden) {
  ClientWorld world;
  RawUpstream upstream;
  Calling near(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  EXPECT_EQ(near.wait().body, "ok");
  EXPECT_EQ(world.resting(), 1U);
  const Outcome far = call_and_wait(world, with_reach(get(upstream.origin()), Reach::open));
  EXPECT_TRUE(far.failed_as(Error::Kind::forbidden));
}

TEST(EgressOfCalls, RedirectionIsAnAnswerAndNotFollowed) {
  ClientWorld world;
  RawUpstream upstream;
  RawUpstream elsewhere;
  Calling calling(world, get(upstream.origin()));
  RawUpstream::Connection connection = upstream.accept();
  connection.read_head();
  connection.send("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:" +
                  std::to_string(elsewhere.port()) + "/\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(calling.wait().status, 307);
  EXPECT_FALSE(elsewhere.has_waiting());
}

TEST(EgressOfCalls, ProxyIsNotAskedForWhatTheCallMayNotReach) {
  ClientWorld world(everything_at(addresses({"10.0.0.1"}).front()));
  const RawUpstream at;
  for (const Proxy::Kind kind :
       {Proxy::Kind::http, Proxy::Kind::https, Proxy::Kind::socks5, Proxy::Kind::socks5h}) {
    const Proxy proxy{kind, "127.0.0.1", at.port(), std::nullopt};
    const bool we_resolve = kind == Proxy::Kind::socks5;
    Call call = get({Scheme::http, we_resolve ? "api.example" : "10.0.0.1", 80});
    call.proxy = &proxy;
    EXPECT_TRUE(
        call_and_wait(world, with_reach(call, Reach::open)).failed_as(Error::Kind::forbidden));
    EXPECT_FALSE(at.has_waiting());
  }
}

TEST(EgressOfCalls, ProxyItselfMayBeNearButNoMetadata) {
  ClientWorld world;
  RawUpstream upstream;
  Proxy proxy{Proxy::Kind::http, "127.0.0.1", upstream.port(), std::nullopt};
  Call call = with_reach(get({Scheme::http, "api.example", 80}), Reach::open);
  call.proxy = &proxy;
  {
    const Calling calling(world, call);
    EXPECT_TRUE(upstream.accept().read_head().starts_with("CONNECT api.example:80 "));
  }
  proxy.host = "169.254.169.254";
  EXPECT_EQ(call_and_wait(world, call).message(),
            "proxy: 169.254.169.254 is a link-local address, where this call may not go");
}

}  // namespace
}  // namespace omni::net
