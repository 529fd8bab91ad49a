#include "chat/sequencer.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "chat/grammar.h"
#include "chat/test_chat.h"

namespace omni::chat {
namespace {

Part text() { return {.body = Text{}}; }
Part reasoning() { return {.body = Reasoning{}}; }
Part call(std::string name) { return {.body = ToolCall{.name = std::move(name)}}; }
Part freeform(std::string name) {
  return {.body = ToolCall{.name = std::move(name), .form = ToolCall::Form::freeform}};
}
Part hosted(std::string name) {
  return {.body = ToolCall{.name = std::move(name), .runner = ToolCall::Runner::provider}};
}

class SequencerTest : public ::testing::Test {
 protected:
  SequencerTest() {
    grammar_.on(ReplyBegin{});
    told_.lines.clear();
  }
  ~SequencerTest() override { EXPECT_EQ(grammar_.violation(), ""); }

  void end(int choice = 0, Finish finish = Finish::stop) { sequencer_.end(choice, finish, "", ""); }
  /// What was told since the last time.
  std::string told() {
    std::string out = told_.text();
    told_.lines.clear();
    return out;
  }

  RecordingSink told_;
  GrammarSink grammar_{&told_};
  Sequencer sequencer_{grammar_};
};

TEST_F(SequencerTest, WhatComesInOrderPassesStraightThrough) {
  sequencer_.open(0, 1, text());
  EXPECT_EQ(told(), "part 0.0 text\n");
  sequencer_.delta(0, 1, "Hel");
  EXPECT_EQ(told(), "delta 0.0 \"Hel\"\n");
  sequencer_.delta(0, 1, "lo");
  EXPECT_EQ(told(), "delta 0.0 \"lo\"\n");
  sequencer_.close(0, 1);
  EXPECT_EQ(told(), "end 0.0\n");
  sequencer_.end(0, Finish::length, "max_tokens", "");
  EXPECT_EQ(told(), "finish 0 length word=\"max_tokens\"\n");
}

TEST_F(SequencerTest, AnInputOfNothingIsNotTold) {
  const auto input = [&](std::initializer_list<std::string_view> pieces) {
    sequencer_.open(0, 1, call("f"));
    for (const std::string_view piece : pieces) sequencer_.delta(0, 1, piece);
    sequencer_.close(0, 1);
    std::string lines = told();
    lines.erase(0, lines.find('\n') + 1);
    return lines.substr(0, lines.rfind("end"));
  };
  EXPECT_EQ(input({"null"}), "");
  EXPECT_EQ(input({" ", "n", "ull", "\n"}), "");
  EXPECT_EQ(input({" \t"}), "");
  const std::string object = input({"{\"a\":", " null}"});
  EXPECT_NE(object.find("{\\\"a\\\":"), std::string::npos) << object;
  EXPECT_NE(object.find(" null}"), std::string::npos) << object;
  const std::string broken = input({"nu", "m"});
  EXPECT_NE(broken.find("\"nu\""), std::string::npos) << broken;
  EXPECT_NE(broken.find("\"m\""), std::string::npos) << broken;
  EXPECT_NE(input({"nul"}).find("\"nul\""), std::string::npos);
}

TEST_F(SequencerTest, AnythingButACallIsClosedWhenAnotherKeyIsOpened) {
  sequencer_.open(0, 1, reasoning());
  sequencer_.open(0, 2, text());
  EXPECT_FALSE(sequencer_.is_open(0, 1));
  EXPECT_TRUE(sequencer_.is_open(0, 2));
  sequencer_.delta(0, 1, "too late");
  sequencer_.open(0, 3, call("a"));
  sequencer_.delta(0, 2, "too late");
  EXPECT_EQ(told(),
            "part 0.0 reasoning\nend 0.0\npart 0.1 text\nend 0.1\npart 0.2 call name=\"a\"\n");
}

TEST_F(SequencerTest, ACallWaitsForTheOneBeforeItUntilThatIsWhole) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.delta(0, 1, "{\"x\":");
  sequencer_.open(0, 2, call("b"));
  sequencer_.delta(0, 2, "{\"y\"");
  EXPECT_EQ(told(), "part 0.0 call name=\"a\"\ndelta 0.0 \"{\\\"x\\\":\"\n");
  sequencer_.delta(0, 1, "1}");
  EXPECT_EQ(told(),
            "delta 0.0 \"1}\"\nend 0.0\npart 0.1 call name=\"b\"\ndelta 0.1 \"{\\\"y\\\"\"\n");
  sequencer_.delta(0, 2, ":2}");
  EXPECT_EQ(told(), "delta 0.1 \":2}\"\n");
  EXPECT_TRUE(sequencer_.is_open(0, 2)) << "more may come while nothing waits";
}

TEST_F(SequencerTest, AWholeCallEndsWhenAnotherKeyIsOpened) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.delta(0, 1, "{}");
  EXPECT_TRUE(sequencer_.is_open(0, 1));
  sequencer_.open(0, 2, call("b"));
  EXPECT_FALSE(sequencer_.is_open(0, 1));
  EXPECT_EQ(told(),
            "part 0.0 call name=\"a\"\ndelta 0.0 \"{}\"\nend 0.0\npart 0.1 call name=\"b\"\n");
}

