#include "identity/address.h"

#include <gtest/gtest.h>

namespace omni::identity {
namespace {

std::string canonical(std::string_view text) {
  const std::optional<Address> address = parse_address(text);
  return address ? text_of(*address) : "none";
}

TEST(Address, HasOneTextHoweverItWasWritten) {
  EXPECT_EQ(canonical("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(canonical("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(canonical("::"), "::");
}

TEST(Address, OfIpv4IsTheSameInsideIpv6) {
  EXPECT_EQ(parse_address("::ffff:192.0.2.1"), parse_address("192.0.2.1"));
  EXPECT_EQ(canonical("::ffff:c000:201"), "192.0.2.1");
  EXPECT_TRUE(is_ipv4(*parse_address("::ffff:192.0.2.1")));
  EXPECT_FALSE(is_ipv4(*parse_address("::192.0.2.1")));
}

TEST(Address, IsNothingElse) {
  for (const std::string_view text :
       {"", "localhost", "192.0.2", "192.0.2.256", "192.0.2.01", "0x7f.0.0.1", "192.0.2.1:80",
        "[::1]", "fe80::1%eth0", " 192.0.2.1", "2001:db8::1::2",
        "1111:2222:3333:4444:5555:6666:7777"}) {
    EXPECT_EQ(canonical(text), "none") << text;
  }
  EXPECT_EQ(canonical(std::string_view("192.0.2.1\0", 10)), "none");
  EXPECT_EQ(canonical(std::string(1000, '1')), "none");
}

TEST(Address, OfLoopbackIsKnownInAllItsForms) {
  for (const std::string_view text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback(*parse_address(text))) << text;
  }
  for (const std::string_view text : {"128.0.0.1", "::2", "::", "0.0.0.0", "::127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(*parse_address(text))) << text;
  }
}

}  // namespace
}  // namespace omni::identity
