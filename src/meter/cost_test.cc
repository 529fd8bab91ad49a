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

TEST(Cost, IsTheSumOfEveryKindOfTokenAtItsRate) {
  chat::Usage usage;
  usage.input_fresh = 1000;
  usage.input_cache_read = 20'000;
  usage.input_cache_write = 300;
  usage.input_cache_write_1h = 40;
  usage.output_text = 500;
  // 3,000 + 6,000 + 1,125 + 240 + 7,500 micro-dollars
  EXPECT_EQ(cost_of(sonnet(), usage), 17'865'000);
}

TEST(Cost, OfThoughtsIsThatOfOutputUnlessTheyHaveARateOfTheirOwn) {
  chat::Usage usage;
  usage.output_text = 100;
  usage.output_reasoning = 900;
  catalog::Price price = sonnet();
  EXPECT_EQ(cost_of(price, usage), 15'000'000);
  price.rates.reasoning = dollars("20");
  EXPECT_EQ(cost_of(price, usage), 1'500'000 + 18'000'000);
}

TEST(Cost, GoesByTheTierThatTheWholeInputReaches) {
  catalog::Price price = sonnet();
  price.tiers.push_back({.above_tokens = 200'000, .rates = price.rates});
  price.tiers[0].rates.input = dollars("6");
  chat::Usage usage;
  usage.input_fresh = 200'000;
  EXPECT_EQ(cost_of(price, usage), 600'000'000);
  usage.input_cache_read = 1;
  EXPECT_EQ(cost_of(price, usage), 1'200'000'300);
}

TEST(Cost, IsRoundedOnceAtTheEnd) {
  catalog::Price price;
  price.rates.input = dollars("0.0375");  // 37.5 nano-dollars a token
  price.rates.output = dollars("0.0375");
  chat::Usage usage;
  usage.input_fresh = 1;
  EXPECT_EQ(cost_of(price, usage), 38);
  usage.output_text = 1;
  EXPECT_EQ(cost_of(price, usage), 75);
}

TEST(Cost, OfWhatHasNoRateIsThatOfPlainTokens) {
  catalog::Price price;
  price.rates.input = dollars("1");
  chat::Usage usage;
  usage.input_audio = 5;
  usage.input_cache_read = 5;
  usage.output_text = 7;
  EXPECT_EQ(cost_of(price, usage), 10'000);
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
      price = *catalog::parse_price(line.substr(json + 1));
      continue;
    }
    chat::Usage usage;
    std::int64_t cost = -1;
    std::string equals;
    std::istringstream(line) >> usage.input_fresh >> usage.input_cache_read >>
        usage.input_cache_write >> usage.input_cache_write_1h >> usage.input_audio >>
        usage.output_text >> usage.output_reasoning >> usage.output_audio >> equals >> cost;
    EXPECT_EQ(cost_of(price, usage), cost) << model << ": " << line;
    ++cases;
  }
  EXPECT_GE(cases, 300);
}

}  // namespace
}  // namespace omni::meter
