#include "chat/collector.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "chat/grammar.h"
#include "chat/test_chat.h"

namespace omni::chat {
namespace {

json::Raw raw(std::string text) { return json::Raw::trusted(std::move(text)); }

/// A reply with one of everything.
Reply full_reply() {
  Reply reply{.source = Dialect::anthropic, .id = "msg_1", .model = "m", .created = 7};
  reply.extras = {.dialect = Dialect::anthropic, .spelling = 2, .members = {{"x", raw("[1]")}}};
  reply.usage = Usage{.input_fresh = 3,
                      .output_text = 4,
                      .wire = Opaque{Dialect::anthropic, raw("{\"input_tokens\":3}")}};
  Choice& choice = reply.choices.emplace_back();
  choice.parts.push_back(
      {.body = Reasoning{.text = "hm", .summary = {"one", "", "three"}}, .seal = Seal{"p", "s1"}});
  choice.parts.push_back({.body = Reasoning{.redacted = true}, .seal = Seal{"p", "s2"}});
  choice.parts.push_back({.body = Reasoning{.summary = {""}}});
  choice.parts.push_back(
      {.body = Text{"Hello"},
       .cache_control = raw("{\"type\":\"ephemeral\"}"),
       .extras = {
           .dialect = Dialect::anthropic, .spelling = 1, .members = {{"citations", raw("[{}]")}}}});
  choice.parts.push_back({.body = Text{}, .seal = Seal{"", "s3"}});
  choice.parts.push_back({.body = Refusal{"no"}});
  choice.parts.push_back({.body = Media{.kind = Media::Kind::image,
                                        .form = Media::Form::base64,
                                        .payload = "AAAA",
                                        .mime_type = "image/png"},
                          .seal = Seal{"", "s4"}});
  choice.parts.push_back(
      {.body = ToolCall{.id = "1", .name = "a", .input = "{\"b\": 1}"}, .seal = Seal{"", "s5"}});
  choice.parts.push_back(
      {.body = ToolCall{.name = "f", .input = "free", .form = ToolCall::Form::freeform}});
  choice.parts.push_back(
      {.body = ToolCall{.name = "b", .input = "{\"b", .form = ToolCall::Form::broken}});
  choice.parts.push_back(
      {.body = ToolCall{.space = "s", .name = "h", .runner = ToolCall::Runner::provider}});
  choice.parts.push_back({.body = ToolResult{.call_id = "1", .content = {{.body = Text{"r"}}}}});
  choice.parts.push_back({.body = Opaque{Dialect::anthropic, raw("{\"type\":\"new\"}")}});
  choice.finish = Finish::tool_calls;
  choice.finish_word = "tool_use";
  choice.extras = {
      .dialect = Dialect::anthropic, .spelling = 4, .members = {{"logprobs", raw("null")}}};
  Choice& second = reply.choices.emplace_back();
  second.extras = {.dialect = Dialect::anthropic, .spelling = 8, .members = {}};
  second.finish = Finish::stop;
  second.stop_sequence = "END";
  return reply;
}

TEST(Replay, AndCollectGiveTheSameReply) {
  Collector collector;
  GrammarSink grammar(&collector);
  replay(full_reply(), grammar);
  EXPECT_EQ(grammar.violation(), "");
  EXPECT_TRUE(grammar.ended());
  EXPECT_TRUE(collector.complete());
  EXPECT_EQ(describe(std::move(collector).take()), describe(full_reply()));
}

TEST(Replay, OfAnEmptyReplyIsABeginningAndAnEnd) {
  RecordingSink told;
  replay(Reply{.source = Dialect::gemini}, told);
  EXPECT_EQ(told.text(), "begin gemini\ndone\n");
}

TEST(Replay, TellsTheSealOfACallAtOnceAndThatOfThoughtsAfterThem) {
  Reply reply;
  Choice& choice = reply.choices.emplace_back();
  choice.parts.push_back({.body = Reasoning{.text = "hm"}, .seal = Seal{"", "a"}});
  choice.parts.push_back({.body = ToolCall{.name = "f"}, .seal = Seal{"", "b"}});
  RecordingSink told;
  replay(reply, told);
  EXPECT_EQ(told.text(),
            "begin openai_chat\npart 0.0 reasoning\ndelta 0.0 \"hm\"\nend 0.0 seal=\":a\"\n"
            "part 0.1 call name=\"f\" seal=\":b\"\ndelta 0.1 \"{}\"\nend 0.1\nfinish 0 stop\n"
            "done\n");
}

TEST(Replay, KeepsExtrasOfAForeignDialectOutOfTheStream) {
  Reply reply{.source = Dialect::gemini};
  reply.choices.emplace_back().extras = {.dialect = Dialect::ollama, .members = {{"a", raw("1")}}};
  RecordingSink told;
  replay(reply, told);
  EXPECT_EQ(told.text(), "begin gemini\nfinish 0 stop\ndone\n");
}

class CollectorTest : public ::testing::Test {
 protected:
  void begin() { collector_.on(ReplyBegin{.source = Dialect::openai_chat, .id = "1"}); }
  void part(const Part& seed) { collector_.on(PartBegin{0, part_ = part_ + 1, seed}); }
  void aside(std::string_view object, int part = -1, Dialect dialect = Dialect::openai_chat) {
    collector_.on(Aside{0, part, dialect, object});
  }
  void end() {
    collector_.on(ChoiceEnd{});
    collector_.on(ReplyEnd{});
  }
  std::string choice_extras() { return describe(collector_.reply().choices.at(0).extras); }

