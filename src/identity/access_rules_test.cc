#include "identity/access_rules.h"

#include <gtest/gtest.h>

#include "identity/test_gate.h"

namespace omni::identity {
namespace {

using Strings = std::vector<std::string>;

TEST(AccessRules, JoinWhatTheOptionsAndTheSettingsSay) {
  AccessOptions options;
  options.public_names = {"gate.example"};
  options.allowed_origins = {"https://a.example", ""};
  GateWorld world(std::move(options));
  EXPECT_EQ(world.gate.rules()->public_names, Strings{"gate.example"});
  world.set([](store::Settings& settings) {
    settings.allowed_hosts = {"gate.lan"};
    settings.base_url = "https://llm.example/x";
    settings.cors_origins = " https://b.example/ ,,https://c.example";
  });
  EXPECT_EQ(world.gate.rules()->public_names, (Strings{"gate.example", "gate.lan", "llm.example"}));
  EXPECT_EQ(world.gate.rules()->allowed_origins,
            (Strings{"https://a.example", "https://b.example", "https://c.example"}));
  EXPECT_FALSE(world.gate.rules()->any_origin);
}

TEST(AccessRules, TakeAStarForAnyOriginAndForNoOriginByItself) {
  AccessOptions options;
  options.allowed_origins = {"*"};
  const GateWorld world(std::move(options));
  EXPECT_TRUE(world.gate.rules()->any_origin);
  EXPECT_TRUE(world.gate.rules()->allowed_origins.empty());
}

TEST(AccessRules, AreInForceBeforeAChangeIsToldToBeStored) {
  GateWorld world;
  const auto before = world.gate.rules();
  world.set([](store::Settings& settings) { settings.require_api_key = true; });
  EXPECT_FALSE(before->api_key_required) << "who holds them sees them unchanged";
  EXPECT_TRUE(world.gate.rules()->api_key_required);
  EXPECT_EQ(world.gate.rules()->configuration, world.store->current());
}

TEST(IpFilterOf, ReadsListsAndBansAndPassesOverWhatIsNoRule) {
  store::Settings settings;
  settings.ip_filter_enabled = true;
  settings.ip_filter_mode = "whitelist";
  settings.ip_blacklist = {"10.0.*", "nonsense"};
  settings.ip_whitelist = {"192.0.2.0/24"};
  settings.ip_temp_bans =
      json::Raw::trusted(R"([{"ip":"x","until":1},{"ip":"::1","until":5000,"reason":"noise"}])");
  const IpFilter filter = ip_filter_of(settings, IpFilter::Loopback::included);
  EXPECT_TRUE(filter.enabled);
  EXPECT_EQ(filter.mode, IpFilter::Mode::whitelist);
  EXPECT_EQ(filter.loopback, IpFilter::Loopback::included);
  EXPECT_EQ(filter.blacklist, (std::vector{*AddressRule::parse("10.0.0.0/16")}));
  EXPECT_EQ(filter.whitelist, (std::vector{*AddressRule::parse("192.0.2.0/24")}));
  ASSERT_EQ(filter.bans.size(), 1);
  EXPECT_EQ(filter.bans[0].who, *AddressRule::parse("::1"));
  EXPECT_EQ(filter.bans[0].until, from_millis(5000));
  EXPECT_EQ(filter.bans[0].reason, "noise");
}

TEST(ReadSchedule, ReadsWhatTheApiStores) {
  Zones zones;
  const Result<AccessSchedule> schedule = read_schedule(
      json::Raw::trusted(
          R"({"enabled":true,"from":"08:30","until":"17:00","days":[1,5],"tz":"UTC"})"),
      zones);
  ASSERT_TRUE(schedule);
  EXPECT_TRUE(schedule->enabled);
  EXPECT_EQ(schedule->from, std::chrono::minutes{510});
  EXPECT_EQ(schedule->days, std::bitset<7>(0b0100010));
}

TEST(ReadSchedule, RefusesWhatIsNone) {
  Zones zones;
  for (const char* text :
       {"[]", "{}", R"({"enabled":true,"from":"08:30","until":"17:00","days":[1]})",
        R"({"enabled":true,"from":"08:30","until":"17:00","days":[4294967297],"tz":"UTC"})",
        R"({"enabled":true,"from":"08:30","until":"17:00","days":[],"tz":"UTC"})",
        R"({"enabled":true,"from":"08:30","until":"17:00","days":[1],"tz":"Moon/Sea"})"}) {
    EXPECT_FALSE(read_schedule(json::Raw::trusted(text), zones)) << text;
  }
}

}  // namespace
}  // namespace omni::identity
