#include "pipeline/failures.h"

#include <gtest/gtest.h>

namespace omni::pipeline {
namespace {

using account::Verdict;
using Blame = Verdict::Blame;

class FailuresTest : public testing::Test {
 protected:
  void note(int status, Blame blame, std::optional<std::int64_t> retry_after_ms = {}) {
    chat::Failure failure;
    failure.status = status;
    failure.retry_after_ms = retry_after_ms;
    failures_.note(std::move(failure), {.blame = blame});
  }
  /// "429 after 7000"
  std::string told() const {
    const chat::Failure failure = failures_.told();
    return std::to_string(failure.status) +
           (failure.retry_after_ms ? " after " + std::to_string(*failure.retry_after_ms) : "");
  }

  Failures failures_;
};

TEST_F(FailuresTest, TellTheFirstThatBlamesTheRequestOrItsModel) {
  note(500, Blame::provider);
  note(404, Blame::model);
  note(400, Blame::client);
  note(429, Blame::account, 1000);
  EXPECT_EQ(told(), "404");
}

TEST_F(FailuresTest, TellWhenTheEarliestOfThoseThatRestCanAnswer) {
  note(503, Blame::nobody, 9000);
  note(429, Blame::account, 7000);
  note(500, Blame::provider);
  EXPECT_EQ(told(), "503 after 7000");
}

TEST_F(FailuresTest, TellElseTheLastThatSomebodyGaveAndNotWhoWasNotAsked) {
  note(502, Blame::network);
  note(500, Blame::provider);
  note(400, Blame::nobody);
  EXPECT_EQ(told(), "500");
}

TEST_F(FailuresTest, TellWhyNobodyWasAskedIfNobodyWas) {
  EXPECT_EQ(told(), "503");
  note(400, Blame::nobody);
  EXPECT_EQ(told(), "400");
}

}  // namespace
}  // namespace omni::pipeline
