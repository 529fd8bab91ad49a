#include "json/format.h"

#include <gtest/gtest.h>

#include <vector>

namespace omni::json {
namespace {

struct Sample {
  const Format& format;
  std::vector<std::string_view> good;
  std::vector<std::string_view> bad;
};

const std::vector<Sample>& samples() {
  using namespace std::string_view_literals;
  static const std::vector<Sample> all{
      {format::url,
       {"https://a.example/x?y=1", "HTTP://127.0.0.1:8080", "https://[::1]/"},
       {"a.example", "ftp://a", "javascript:alert(1)", "https://", "https:///x", "https:// a",
        "https://a/\"", "https://a\\b", "https://a\n", "//a"}},
      {format::host,
       {"a.example", "*.a.example", "localhost", "10.0.0.1", "[::1]", "::1"},
       {"", "a b", "a/b", ".a", "a..b", "*", "*.", "-a", "a:80", "https://a", "[::1",
        "[10.0.0.1]"}},
      {format::address_rule,
       {"10.0.0.1", "::1", "10.0.0.0/8", "fd00::/7", "0.0.0.0/0", "10.*", "10.0.*", "10.0.0.*"},
       {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "*", ".*", "10.0.0.0.*",
        "10.*.0.*", "300.0.*", "10.*/8", "a.example", "10.0.0.0/0000", "10.0.0.1\0"sv}},
      {format::address, {"10.0.0.1", "fe80::1"}, {"", "10.0.0", "10.0.0.0/8", "::1%eth0"}},
      {format::time_of_day,
       {"00:00", "23:59"},
       {"", "24:00", "00:60", "1:00", "01:0", "01-00", "0x:00", "+1:00", "01:00:00"}},
      {format::timestamp,
       {"2026-02-03T04:05:06Z", "2026-02-03T04:05:06.789+01:00"},
       {"", "2026-02-03", "2026-13-03T04:05:06Z", "2026-02-03T04:05:06", "tomorrow"}},
      {format::uuid,
       {"01234567-89ab-4cde-8f01-23456789abcd", "01234567-89AB-4CDE-8F01-23456789ABCD"},
       {"", "0123456789ab4cde8f0123456789abcd", "01234567-89ab-4cde-8f01-23456789abcg",
        "01234567-89ab-4cde-8f01023456789abcd"}},
      {format::name, {"ci", "ключ 1", " x "}, {"", "  ", "a\nb", "a\x7f", "a\0b"sv}},
  };
  return all;
}

TEST(Format, takes_what_fits_and_nothing_else) {
  for (const Sample& sample : samples()) {
    for (const std::string_view text : sample.good) {
      EXPECT_TRUE(sample.format.fits(text)) << sample.format.name << " " << text;
    }
    for (const std::string_view text : sample.bad) {
      EXPECT_FALSE(sample.format.fits(text)) << sample.format.name << " " << text;
    }
  }
}

TEST(Format, says_what_it_wants) {
  for (const Sample& sample : samples()) {
    EXPECT_TRUE(sample.format.words.starts_with("must be ")) << sample.format.name;
  }
}

}  // namespace
}  // namespace omni::json