TEST_F(SequencerTest, BracketsInStringsDoNotMakeAnInputWhole) {
  const std::string_view input = R"({"a":"}\"}\\","b":[{}],"c":"\\\"{"} )";
  sequencer_.open(0, 1, call("a"));
  sequencer_.open(0, 2, call("b"));
  const std::size_t end = input.rfind('}');
  for (std::size_t i = 0; i < end; ++i) {
    sequencer_.delta(0, 1, input.substr(i, 1));
    ASSERT_TRUE(sequencer_.is_open(0, 1)) << input.substr(0, i + 1);
  }
  sequencer_.delta(0, 1, input.substr(end, 1));
  EXPECT_FALSE(sequencer_.is_open(0, 1));
}

TEST_F(SequencerTest, AFreeformInputIsWholeOnlyWhenItIsClosed) {
  sequencer_.open(0, 1, freeform("a"));
  sequencer_.delta(0, 1, "{}");
  sequencer_.open(0, 2, call("b"));
  EXPECT_TRUE(sequencer_.is_open(0, 1));
  sequencer_.delta(0, 1, " rest");
  sequencer_.close(0, 1);
  EXPECT_FALSE(sequencer_.is_open(0, 1));
  EXPECT_EQ(told(),
            "part 0.0 call name=\"a\" freeform\ndelta 0.0 \"{}\"\ndelta 0.0 \" rest\"\nend 0.0\n"
            "part 0.1 call name=\"b\"\n");
}

TEST_F(SequencerTest, PartsThatWaitAreToldInTheOrderInWhichTheyWereOpened) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.open(0, 3, call("c"));
  sequencer_.open(0, 2, call("b"));
  sequencer_.delta(0, 2, "{}");
  sequencer_.close(0, 2);
  sequencer_.delta(0, 3, "{\"half\":");
  EXPECT_EQ(told(), "part 0.0 call name=\"a\"\n");
  EXPECT_FALSE(sequencer_.is_open(0, 2));
  sequencer_.close(0, 1);
  EXPECT_EQ(told(), "end 0.0\npart 0.1 call name=\"c\"\ndelta 0.1 \"{\\\"half\\\":\"\n");
  sequencer_.close(0, 3);
  EXPECT_EQ(told(), "end 0.1\npart 0.2 call name=\"b\"\ndelta 0.2 \"{}\"\nend 0.2\n");
}

