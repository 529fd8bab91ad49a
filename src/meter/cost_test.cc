#include "meter/cost.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace omni::meter {
namespace {

catalog::Rate dollars(std::string_view text) { return *catalog::parse_rate(text); }

catalog::Price sonnet() {
  catalog::Price price;
  price.rates.input = dollars("3");
  price.rates.output = dollars("15");
  price.rates.cache_read = dollars("0.3");
  price.rates.cache_write = dollars("3.75");
  price.rates.cache_write_1h = dollars("6");
  return price;
}

constexpr Clock::Wall long_ago{};

std::int64_t charged(const catalog::Price& price, const chat::Usage& usage,
                     Clock::Wall when = long_ago) {
  return cost_of(rates_for(price, usage, when), usage);
}

TEST(Cost, IsTheSumOfEveryKindOfTokenAtItsRate) {
  chat::Usage usage;
  usage.input_fresh = 1000;
  usage.input_cache_read = 20'000;
  usage.input_cache_write = 300;
  usage.input_cache_write_1h = 40;
  usage.output_text = 500;
  // 3,000 + 6,000 + 1,125 + 240 + 7,500 micro-dollars
  EXPECT_EQ(charged(sonnet(), usage), 17'865'000);
}

TEST(Cost, OfThoughtsIsThatOfOutputUnlessTheyHaveARateOfTheirOwn) {
  chat::Usage usage;
  usage.output_text = 100;
  usage.output_reasoning = 900;
  catalog::Price price = sonnet();
  EXPECT_EQ(charged(price, usage), 15'000'000);
  price.rates.reasoning = dollars("20");
  EXPECT_EQ(charged(price, usage), 1'500'000 + 18'000'000);
}

TEST(Cost, GoesByTheTierThatTheWholeInputReaches) {
  catalog::Price price = sonnet();
  price.tiers.push_back({.above_tokens = 200'000, .rates = price.rates});
  price.tiers[0].rates.input = dollars("6");
  chat::Usage usage;
  usage.input_fresh = 200'000;
  EXPECT_EQ(charged(price, usage), 600'000'000);
  usage.input_cache_read = 1;
  EXPECT_EQ(charged(price, usage), 1'200'000'300);
}

TEST(Cost, GoesByWhatHoldsAtTheTimeAndForTheService) {
  const catalog::Price price = *catalog::parse_price(
      R"({"input":4,"tiers":[{"service":"batch","input":2},
          {"from":"2026-12-01T00:00:00Z","input":3},
          {"from":"2026-12-01T00:00:00Z","service":"batch","input":1}]})");
  const Clock::Wall change = *parse_iso8601("2026-12-01T00:00:00Z");
  chat::Usage usage;
  usage.input_fresh = 1;
  EXPECT_EQ(charged(price, usage, change - Millis{1}), 4000);
  EXPECT_EQ(charged(price, usage, change), 3000);
  usage.service = chat::Service::flex;
  EXPECT_EQ(charged(price, usage, change), 3000) << "which has no price of its own";
  usage.service = chat::Service::batch;
  EXPECT_EQ(charged(price, usage, change - Millis{1}), 2000);
  EXPECT_EQ(charged(price, usage, change), 1000);
}

TEST(Cost, OfImagesIsThatOfTheirTokensOrOfEach) {
  catalog::Price price = sonnet();
  chat::Usage usage;
  usage.input_image = 1000;
  usage.output_image = 1000;
  usage.images = 2;
  EXPECT_EQ(charged(price, usage), 18'000'000);
  price.rates.input_image = dollars("10");
  price.rates.output_image = dollars("40");
  price.rates.image = dollars("40000");
  EXPECT_EQ(charged(price, usage), 50'000'000 + 80'000'000);
}

TEST(Cost, OfRecordingsIsThatOfTheirTime) {
  catalog::Price price;
  price.rates.minute = dollars("6000");  // 0.6 cents a minute
  chat::Usage usage;
  usage.audio_ms = 90'000;
  EXPECT_EQ(charged(price, usage), 9'000'000);
  usage.audio_ms = 1;
  EXPECT_EQ(charged(price, usage), 100);
}

TEST(Cost, OfAbsurdCountsIsNoLessThanNothing) {
  catalog::Price price;
  price.rates.output = dollars("1000000");
  chat::Usage usage;
  usage.output_text = std::int64_t{1} << 53;
  EXPECT_GT(charged(price, usage), 0);
}

TEST(Cost, IsRoundedOnceAtTheEnd) {
  catalog::Price price;
  price.rates.input = dollars("0.0375");  // 37.5 nano-dollars a token
  price.rates.output = dollars("0.0375");
  chat::Usage usage;
  usage.input_fresh = 1;
  EXPECT_EQ(charged(price, usage), 38);
  usage.output_text = 1;
  EXPECT_EQ(charged(price, usage), 75);
}

TEST(Cost, OfWhatHasNoRateIsThatOfPlainTokens) {
  catalog::Price price;
  price.rates.input = dollars("1");
  chat::Usage usage;
  usage.input_audio = 5;
  usage.input_cache_read = 5;
  usage.output_text = 7;
  EXPECT_EQ(charged(price, usage), 10'000);
}

TEST(Cost, ItsRatesCanBeToldLater) {
  EXPECT_EQ(describe({}), "{}");
  EXPECT_EQ(describe({.input = 2'500'000, .output = 10'000'000, .cache_write_1h = 7}),
            R"({"input":2500000,"output":10000000,"cache_write_1h":7})");
}

TEST(Cost, IsWhatProvidersWouldAskToTheNanoDollar) {
  std::ifstream file(OMNI_SOURCE_DIR "/src/meter/price_cases.txt");
  catalog::Price price;
  std::string model;
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (const std::size_t json = line.find(" {"); json != std::string::npos) {
      model = line.substr(0, json);
      const auto parsed = catalog::parse_price(line.substr(json + 1));
      ASSERT_TRUE(parsed) << model << ": " << parsed.error().message();
      price = *parsed;
      continue;
    }
    chat::Usage usage;
    std::int64_t cost = -1;
    Clock::Wall when{};
    std::istringstream in(line);
    in >> usage.input_fresh >> usage.input_cache_read >> usage.input_cache_write >>
        usage.input_cache_write_1h >> usage.input_audio >> usage.output_text >>
        usage.output_reasoning >> usage.output_audio;
    std::string word;
    while (in >> word && word != "=") {
      const std::string name = word.substr(0, word.find(':'));
      const std::string value = word.substr(word.find(':') + 1);
      if (name == "image_in") usage.input_image = std::stoll(value);
      if (name == "image_out") usage.output_image = std::stoll(value);
      if (name == "images") usage.images = std::stoll(value);
      if (name == "service") usage.service = chat::service_of(value);
      if (name == "on") when = *parse_iso8601(value + "T12:00:00Z");
    }
    in >> cost;
    EXPECT_EQ(charged(price, usage, when), cost) << model << ": " << line;
    ++cases;
  }
  EXPECT_GE(cases, 400);
}

}  // namespace
}  // namespace omni::meter
