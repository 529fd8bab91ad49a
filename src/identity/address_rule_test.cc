#include "identity/address_rule.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace omni::identity {
namespace {

std::string canonical(std::string_view text) {
  const Result<AddressRule> rule = AddressRule::parse(text);
  return rule ? rule->text() : rule.error().message();
}

bool matches(std::string_view rule, std::string_view address) {
  return AddressRule::parse(rule)->matches(parse_address(address).value());
}

TEST(AddressRule, HasOneTextHoweverItWasWritten) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> texts{{
      {"192.0.2.1", "192.0.2.1"},
      {" 192.0.2.1 ", "192.0.2.1"},
      {"192.0.2.1/32", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.9/120", "192.0.2.0/24"},
      {"192.0.2.9/24", "192.0.2.0/24"},
      {"192.0.2.9/31", "192.0.2.8/31"},
      {"192.0.*", "192.0.0.0/16"},
      {"192.0.*.*", "192.0.0.0/16"},
      {"10.*", "10.0.0.0/8"},
      {"192.0.2.*", "192.0.2.0/24"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"2001:DB8::1/32", "2001:db8::/32"},
      {"::/0", "::/0"},
      {"::1/128", "::1"},
  }};
  for (const auto& [text, expected] : texts) EXPECT_EQ(canonical(text), expected) << text;
}

TEST(AddressRule, MatchesWhatBeginsAlike) {
  EXPECT_TRUE(matches("192.0.2.0/25", "192.0.2.127"));
  EXPECT_FALSE(matches("192.0.2.0/25", "192.0.2.128"));
  EXPECT_TRUE(matches("192.0.*", "192.0.255.1"));
  EXPECT_FALSE(matches("192.0.*", "192.1.0.1"));
  EXPECT_TRUE(matches("2001:db8:8000::/33", "2001:db8:ffff::1"));
  EXPECT_FALSE(matches("2001:db8:8000::/33", "2001:db8:7fff::1"));
  EXPECT_TRUE(matches("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(matches("192.0.2.1", "192.0.2.2"));
}

TEST(AddressRule, TakesAMappedAddressForIpv4) {
  EXPECT_TRUE(matches("192.0.2.0/24", "::ffff:192.0.2.7"));
  EXPECT_TRUE(matches("::ffff:192.0.2.0/120", "192.0.2.7"));
}

TEST(AddressRule, KeepsTheFamiliesApart) {
  EXPECT_TRUE(matches("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(matches("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(matches("::/0", "2001:db8::1"));
  EXPECT_FALSE(matches("::/0", "192.0.2.1"));
}

TEST(AddressRule, SaysWhatIsWrongWithItsText) {
  EXPECT_EQ(canonical(""), "an address is missing");
  EXPECT_EQ(canonical("example.com"), "\"example.com\" is no IPv4 or IPv6 address");
  EXPECT_EQ(canonical("192.0.2.300"), "\"192.0.2.300\" is no IPv4 or IPv6 address");
  EXPECT_EQ(canonical("192.0.2.1/33"),
            "\"192.0.2.1/33\" has a prefix that is no number from 0 to 32");
  EXPECT_EQ(canonical("192.0.2.1/"), "\"192.0.2.1/\" has a prefix that is no number from 0 to 32");
  EXPECT_EQ(canonical("::/129"), "\"::/129\" has a prefix that is no number from 0 to 128");
  EXPECT_EQ(canonical("\x1b[31m/1"), "\"?[31m/1\" is no IPv4 or IPv6 address");
  for (const std::string_view text :
       {"*", "*.1", "1.*.1", "1.2.3.4.*", "1.2*", "2001:*", "1..*", "1.*/8", "256.*"}) {
    EXPECT_NE(canonical(text).find("is no wildcard"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace omni::identity
