#include "identity/ip_filter.h"

#include <gtest/gtest.h>

namespace omni::identity {
namespace {

using std::chrono::hours;

constexpr Clock::Wall now{hours{500'000}};

ClientAddress from(std::string_view address) { return {.address = parse_address(address)}; }

ClientAddress passed_on(std::string_view address) {
  return {.address = parse_address(address), .forwarded = true};
}

AddressRule rule(std::string_view text) { return *AddressRule::parse(text); }

IpFilter filter(IpFilter::Mode mode) {
  IpFilter made{.enabled = true, .mode = mode};
  made.blacklist = {rule("192.0.2.0/24"), rule("127.0.0.1")};
  made.whitelist = {rule("198.51.100.*"), rule("192.0.2.7")};
  return made;
}

TEST(IpFilter, ThatIsOffBlocksNobody) {
  IpFilter off = filter(IpFilter::Mode::whitelist);
  off.enabled = false;
  EXPECT_FALSE(off.blocks(from("192.0.2.1"), now));
}

TEST(IpFilter, BansForAWhileAlsoWhereTheListsAreOff) {
  IpFilter off = filter(IpFilter::Mode::whitelist);
  off.enabled = false;
  off.bans = {{rule("192.0.2.1"), now + hours{1}, ""}};
  EXPECT_TRUE(off.blocks(from("192.0.2.1"), now));
  EXPECT_FALSE(off.blocks(from("192.0.2.2"), now));
  EXPECT_FALSE(off.blocks(from("192.0.2.1"), now + hours{1}));
}

TEST(IpFilter, BlocksTheBlacklistAlone) {
  const IpFilter black = filter(IpFilter::Mode::blacklist);
  EXPECT_TRUE(black.blocks(from("192.0.2.7"), now));
  EXPECT_TRUE(black.blocks(from("::ffff:192.0.2.7"), now));
  EXPECT_TRUE(black.blocks(from("127.0.0.1"), now));  // somebody wrote it there
  EXPECT_FALSE(black.blocks(from("203.0.113.1"), now));
}

TEST(IpFilter, BlocksAllButTheWhitelist) {
  const IpFilter white = filter(IpFilter::Mode::whitelist);
  EXPECT_FALSE(white.blocks(from("198.51.100.200"), now));
  EXPECT_FALSE(white.blocks(from("192.0.2.7"), now));
  EXPECT_TRUE(white.blocks(from("192.0.2.8"), now));
  EXPECT_TRUE(white.blocks(from("2001:db8::1"), now));
}

TEST(IpFilter, SparesThisMachineFromTheWhitelistUnlessTold) {
  IpFilter white = filter(IpFilter::Mode::whitelist);
  EXPECT_FALSE(white.blocks(from("127.0.0.1"), now));
  EXPECT_FALSE(white.blocks(from("::1"), now));
  EXPECT_TRUE(white.blocks(passed_on("127.0.0.1"), now));  // a proxy here speaks for anybody
  white.loopback = IpFilter::Loopback::included;
  EXPECT_TRUE(white.blocks(from("127.0.0.1"), now));
}

TEST(IpFilter, BlocksTheBannedUntilTheirTimeIsOver) {
  for (const auto mode : {IpFilter::Mode::blacklist, IpFilter::Mode::whitelist}) {
    IpFilter banning = filter(mode);
    banning.bans = {{rule("198.51.100.1"), now + hours{1}, "scanning"}};
    EXPECT_TRUE(banning.blocks(from("198.51.100.1"), now));
    EXPECT_FALSE(banning.blocks(from("198.51.100.1"), now + hours{1}));
    EXPECT_FALSE(banning.blocks(from("198.51.100.2"), now));
  }
}

TEST(IpFilter, NeverBlocksTheUnixSocket) {
  IpFilter white = filter(IpFilter::Mode::whitelist);
  white.loopback = IpFilter::Loopback::included;
  EXPECT_FALSE(white.blocks({}, now));
}

}  // namespace
}  // namespace omni::identity
