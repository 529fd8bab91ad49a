#include "upstream/reset_time.h"

#include <gtest/gtest.h>

#include <map>

#include "base/strings.h"

namespace omni::upstream {
namespace {

constexpr Millis day = std::chrono::hours(24);

class HeadOnly final : public Answer {
 public:
  explicit HeadOnly(std::map<std::string, std::string> fields) : fields_(std::move(fields)) {}
  int status() const override { return 429; }
  std::string_view field(std::string_view name) const override {
    const auto found = fields_.find(to_lower(name));
    return found == fields_.end() ? std::string_view() : std::string_view(found->second);
  }
  net::ByteSource& body() override { std::abort(); }

 private:
  std::map<std::string, std::string> fields_;
};

class ResetTimeTest : public testing::Test {
 protected:
  std::optional<Millis> by(std::map<std::string, std::string> fields, std::string_view body = "") {
    return reset_after(HeadOnly(std::move(fields)), body, now_);
  }
  std::optional<Millis> told(std::string_view body) { return by({}, body); }
  /// `text`, which tells a moment, in so long.
  std::string epoch_s(int seconds) const {
    return std::to_string(to_millis(now_) / 1000 + seconds);
  }

  const Clock::Wall now_ = *parse_iso8601("2026-03-01T10:00:00Z");
};

TEST_F(ResetTimeTest, ReadsDurations) {
  const std::map<std::string, std::int64_t> rows{
      {"1m2.5s", 62'500},     {"250ms", 250},      {"33.5s", 33'500}, {"2h", 7'200'000},
      {"1h30m", 5'400'000},   {"1 m 5 s", 65'000}, {"7", 7000},       {" 0.5 ", 500},
      {"2 minutes", 120'000}, {"1.2ms", 2},        {"0s", 0},         {"3d", 86'400'000}};
  for (const auto& [text, ms] : rows) EXPECT_EQ(parse_duration(text), Millis(ms)) << text;
  for (const char* const text : {"", "s", "-5s", "5 apples", "1m later", "nan", "inf"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST_F(ResetTimeTest, ReadsRetryAfterAsSecondsOrAsADate) {
  EXPECT_EQ(by({{"retry-after", "7"}}), Millis(7000));
  EXPECT_EQ(by({{"retry-after", "1.25"}}), Millis(1250));
  EXPECT_EQ(by({{"retry-after", "0"}}), Millis(0));
  EXPECT_EQ(by({{"retry-after", "Sun, 01 Mar 2026 10:01:30 GMT"}}), Millis(90'000));
  EXPECT_EQ(by({{"retry-after", "Sun, 01 Mar 2026 09:00:00 GMT"}}), Millis(0));
  EXPECT_EQ(by({{"retry-after", "soon"}}), std::nullopt);
  EXPECT_EQ(by({{"retry-after-ms", "1500"}}), Millis(1500));
}

TEST_F(ResetTimeTest, NobodyRestsForLongerThanADay) {
  EXPECT_EQ(by({{"retry-after", "864000"}}), day);
  EXPECT_EQ(by({{"retry-after", "1e300"}}), day);
  EXPECT_EQ(by({{"retry-after", "Sun, 01 Mar 2036 10:01:30 GMT"}}), day);
  EXPECT_EQ(told("try again in 90 hours"), day);
}

TEST_F(ResetTimeTest, ReadsTheFieldsOfLimits) {
  for (const char* const name :
       {"x-ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-requests-reset", "anthropic-ratelimit-tokens-reset",
        "anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-output-tokens-reset"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(by({{name, "1m2.5s"}}), Millis(62'500));
    EXPECT_EQ(by({{name, "12ms"}}), Millis(12));
    EXPECT_EQ(by({{name, "30"}}), Millis(30'000));
    EXPECT_EQ(by({{name, epoch_s(45)}}), Millis(45'000));
    EXPECT_EQ(by({{name, epoch_s(45) + ".5"}}), Millis(45'500));
    EXPECT_EQ(by({{name, epoch_s(45) + "250"}}), Millis(45'250));
    EXPECT_EQ(by({{name, "2026-03-01T10:00:20Z"}}), Millis(20'000));
    EXPECT_EQ(by({{name, "2026-03-01T11:00:20+01:00"}}), Millis(20'000));
  }
}

TEST_F(ResetTimeTest, ALimitThatIsNotUsedUpSaysNothing) {
  EXPECT_EQ(by({{"x-ratelimit-remaining-requests", "99"},
                {"x-ratelimit-reset-requests", "6h"},
                {"x-ratelimit-remaining-tokens", "0"},
                {"x-ratelimit-reset-tokens", "3s"}}),
            Millis(3000));
  EXPECT_EQ(by({{"x-ratelimit-remaining", "5"}, {"x-ratelimit-reset", "3"}}), std::nullopt);
}

TEST_F(ResetTimeTest, OfLimitsThatAreUsedUpTheLastToComeBackCounts) {
  EXPECT_EQ(by({{"anthropic-ratelimit-requests-remaining", "0"},
                {"anthropic-ratelimit-requests-reset", "2026-03-01T10:00:02Z"},
                {"anthropic-ratelimit-tokens-remaining", "0"},
                {"anthropic-ratelimit-tokens-reset", "2026-03-01T10:00:40Z"}}),
            Millis(40'000));
}

TEST_F(ResetTimeTest, ReadsTheDetailsOfGoogle) {
  const auto google = [](std::string detail) {
    return R"({"error":{"code":429,"message":"no","details":[
      {"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{)" +
           detail + "}]}}";
  };
  EXPECT_EQ(told(google(R"("retryDelay":"33s")")), Millis(33'000));
  EXPECT_EQ(told(google(R"("retryDelay":"33.5s")")), Millis(33'500));
  EXPECT_EQ(told(google(R"("retryDelay":"1500ms")")), Millis(1500));
  EXPECT_EQ(told(google(R"("metadata":{"quotaResetDelay":"2h1m"})")), Millis(7'260'000));
  EXPECT_EQ(told("[" + google(R"("retryDelay":"2m")") + "]"), Millis(120'000));
  EXPECT_EQ(told(google(R"("retryDelay":7)")), std::nullopt);
}

TEST_F(ResetTimeTest, ReadsWhatCodexPutsBesideTheMessage) {
  EXPECT_EQ(told(R"({"error":{"type":"usage_limit_reached","resets_in_seconds":90.5}})"),
            Millis(90'500));
  EXPECT_EQ(told(R"({"error":{"resets_at":)" + epoch_s(60) + "}}"), Millis(60'000));
}

TEST_F(ResetTimeTest, ReadsTheWordsOfAMessage) {
  const std::map<std::string, std::int64_t> rows{
      {"Rate limit reached. Please try again in 20s. Visit", 20'000},
      {"Please try again in 1m2.5s.", 62'500},
      {"try again in 250ms", 250},
      {"Please retry in 41.2s.", 41'200},
      {"Please retry after 30 seconds.", 30'000},
      {"Your quota will reset after 1h2m3s.", 3'723'000},
      {"Available again in 5 minutes", 300'000}};
  for (const auto& [message, ms] : rows) {
    EXPECT_EQ(told(R"({"error":{"message":")" + message + "\"}}"), Millis(ms)) << message;
    EXPECT_EQ(told(message), Millis(ms)) << message;
  }
  EXPECT_EQ(told("try again in a while"), std::nullopt);
  EXPECT_EQ(told("try again in a while, retry after 3 seconds"), Millis(3000));
  EXPECT_EQ(told(""), std::nullopt);
}

TEST_F(ResetTimeTest, FieldsGoBeforeDetailsAndDetailsBeforeWords) {
  const std::string body =
      R"({"error":{"message":"try again in 9s","details":[{"retryDelay":"5s"}]}})";
  EXPECT_EQ(by({{"retry-after", "3"}}, body), Millis(3000));
  EXPECT_EQ(told(body), Millis(5000));
}

TEST_F(ResetTimeTest, IsNotMisledByOddBodies) {
  for (const char* const body :
       {"[]", "7", "{", R"({"error":"x"})", R"({"error":{"details":{}}})",
        R"({"error":{"details":[7,null]}})", R"({"error":{"resets_in_seconds":"7"}})",
        R"({"error":{"details":[{"metadata":[]}]}})"}) {
    EXPECT_EQ(told(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace omni::upstream
