#include "otlp/spans.h"

#include <gtest/gtest.h>

#include <array>

#include "json/raw.h"

namespace omni::otlp {
namespace {

using pipeline::Trace;
using Verdict = account::Verdict;

class SpansTest : public ::testing::Test {
 protected:
  std::string spans_of(Trace trace) {
    const std::array told{Told{.trace = std::make_shared<const Trace>(std::move(trace)),
                               .place = place_of("", random_),
                               .ended = *parse_iso8601("2026-03-01T10:00:00Z")}};
    std::string text = spans_as_json(source_of({{"service.name", "s"}}, "1"), told, random_);
    EXPECT_TRUE(json::Raw::parse(text)) << text;
    return text;
  }
  static bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  SeededRandom random_{1};
};

Trace::Attempt attempt_that(Verdict verdict, bool answered) {
  Trace::Attempt attempt;
  attempt.verdict = std::move(verdict);
  attempt.answered = answered;
  return attempt;
}

TEST_F(SpansTest, AreAsLongAsWhatTheyStandFor) {
  Trace trace;
  trace.took = Millis(500);
  trace.phases[0] = meter::Micros(1500);
  Trace::Attempt attempt;
  attempt.began = Millis(100);
  attempt.took = Millis(300);
  trace.attempts.push_back(attempt);
  const std::string text = spans_of(trace);
  EXPECT_TRUE(says(text, R"("startTimeUnixNano":"1772359199498500000")")) << text;
  EXPECT_TRUE(says(text, R"("endTimeUnixNano":"1772359200000000000")")) << text;
  EXPECT_TRUE(says(text, R"("startTimeUnixNano":"1772359199600000000")")) << text;
  EXPECT_TRUE(says(text, R"("endTimeUnixNano":"1772359199900000000")")) << text;
}

TEST_F(SpansTest, SayWhoseFaultItWasWhereNobodyAnswered) {
  using Next = Verdict::Next;
  EXPECT_EQ(error_type(attempt_that({}, true)), "");
  EXPECT_EQ(error_type(attempt_that({.next = Next::next_account, .status = 503}, true)), "503");
  EXPECT_EQ(error_type(attempt_that({.next = Next::next_target, .status = 504}, false)), "timeout");
  EXPECT_EQ(error_type(attempt_that({.next = Next::next_target, .status = 499}, false)),
            "cancelled");
  EXPECT_EQ(
      error_type(attempt_that(
          {.blame = Verdict::Blame::network, .next = Next::next_target, .status = 502}, false)),
      "network");
}

TEST_F(SpansTest, CallOurOwnFailuresErrorsAndTheClientsNot) {
  Trace trace;
  trace.status = 404;
  EXPECT_TRUE(says(spans_of(trace), R"("status":{})"));
  trace.status = 502;
  EXPECT_TRUE(says(spans_of(trace), R"("status":{"code":2})"));
}

TEST_F(SpansTest, AreNoLongerThanNamesAre) {
  Trace trace;
  trace.requested_model = std::string(1 << 20, 'm');
  EXPECT_LT(spans_of(trace).size(), 4096U);
}

}  // namespace
}  // namespace omni::otlp
