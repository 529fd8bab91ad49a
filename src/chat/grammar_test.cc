#include "chat/grammar.h"

#include <gtest/gtest.h>

#include <string>

#include "chat/test_chat.h"

namespace omni::chat {
namespace {

const Part text{.body = Text{}};
const Part thoughts{.body = Reasoning{}};
const Part image{.body = Media{}};

class GrammarTest : public ::testing::Test {
 protected:
  /// Of the last event, which must be the first bad one.
  std::string fault(const Event& event) {
    EXPECT_EQ(sink_.violation(), "") << "before it";
    sink_.on(event);
    return sink_.violation();
  }
  void good(const Event& event) { EXPECT_EQ(fault(event), ""); }

  RecordingSink told_;
  GrammarSink sink_{&told_};
};

TEST_F(GrammarTest, AWholeReplyPasses) {
  const Seal seal;
  good(ReplyBegin{});
  good(UsageSoFar{Usage{}});
  good(Aside{0, -1, {}, " {\"a\":1} "});
  good(PartBegin{0, 0, thoughts});
  good(PartDelta{0, 0, "a", 0});
  good(PartDelta{0, 0, "a", 0});
  good(PartDelta{0, 0, "b"});
  good(PartDelta{0, 0, "c", 3});
  good(PartBegin{2, 0, text});
  good(Aside{0, 0, {}, "{}"});
  good(Aside{0, -1, {}, "{}"});
  good(PartEnd{0, 0, &seal});
  good(PartBegin{0, 1, image});
  good(PartEnd{0, 1});
  good(PartEnd{2, 0});
  good(ChoiceEnd{.choice = 2});
  good(ChoiceEnd{.choice = 0});
  good(UsageSoFar{Usage{.input_fresh = 1}});
  EXPECT_FALSE(sink_.ended());
  good(ReplyEnd{});
  EXPECT_TRUE(sink_.ended());
  EXPECT_EQ(told_.lines.size(), 19U) << "all are passed on";
}

TEST_F(GrammarTest, AFailureMayComeFirst) {
  good(ReplyFailed{Failure{}});
  EXPECT_TRUE(sink_.ended());
}

TEST_F(GrammarTest, AFailureMayComeInTheMiddleOfAPart) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, text});
  good(ReplyFailed{Failure{}});
}

TEST_F(GrammarTest, NothingComesBeforeTheBeginning) {
  for (const Event& event :
       {Event(PartBegin{0, 0, text}), Event(PartDelta{}), Event(PartEnd{}), Event(Aside{}),
        Event(ChoiceEnd{}), Event(UsageSoFar{Usage{}}), Event(ReplyEnd{})}) {
    GrammarSink sink;
    sink.on(event);
    EXPECT_NE(sink.violation(), "") << event.index();
  }
}

TEST_F(GrammarTest, NothingComesAfterTheEnd) {
  const Failure failure;
  const Usage usage;
  for (const Event& event :
       {Event(ReplyBegin{}), Event(PartBegin{0, 0, text}), Event(PartDelta{}), Event(PartEnd{}),
        Event(Aside{0, -1, {}, "{}"}), Event(ChoiceEnd{}), Event(UsageSoFar{usage}),
        Event(ReplyEnd{}), Event(ReplyFailed{failure})}) {
    GrammarSink sink;
    sink.on(ReplyBegin{});
    sink.on(ReplyEnd{});
    EXPECT_EQ(sink.violation(), "");
    sink.on(event);
    EXPECT_EQ(sink.violation(), "an event after the end") << event.index();
  }
}

TEST_F(GrammarTest, ThereIsOneBeginning) {
  good(ReplyBegin{});
  EXPECT_EQ(fault(ReplyBegin{}), "a second ReplyBegin");
}

TEST_F(GrammarTest, OnePartIsOpenAtATime) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, text});
  EXPECT_EQ(fault(PartBegin{0, 1, text}), "a part begins while another one is open");
}

TEST_F(GrammarTest, PartsAreNumberedWithoutGaps) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, text});
  good(PartEnd{0, 0});
  EXPECT_EQ(fault(PartBegin{0, 2, text}), "parts are not numbered one after the other");
}

TEST_F(GrammarTest, DeltasAndEndsAreOfTheOpenPart) {
  for (const Event& event :
       {Event(PartDelta{0, 1, "x"}), Event(PartEnd{0, 1}), Event(PartDelta{1, 0, "x"}),
        Event(PartEnd{1, 0}), Event(Aside{0, 1, {}, "{}"}), Event(Aside{1, 0, {}, "{}"})}) {
    GrammarSink sink;
    sink.on(ReplyBegin{});
    sink.on(PartBegin{0, 0, text});
    EXPECT_EQ(sink.violation(), "");
    sink.on(event);
    EXPECT_NE(sink.violation(), "") << event.index();
  }
}

