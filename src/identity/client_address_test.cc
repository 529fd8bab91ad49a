#include "identity/client_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace omni::identity {
namespace {

const std::vector<AddressRule>& proxies() {
  static const std::vector<AddressRule> rules{*AddressRule::parse("10.0.0.0/8"),
                                              *AddressRule::parse("::1")};
  return rules;
}

ClientAddress client(std::string socket, std::initializer_list<net::Field> list) {
  net::Fields fields;
  for (const net::Field& field : list) fields.add(field);
  return client_address({std::move(socket), false}, fields, proxies());
}

std::string address_of(std::string socket, std::initializer_list<net::Field> list) {
  const ClientAddress found = client(std::move(socket), list);
  return found.address ? text_of(*found.address) : "none";
}

TEST(ClientAddress, IsTheSocketsWhateverAStrangerSays) {
  EXPECT_EQ(address_of("192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(address_of("192.0.2.1", {{"X-Forwarded-For", "10.0.0.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("192.0.2.1", {{"X-Real-IP", "127.0.0.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("192.0.2.1", {{"Forwarded", "for=127.0.0.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("192.0.2.1", {{"CF-Connecting-IP", "127.0.0.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, IsTheFirstFromTheRightThatIsNoTrustedProxy) {
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("::ffff:10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"x-forwarded-for", "127.0.0.1, 192.0.2.1,10.9.9.9"}}),
            "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "10.0.0.7, 10.0.0.8"}}), "10.0.0.7");
}

TEST(ClientAddress, JoinsSeveralFieldsInTheirOrder) {
  EXPECT_EQ(address_of("10.0.0.1",
                       {{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
}

TEST(ClientAddress, IsNotHiddenByAQuoteThatDoesNotEnd) {
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "\", 192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "a\"\\, 192.0.2.1, 10.0.0.2"}}),
            "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Real-IP", "\", 192.0.2.1"}}), "192.0.2.1");
  for (const std::string_view begun : {"\"", "for=\"", "for=\"\\", "for=x;host=\"a,b", "\\\""}) {
    for (const std::string_view added : {", for=192.0.2.1;proto=https", ", for=\"192.0.2.1:80\""}) {
      const std::string value = std::string(begun).append(added);
      EXPECT_EQ(address_of("10.0.0.1", {{"Forwarded", value}}), "192.0.2.1") << value;
    }
  }
}

TEST(ClientAddress, ReadsPortsAndBrackets) {
  EXPECT_EQ(address_of("::1", {{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
  EXPECT_EQ(address_of("::1", {{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
  EXPECT_EQ(address_of("::1", {{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

TEST(ClientAddress, ReadsForwardedWithItsQuotes) {
  EXPECT_EQ(address_of("10.0.0.1", {{"Forwarded",
                                     "for=198.51.100.1, For=\"[2001:db8::1]:80\";proto=https;by=x,"
                                     " for=10.0.0.2;host=\"a,b;for=127.0.0.1\""}}),
            "2001:db8::1");
  EXPECT_EQ(address_of("10.0.0.1", {{"Forwarded", R"(by="a\",for=127.0.0.1";for=192.0.2.1)"}}),
            "192.0.2.1");
}

TEST(ClientAddress, PrefersWhatProxiesAppendToOverWhatAClientMayAdd) {
  const std::initializer_list<net::Field> all{{"X-Real-IP", "198.51.100.1"},
                                              {"Forwarded", "for=198.51.100.2"},
                                              {"X-Forwarded-For", "192.0.2.1"}};
  EXPECT_EQ(address_of("10.0.0.1", all), "192.0.2.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Real-IP", "192.0.2.1"}}), "192.0.2.1");
}

TEST(ClientAddress, IsTheLastKnownHopWhereNoAddressFollows) {
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1, unknown"}}), "10.0.0.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1, _hidden, 10.0.0.2"}}),
            "10.0.0.2");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", ""}}), "10.0.0.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"Forwarded", "proto=https"}}), "10.0.0.1");
  EXPECT_EQ(address_of("10.0.0.1", {{"X-Forwarded-For", "[::1"}}), "::1");
}

TEST(ClientAddress, IsLocalOnlyWhereNobodyPassedTheRequestOn) {
  EXPECT_TRUE(client("127.0.0.1", {}).local());
  EXPECT_TRUE(client("::1", {}).local());
  EXPECT_TRUE(client("", {}).local());  // the unix socket
  EXPECT_FALSE(client("192.0.2.1", {}).local());
  for (const std::string_view name : {"X-Forwarded-For", "x-real-ip", "Forwarded", "Via",
                                      "X-Forwarded-Proto", "CF-Connecting-IP"}) {
    EXPECT_FALSE(client("127.0.0.1", {{name, "127.0.0.1"}}).local()) << name;
  }
}

TEST(ClientAddress, TellsWhetherTheWayIsEncrypted) {
  EXPECT_TRUE(client_address({"192.0.2.1", true}, {}, proxies()).encrypted);
  EXPECT_FALSE(client("192.0.2.1", {{"X-Forwarded-Proto", "https"}}).encrypted);
  EXPECT_TRUE(client("10.0.0.1", {{"X-Forwarded-Proto", "HTTPS"}}).encrypted);
  EXPECT_TRUE(client("10.0.0.1", {{"Forwarded", "for=192.0.2.1;proto=https"}}).encrypted);
  EXPECT_FALSE(client("10.0.0.1", {{"X-Forwarded-Proto", "https, http"}}).encrypted);
}

}  // namespace
}  // namespace omni::identity