TEST_F(SequencerTest, TextThatWaitsIsClosedByTheKeyAfterIt) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.open(0, 2, text());
  sequencer_.delta(0, 2, "between");
  EXPECT_TRUE(sequencer_.is_open(0, 2));
  sequencer_.open(0, 3, call("b"));
  EXPECT_FALSE(sequencer_.is_open(0, 2));
  sequencer_.delta(0, 2, " lost");
  sequencer_.delta(0, 1, "{}");
  EXPECT_EQ(told(),
            "part 0.0 call name=\"a\"\ndelta 0.0 \"{}\"\nend 0.0\npart 0.1 text\n"
            "delta 0.1 \"between\"\nend 0.1\npart 0.2 call name=\"b\"\n");
}

TEST_F(SequencerTest, ChoicesDoNotWaitForEachOther) {
  sequencer_.open(1, 1, call("a"));
  sequencer_.open(0, 1, text());
  sequencer_.delta(1, 1, "{");
  sequencer_.delta(0, 1, "x");
  end(0);
  sequencer_.delta(1, 1, "}");
  end(1);
  EXPECT_EQ(told(),
            "part 1.0 call name=\"a\"\npart 0.0 text\ndelta 1.0 \"{\"\ndelta 0.0 \"x\"\nend 0.0\n"
            "finish 0 stop\ndelta 1.0 \"}\"\nend 1.0\nfinish 1 tool_calls\n");
}

TEST_F(SequencerTest, CountsTheChoicesThatBegan) {
  EXPECT_EQ(sequencer_.choices(), 0U);
  sequencer_.open(2, 1, text());
  EXPECT_EQ(sequencer_.choices(), 1U);
  sequencer_.aside(0, Dialect::ollama, "{}");
  end(2);
  EXPECT_EQ(sequencer_.choices(), 2U);
  EXPECT_TRUE(sequencer_.ended(2));
  EXPECT_FALSE(sequencer_.ended(0));
  EXPECT_FALSE(sequencer_.ended(7));
}

TEST_F(SequencerTest, TheEndTellsAllThatWaitsAndComesOnce) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.delta(0, 1, "{\"never");
  sequencer_.open(0, 2, call("b"));
  sequencer_.delta(0, 2, "{}");
  sequencer_.open(0, 3, text());
  told();
  end();
  EXPECT_EQ(told(),
            "end 0.0\npart 0.1 call name=\"b\"\ndelta 0.1 \"{}\"\nend 0.1\npart 0.2 text\n"
            "end 0.2\nfinish 0 tool_calls\n");
  end();
  sequencer_.open(0, 4, text());
  sequencer_.delta(0, 1, "x");
  sequencer_.close(0, 1);
  sequencer_.aside(0, Dialect::ollama, "{}");
  EXPECT_EQ(told(), "");
}

TEST_F(SequencerTest, AChoiceWithoutPartsEndsAsWell) {
  sequencer_.end(0, Finish::stop, "stop", "END");
  EXPECT_EQ(told(), "finish 0 stop word=\"stop\" stop_sequence=\"END\"\n");
}

TEST_F(SequencerTest, AnAnswerThatCallsAToolEndsWithToolCallsUnlessItWasCut) {
  const auto finish_of = [this](int choice, Part part, Finish finish, std::string_view word) {
    sequencer_.open(choice, 1, std::move(part));
    EXPECT_EQ(sequencer_.called(choice), finish != Finish::paused);
    told();
    sequencer_.end(choice, finish, word, "");
    const std::string lines = told();
    return lines.substr(lines.find("finish") + 9);
  };
  EXPECT_EQ(finish_of(0, call("a"), Finish::stop, "stop"), "tool_calls\n");
  EXPECT_EQ(finish_of(1, call("a"), Finish::tool_calls, "tool_use"),
            "tool_calls word=\"tool_use\"\n");
  EXPECT_EQ(finish_of(2, call("a"), Finish::length, "length"), "length word=\"length\"\n");
  EXPECT_EQ(finish_of(3, call("a"), Finish::content_filter, "SAFETY"),
            "content_filter word=\"SAFETY\"\n");
  EXPECT_EQ(finish_of(4, hosted("a"), Finish::paused, "pause_turn"),
            "paused word=\"pause_turn\"\n");
}