TEST_F(GrammarTest, WhatCameWholeHasNoDeltas) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, image});
  EXPECT_EQ(fault(PartDelta{0, 0, "x"}), "a delta of a part that came whole");
}

TEST_F(GrammarTest, NumbersOfSummariesNeverGoDown) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, thoughts});
  good(PartDelta{0, 0, "x", 2});
  EXPECT_EQ(fault(PartDelta{0, 0, "x", 1}), "the number of a summary goes down");
}

TEST_F(GrammarTest, SummariesAreBounded) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, thoughts});
  good(PartDelta{0, 0, "x", 999});
  EXPECT_EQ(fault(PartDelta{0, 0, "x", 1000}), "too many summaries");
}

TEST_F(GrammarTest, OnlyThoughtsHaveSummaries) {
  good(ReplyBegin{});
  good(PartBegin{0, 0, text});
  EXPECT_EQ(fault(PartDelta{0, 0, "x", 0}), "a summary of something else than thoughts");
}

TEST_F(GrammarTest, SeedsHoldNothingOfWhatDeltasBring) {
  for (const Part& seed :
       {Part{.body = Text{"x"}}, Part{.body = Refusal{"x"}}, Part{.body = Reasoning{.text = "x"}},
        Part{.body = Reasoning{.summary = {""}}}, Part{.body = ToolCall{}}}) {
    GrammarSink sink;
    sink.on(ReplyBegin{});
    sink.on(PartBegin{0, 0, seed});
    EXPECT_EQ(sink.violation(), "a seed holds what its deltas should bring") << describe(seed);
  }
}

TEST_F(GrammarTest, TheSealOfTextComesAfterIt) {
  good(ReplyBegin{});
  EXPECT_EQ(fault(PartBegin{0, 0, Part{.body = Text{}, .seal = Seal{}}}),
            "a seed of text or thoughts is sealed");
}

TEST_F(GrammarTest, ThereIsOneSeal) {
  const Seal seal;
  good(ReplyBegin{});
  good(PartBegin{0, 0, Part{.body = Reasoning{.redacted = true}, .seal = seal}});
  EXPECT_EQ(fault(PartEnd{0, 0, &seal}), "a second seal");
}

TEST_F(GrammarTest, AChoiceEndsOnceAndWithItsPartsClosed) {
  good(ReplyBegin{});
  good(ChoiceEnd{.choice = 0});
  EXPECT_EQ(fault(PartBegin{0, 0, text}), "an event of a choice that has ended");

  GrammarSink sink;
  sink.on(ReplyBegin{});
  sink.on(PartBegin{0, 0, text});
  sink.on(ChoiceEnd{.choice = 0});
  EXPECT_EQ(sink.violation(), "a choice ends while a part is open");
}

TEST_F(GrammarTest, TheReplyEndsAfterAllChoicesThatBegan) {
  good(ReplyBegin{});
  good(Aside{1, -1, {}, "{}"});
  EXPECT_EQ(fault(ReplyEnd{}), "the reply ends before a choice has");
}

TEST_F(GrammarTest, NumbersOfChoicesAreBounded) {
  for (const int number : {-1, 1024, 2147483647}) {
    GrammarSink sink;
    sink.on(ReplyBegin{});
    sink.on(ChoiceEnd{.choice = number});
    EXPECT_EQ(sink.violation(), "a choice's number out of range");
  }
}

TEST_F(GrammarTest, AsidesAreObjects) {
  for (const std::string_view object : {"", "[]", "{", "1", "{}{}"}) {
    GrammarSink sink;
    sink.on(ReplyBegin{});
    sink.on(Aside{0, -1, {}, object});
    EXPECT_EQ(sink.violation(), "an aside that is no object") << object;
  }
}

TEST_F(GrammarTest, UsageIsNeverNegative) {
  good(ReplyBegin{});
  EXPECT_EQ(fault(UsageSoFar{Usage{.output_text = -1}}), "negative usage");
}

TEST_F(GrammarTest, AFailureHasAStatusOfOne) {
  EXPECT_EQ(fault(ReplyFailed{Failure{.status = 200}}),
            "a failure whose status is none of a failure");
}

}  // namespace
}  // namespace omni::chat
