#include "identity/time_zone.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/clock.h"

namespace omni::identity {
namespace {

std::chrono::sys_seconds at(std::string_view time) {
  return std::chrono::floor<std::chrono::seconds>(parse_iso8601(time).value());
}

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

struct Sample {
  std::vector<std::pair<std::int64_t, int>> times;  // and the type that begins there
  std::vector<int> offsets;
  std::string footer = "\n\n";
  std::uint64_t leaps = 0;
};

std::string header_of(char version, const Sample& sample) {
  std::string out = "TZif";
  out.push_back(version);
  out.append(15, '\0');
  append_number(out, 0, 4);
  append_number(out, 0, 4);
  append_number(out, sample.leaps, 4);
  append_number(out, sample.times.size(), 4);
  append_number(out, sample.offsets.size(), 4);
  append_number(out, 4, 4);
  return out;
}

/// A file of zic's slim kind, which leaves the part for old readers empty.
std::string file_of(const Sample& sample) {
  std::string out = header_of('2', {{}, {0}}) + std::string(6 + 4, '\0') + header_of('2', sample);
  for (const auto& [time, unused] : sample.times) {
    append_number(out, static_cast<std::uint64_t>(time), 8);
  }
  for (const auto& [unused, type] : sample.times) out.push_back(static_cast<char>(type));
  for (const int offset : sample.offsets) {
    append_number(out, static_cast<std::uint32_t>(offset), 4);
    out.append(2, '\0');
  }
  out.append("LMT").push_back('\0');
  out.append(sample.leaps * 12, '\0');
  return out + sample.footer;
}

const Sample sample{{{-1000, 1}, {0, 0}, {1000, 1}}, {-3600, 7200}, "\n<+01>-1\n"};

int offset(const Sample& of, std::int64_t time) {
  const std::optional<TimeZone> zone = TimeZone::parse(file_of(of));
  if (!zone) return -1;
  return static_cast<int>(
      zone->offset_at(std::chrono::sys_seconds{std::chrono::seconds{time}}).count());
}

TEST(TimeZone, HasTheOffsetOfTheSpanThatATimeFallsInto) {
  EXPECT_EQ(offset(sample, -1'000'000'000'000), -3600);
  EXPECT_EQ(offset(sample, -1001), -3600);
  EXPECT_EQ(offset(sample, -1000), 7200);
  EXPECT_EQ(offset(sample, -1), 7200);
  EXPECT_EQ(offset(sample, 999), -3600);
}

TEST(TimeZone, FollowsItsRuleAfterTheLastSpanBegan) {
  EXPECT_EQ(offset(sample, 1000), 3600);
  Sample without = sample;
  without.footer = "\n\n";
  EXPECT_EQ(offset(without, 1000), 7200);
}

TEST(TimeZone, IsRefusedWhereItsFileIsMalformed) {
  const std::string good = file_of(sample);
  ASSERT_TRUE(TimeZone::parse(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(TimeZone::parse(good.substr(0, length))) << length;
  }
  Sample bad = sample;
  bad.times[1].second = 2;
  EXPECT_FALSE(TimeZone::parse(file_of(bad))) << "a type that is not there";
  bad = sample;
  bad.times[1].first = 2000;
  EXPECT_FALSE(TimeZone::parse(file_of(bad))) << "times out of order";
  bad = sample;
  bad.leaps = 1;
  EXPECT_FALSE(TimeZone::parse(file_of(bad))) << "leap seconds";
  bad = sample;
  bad.footer = "\nCET\n";
  EXPECT_FALSE(TimeZone::parse(file_of(bad))) << "a rule that is none";
  bad = sample;
  bad.offsets.clear();
  EXPECT_FALSE(TimeZone::parse(file_of(bad))) << "no type";
  std::string version_1 = good;
  version_1[4] = '\0';
  EXPECT_FALSE(TimeZone::parse(version_1));
  std::string huge = good;
  huge.replace(32, 4, 4, '\xff');
  EXPECT_FALSE(TimeZone::parse(huge)) << "more times than fit into memory";
}

TEST(TimeZone, OfUtcNeedsNoFile) {
  for (const std::string_view name : {"UTC", "Etc/UTC"}) {
    const auto zone = TimeZone::load(name, "/nowhere");
    ASSERT_TRUE(zone);
    EXPECT_EQ((*zone)->offset_at(at("2026-07-01T00:00:00Z")), std::chrono::seconds{0});
  }
}

TEST(TimeZone, NameStaysInsideTheFolder) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "time_zone_test";
  fs::create_directories(folder / "zones");
  const auto write = [&](const fs::path& path, const std::string& bytes) {
    std::ofstream(folder / path, std::ios::binary) << bytes;
  };
  write("outside", file_of(sample));
  write("zones/Inside", file_of(sample));
  write("zones/Large", file_of(sample) + std::string(100'000, '\n'));
  const std::string zones = folder / "zones";
  EXPECT_TRUE(TimeZone::load("Inside", zones));
  for (const std::string& name :
       {std::string("../outside"), (folder / "outside").string(), std::string("./Inside"),
        std::string(), std::string("Nowhere"), std::string("Large"), std::string("/"),
        std::string("Inside\0x", 8), std::string(100, 'a'), std::string("-/")}) {
    EXPECT_FALSE(TimeZone::load(name, zones)) << name;
  }
  EXPECT_FALSE(TimeZone::load("zones", folder)) << "a folder is no zone";
  fs::remove_all(folder);
}

TEST(Zones, ReadAFileOnce) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "zones_test";
  fs::create_directories(folder);
  std::ofstream(folder / "Here", std::ios::binary) << file_of(sample);
  Zones zones(folder);
  const auto first = zones.find("Here");
  ASSERT_TRUE(first);
  EXPECT_FALSE(zones.find("There"));
  fs::remove_all(folder);
  const auto second = zones.find("Here");
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

TEST(TimeZone, OfThisMachineKnowsSummerNowAndInAHundredYears) {
  const auto berlin = TimeZone::load("Europe/Berlin");
  if (!berlin) GTEST_SKIP() << "needs the package tzdata";
  using std::chrono::hours;
  EXPECT_EQ((*berlin)->offset_at(at("2026-03-29T00:59:59Z")), hours{1});
  EXPECT_EQ((*berlin)->offset_at(at("2026-03-29T01:00:00Z")), hours{2});
  EXPECT_EQ((*berlin)->offset_at(at("2126-07-01T00:00:00Z")), hours{2});
  EXPECT_EQ((*berlin)->offset_at(at("2126-12-01T00:00:00Z")), hours{1});
  EXPECT_EQ((*berlin)->offset_at(at("1975-07-01T00:00:00Z")), hours{1});
}

}  // namespace
}  // namespace omni::identity