TEST_F(SequencerTest, AToolOfTheProvidersIsNoCallOfTheClients) {
  sequencer_.open(0, 1, hosted("search"));
  EXPECT_FALSE(sequencer_.called(0));
  told();
  end();
  EXPECT_EQ(told(), "end 0.0\nfinish 0 stop\n");
  EXPECT_FALSE(sequencer_.called(9));
}

TEST_F(SequencerTest, ASeedHasNoInputOfItsOwn) {
  Part seed{.body = ToolCall{.id = "1", .name = "a", .input = "{}"}};
  sequencer_.open(0, 1, std::move(seed));
  sequencer_.delta(0, 1, "{\"x\":1}");
  EXPECT_EQ(told(), "part 0.0 call id=\"1\" name=\"a\"\ndelta 0.0 \"{\\\"x\\\":1}\"\n");
}

TEST_F(SequencerTest, SealsComeWithTheEndOfTheirPart) {
  const Seal late{.issuer = "", .bytes = "sig"};
  sequencer_.open(0, 1, reasoning());
  sequencer_.close(0, 1, &late);
  sequencer_.open(0, 2, call("a"));
  sequencer_.open(0, 3, reasoning());
  sequencer_.close(0, 3, &late);
  sequencer_.close(0, 2, &late);
  EXPECT_EQ(told(),
            "part 0.0 reasoning\nend 0.0 seal=\":sig\"\npart 0.1 call name=\"a\"\n"
            "end 0.1 seal=\":sig\"\npart 0.2 reasoning\nend 0.2 seal=\":sig\"\n");
}

TEST_F(SequencerTest, ASealOfTheSeedStaysThereForWhatIsNotReadFirst) {
  const auto sealed = [](Part part) {
    part.seal = Seal{.issuer = "", .bytes = "sig"};
    return part;
  };
  sequencer_.open(0, 1, sealed(call("a")));
  sequencer_.close(0, 1);
  sequencer_.open(0, 2, sealed({.body = Reasoning{.redacted = true}}));
  sequencer_.close(0, 2);
  sequencer_.open(0, 3, sealed(text()));
  sequencer_.close(0, 3);
  EXPECT_EQ(told(),
            "part 0.0 call name=\"a\" seal=\":sig\"\nend 0.0\n"
            "part 0.1 reasoning redacted seal=\":sig\"\nend 0.1\n"
            "part 0.2 text\nend 0.2 seal=\":sig\"\n");
}

TEST_F(SequencerTest, ASecondSealOfACallIsLeftOut) {
  const Seal late{.issuer = "", .bytes = "late"};
  Part seed = call("a");
  seed.seal = Seal{.issuer = "", .bytes = "early"};
  sequencer_.open(0, 1, std::move(seed));
  sequencer_.close(0, 1, &late);
  EXPECT_EQ(told(), "part 0.0 call name=\"a\" seal=\":early\"\nend 0.0\n");
}

TEST_F(SequencerTest, SummariesKeepTheirNumbersAndNeverGoBack) {
  sequencer_.open(0, 1, reasoning());
  sequencer_.delta(0, 1, "a", 0);
  sequencer_.delta(0, 1, "b", 2);
  sequencer_.delta(0, 1, "c", 1);
  sequencer_.delta(0, 1, "d");
  sequencer_.delta(0, 1, "e", 5000000);
  EXPECT_EQ(told(),
            "part 0.0 reasoning\ndelta 0.0 0 \"a\"\ndelta 0.0 2 \"b\"\ndelta 0.0 2 \"c\"\n"
            "delta 0.0 \"d\"\ndelta 0.0 999 \"e\"\n");
  sequencer_.open(0, 2, text());
  sequencer_.delta(0, 2, "f", 3);
  EXPECT_EQ(told(), "end 0.0\npart 0.1 text\ndelta 0.1 \"f\"\n");
  sequencer_.open(0, 3, reasoning());
  sequencer_.delta(0, 3, "g", 0);
  EXPECT_EQ(told(), "end 0.1\npart 0.2 reasoning\ndelta 0.2 0 \"g\"\n");
}