  Collector collector_;
  int part_ = -1;
};

TEST_F(CollectorTest, ChecksTheInputOfACallWhenItIsWhole) {
  begin();
  part({.body = ToolCall{.name = "a", .input = ""}});
  collector_.on(PartEnd{0, 0});
  part({.body = ToolCall{.name = "b", .input = ""}});
  collector_.on(PartDelta{0, 1, "{\"x"});
  collector_.on(PartEnd{0, 1});
  part({.body = ToolCall{.name = "c", .input = "", .form = ToolCall::Form::freeform}});
  collector_.on(PartEnd{0, 2});
  end();
  EXPECT_EQ(describe(collector_.reply()),
            "reply openai_chat id=\"1\"\n0 call name=\"a\" input=\"{}\"\n"
            "0 call name=\"b\" input=\"{\\\"x\" broken\n0 call name=\"c\" freeform\n"
            "0 finish stop\n");
}

TEST_F(CollectorTest, TheLastUsageCounts) {
  begin();
  collector_.on(UsageSoFar{Usage{.input_fresh = 5, .output_text = 1}});
  collector_.on(UsageSoFar{Usage{.input_fresh = 5, .output_text = 9}});
  end();
  EXPECT_EQ(describe(*collector_.reply().usage), "usage fresh=5 text=9");
}

TEST_F(CollectorTest, KeepsWhatCameBeforeAFailure) {
  begin();
  part({.body = Text{}});
  collector_.on(PartDelta{0, 0, "half"});
  EXPECT_FALSE(collector_.failure());
  collector_.on(ReplyFailed{Failure{.status = 529, .message = "Overloaded"}});
  EXPECT_FALSE(collector_.complete());
  EXPECT_EQ(collector_.failure()->status, 529);
  EXPECT_EQ(text_of(collector_.reply().choices.at(0).parts.at(0)), "half");
}

TEST_F(CollectorTest, JoinsTheArraysOfAsidesHoweverDeepTheyAre) {
  begin();
  aside(R"({"logprobs":{"content":[{"a":1}, 2],"refusal":null},"list":[1]})");
  aside(R"({"logprobs":{"content":[ ],"refusal":[]},"list":[ 2 , [3] ]})");
  aside(R"({"logprobs":{"content":[3],"refusal":null},"list":[]})");
  end();
  EXPECT_EQ(choice_extras(),
            " extras(openai_chat logprobs={\"content\":[{\"a\":1}, 2,3],\"refusal\":[]} "
            "list=[1,2 , [3]])");
}

TEST_F(CollectorTest, OfOtherValuesOfAnAsideTheLastCountsAndNullNever) {
  begin();
  aside(R"({"a":1,"b":null,"c":{},"d":null})");
  aside(R"({"a":"x","b":null,"c":5,"d":2})");
  aside(R"({"a":null})");
  end();
  EXPECT_EQ(choice_extras(), " extras(openai_chat a=\"x\" b=null c=5 d=2)");
}

TEST_F(CollectorTest, AnAsideToAPartJoinsTheExtrasOfItsSeed) {
  begin();
  part(
      {.body = Text{},
       .extras = {.dialect = Dialect::openai_chat, .spelling = 4, .members = {{"n", raw("[0]")}}}});
  aside(R"({"n":[1],"m":2})", 0);
  end();
  EXPECT_EQ(describe(collector_.reply().choices.at(0).parts.at(0)),
            "text extras(openai_chat spelling=4 n=[0,1] m=2)");
  EXPECT_EQ(choice_extras(), "");
}

TEST_F(CollectorTest, AsidesOfAnotherDialectAreLeftOut) {
  begin();
  aside(R"({"a":1})", -1, Dialect::gemini);
  end();
  EXPECT_EQ(choice_extras(), "");
}

TEST_F(CollectorTest, ValuesNestedBeyondMeasureAreNotMerged) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{\"a\":";
  deep += "[1]" + std::string(100, '}');
  begin();
  aside(deep);
  aside(deep);
  end();
  EXPECT_EQ(choice_extras(), " extras(openai_chat a=" + deep.substr(5, deep.size() - 6) + ")");
}

TEST_F(CollectorTest, SummariesGoToTheirNumbersWithinBounds) {
  begin();
  part({.body = Reasoning{}});
  collector_.on(PartDelta{0, 0, "a", 0});
  collector_.on(PartDelta{0, 0, "c", 2});
  collector_.on(PartDelta{0, 0, "!", 2});
  collector_.on(PartDelta{0, 0, "x", 1'000'000'000});
  EXPECT_EQ(describe(collector_.reply().choices.at(0).parts.at(0)),
            "reasoning summary=\"a\" summary=\"\" summary=\"c!\"");
}

TEST_F(CollectorTest, ManyAsidesTakeTimeInProportion) {
  begin();
  for (int i = 0; i < 20'000; ++i) aside(R"({"logprobs":{"content":[{"token":"x"}]}})");
  end();
  const json::Raw& value = collector_.reply().choices.at(0).extras.members.at(0).second;
  EXPECT_EQ(value.text().size(), 20'000 * 14U - 1 + std::string_view("{\"content\":[]}").size());
}

}  // namespace
}  // namespace omni::chat