TEST_F(SequencerTest, SummariesThatWaitedAreToldApart) {
  sequencer_.open(0, 1, call("a"));
  sequencer_.open(0, 2, reasoning());
  sequencer_.delta(0, 2, "a", 0);
  sequencer_.delta(0, 2, "b", 0);
  sequencer_.delta(0, 2, "c", 1);
  told();
  sequencer_.close(0, 1);
  EXPECT_EQ(told(), "end 0.0\npart 0.1 reasoning\ndelta 0.1 0 \"ab\"\ndelta 0.1 1 \"c\"\n");
}

TEST_F(SequencerTest, AsidesGoToThePartThatIsLive) {
  sequencer_.aside(0, Dialect::openai_chat, "{\"a\":1}");
  sequencer_.open(0, 1, text());
  sequencer_.aside(0, Dialect::openai_chat, "{\"b\":1}");
  sequencer_.close(0, 1);
  sequencer_.aside(0, Dialect::openai_chat, "{\"c\":1}");
  EXPECT_EQ(told(),
            "aside 0 openai_chat {\"a\":1}\npart 0.0 text\naside 0.0 openai_chat {\"b\":1}\n"
            "end 0.0\naside 0 openai_chat {\"c\":1}\n");
}

TEST_F(SequencerTest, DeltasWithoutTextAndKeysThatWereNeverOpenedTellNothing) {
  sequencer_.delta(0, 1, "x");
  sequencer_.close(0, 1);
  EXPECT_EQ(sequencer_.choices(), 0U);
  sequencer_.open(0, 1, text());
  sequencer_.open(0, 1, call("twice"));
  sequencer_.delta(0, 1, "");
  EXPECT_EQ(told(), "part 0.0 text\n");
  EXPECT_FALSE(sequencer_.called(0));
}

TEST_F(SequencerTest, AKeyThatWasClosedMayBeOpenedAgain) {
  sequencer_.open(0, 1, text());
  sequencer_.open(0, 2, call("a"));
  sequencer_.open(0, 1, text());
  sequencer_.delta(0, 1, "again");
  told();
  end();
  EXPECT_EQ(told(), "end 0.1\npart 0.2 text\ndelta 0.2 \"again\"\nend 0.2\nfinish 0 tool_calls\n");
}

TEST_F(SequencerTest, NumbersOfChoicesOutOfRangeOverflow) {
  EXPECT_FALSE(sequencer_.overflowed());
  sequencer_.open(Sequencer::choices_max - 1, 1, text());
  EXPECT_FALSE(sequencer_.overflowed());
  sequencer_.open(Sequencer::choices_max, 1, text());
  EXPECT_TRUE(sequencer_.overflowed());

  Sequencer other(grammar_);
  other.end(-1, Finish::stop, "", "");
  EXPECT_TRUE(other.overflowed());
  EXPECT_FALSE(other.is_open(-1, 1) || other.ended(-1) || other.called(-1));
}

TEST_F(SequencerTest, TooManyOpenPartsOverflow) {
  const auto most = static_cast<Sequencer::Key>(Sequencer::open_parts_max);
  for (Sequencer::Key key = 0; key < most; ++key) sequencer_.open(0, key, call("a"));
  EXPECT_FALSE(sequencer_.overflowed());
  EXPECT_TRUE(sequencer_.is_open(0, most - 1));
  sequencer_.open(0, most, call("a"));
  EXPECT_TRUE(sequencer_.overflowed());
  EXPECT_FALSE(sequencer_.is_open(0, most));
}

TEST_F(SequencerTest, TooMuchThatWaitsOverflowsAndWhatWasToldDoesNotCount) {
  const std::string megabyte(std::size_t{1} << 20, 'x');
  const std::size_t most = Sequencer::waiting_bytes_max / megabyte.size();
  sequencer_.open(0, 1, call("a"));
  sequencer_.open(0, 2, freeform("b"));
  for (std::size_t i = 0; i < most; ++i) sequencer_.delta(0, 2, megabyte);
  sequencer_.delta(0, 1, "{}");
  sequencer_.delta(0, 2, megabyte);
  EXPECT_FALSE(sequencer_.overflowed());
  sequencer_.open(0, 3, freeform("c"));
  for (std::size_t i = 0; i < most; ++i) sequencer_.delta(0, 3, megabyte);
  EXPECT_FALSE(sequencer_.overflowed());
  sequencer_.delta(0, 3, "x");
  EXPECT_TRUE(sequencer_.overflowed());
}

TEST_F(SequencerTest, TheSinkMayChangeFromCallToCall) {
  RecordingSink other;
  sequencer_.open(0, 1, text());
  told();
  sequencer_.set_sink(other);
  sequencer_.delta(0, 1, "x");
  EXPECT_EQ(other.text(), "delta 0.0 \"x\"\n");
  EXPECT_EQ(told(), "");
}

/// Text by choice and part.
using Texts = std::map<std::pair<int, int>, std::string>;

class DeltaSink final : public EventSink {
 public:
  void on(const Event& event) override {
    if (const auto* begin = std::get_if<PartBegin>(&event)) texts[{begin->choice, begin->part}];
    if (const auto* delta = std::get_if<PartDelta>(&event))
      texts[{delta->choice, delta->part}] += delta->text;
  }
  Texts texts;
};

/// A decoder that tells two choices whatever comes into its mind, and what should become of it:
/// parts are numbered in the order in which they were opened.
class AnyDecoder {
 public:
  AnyDecoder(unsigned seed, EventSink& sink) : chance_(seed), sequencer_(sink) {}

  void step() {
    const int choice = upto(1);
    const Sequencer::Key key = upto(4);
    switch (upto(6)) {
      case 0:
        open(choice, key);
        break;
      case 1:
        sequencer_.close(choice, key);
        break;
      case 2:
        sequencer_.aside(choice, Dialect::ollama, "{}");
        break;
      default:
        delta(choice, key);
        break;
    }
  }

  void end() {
    for (const int choice : {0, 1}) sequencer_.end(choice, Finish::stop, "", "");
  }

  const Texts& expected() const { return expected_; }

 private:
  int upto(unsigned most) { return static_cast<int>(chance_() % (most + 1)); }

  void open(int choice, Sequencer::Key key) {
    if (!sequencer_.is_open(choice, key)) {
      const int part = opened_.at(static_cast<std::size_t>(choice))++;
      parts_[{choice, key}] = part;
      expected_[{choice, part}];
    }
    const std::array kinds{text(), call("a"), freeform("b"), reasoning(), hosted("c"), call("d")};
    sequencer_.open(choice, key, kinds.at(chance_() % kinds.size()));
  }

  void delta(int choice, Sequencer::Key key) {
    constexpr std::array<std::string_view, 7> pieces{"{", "}", "\"", "\\", "x", "[", "{}"};
    const std::string_view piece = pieces.at(chance_() % pieces.size());
    if (sequencer_.is_open(choice, key)) expected_[{choice, parts_[{choice, key}]}] += piece;
    sequencer_.delta(choice, key, piece);
  }

  std::mt19937 chance_;
  Sequencer sequencer_;
  std::array<int, 2> opened_{};
  std::map<std::pair<int, Sequencer::Key>, int> parts_;
  Texts expected_;
};

TEST(Sequencer, WhateverIsToldInWhateverOrderObeysTheGrammarAndLosesNothing) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    DeltaSink told;
    GrammarSink grammar(&told);
    grammar.on(ReplyBegin{});
    AnyDecoder decoder(seed, grammar);
    for (int i = 0; i < 60; ++i) decoder.step();
    decoder.end();
    grammar.on(ReplyEnd{});
    ASSERT_EQ(grammar.violation(), "") << seed;
    ASSERT_EQ(told.texts, decoder.expected()) << seed;
  }
}

}  // namespace
}  // namespace omni::chat
