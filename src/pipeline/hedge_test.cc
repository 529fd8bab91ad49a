// A combo that asks a second model beside one that says nothing: who answers, what becomes of the
// other, and what it costs.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::no_reply;
using upstream::testing::Reply;
using upstream::testing::stream_reply;

/// The combo `best` of three models at providers of one account each, `one`, `two` and `three`, of
/// which the second and the third answer.
class HedgeTest : public testing::PipelineTest {
 protected:
  HedgeTest() {
    connect("ch", "one");
    connect("an", "two");
    connect("re", "three");
    good("two", Dialect::anthropic);
    good("three", Dialect::openai_responses);
    hedge(R"({"percent":100,"afterMs":100})");
  }
  void hedge(const std::string& how) {
    write([](sql::Session& session) {
      (void)store::delete_combo(session, "id-best");
      return Status(Nothing{});
    });
    add_combo("best",
              R"({"models":["ch/m","an/m","re/m"],"config":{"maxRetries":0,"hedge":)" + how + "}}");
  }
  void good(const std::string& key, Dialect dialect, Mode mode = Mode::whole) {
    provider_.play(key, {testing::hi(dialect, mode)});
  }
  void says(const std::string& key, Reply reply) { provider_.play(key, {std::move(reply)}); }
  TestAnswer ask_best(Mode mode = Mode::whole) { return ask(Dialect::openai_chat, "best", mode); }
  std::string said(const TestAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return testing::hear(Dialect::openai_chat, answer).text;
  }
  std::string who_was_asked() {
    std::string names;
    for (const auto& asked : provider_.asked()) {
      const std::string bearer(asked.field("authorization"));
      names += names.empty() ? "" : " ";
      names += bearer.empty() ? std::string(asked.field("x-api-key")) : bearer.substr(7);
    }
    return names;
  }
  route::ComboMetrics metrics() { return memory_.find("id-best")->metrics(); }
  /// The first one is hurt by nothing: it does not rest, and has no row.
  void expect_unharmed(const std::string& connection) {
    EXPECT_TRUE(accounts_.rests().empty());
    EXPECT_EQ(accounts_.counts_of(connection).running, 0) << "its lease is back";
    EXPECT_TRUE(breakers_.all().empty());
    EXPECT_TRUE(net::testing::eventually([this] { return provider_.left() == 1; }))
        << "and its provider was told";
  }
};

TEST_F(HedgeTest, WhoSaysNothingIsCalledOffForTheNextWhichAnswers) {
  for (const Reply& silence : {no_reply(), stream_reply({": wait\n\n"}, Reply::End::silent)}) {
    says("one", silence);
    const std::size_t left = provider_.left();
    EXPECT_EQ(said(ask_best()), "Hi");
    EXPECT_TRUE(net::testing::eventually([&] { return provider_.left() == left + 1; }));
  }
  EXPECT_EQ(who_was_asked(), "one two one two");
}

TEST_F(HedgeTest, TheLoserCostsNothingAndIsHarmedByNothing) {
  says("one", no_reply());
  EXPECT_EQ(said(ask_best()), "Hi");
  expect_unharmed("c-one");
  EXPECT_EQ(usage("connection_id || ' ' || status"), "c-two 200");
  const route::ComboMetrics counted = metrics();
  EXPECT_EQ(counted.successes, 1U);
  EXPECT_EQ(counted.steps[0].failures, 0U);
  EXPECT_EQ(counted.steps[0].health, 1);
  for (const route::Tally& step : counted.steps) EXPECT_EQ(step.in_flight, 0U);
  EXPECT_NE(trace().find("Called off: another answered first"), std::string::npos) << trace();
}

TEST_F(HedgeTest, TheFirstAnswersWhereItSpeaksBeforeTheSecond) {
  Reply late = testing::hi(Dialect::openai_chat, Mode::stream);
  late.pieces.insert(late.pieces.begin(), ": wait\n\n");
  late.pause = Millis{250};
  says("one", late);
  says("two", no_reply());
  const TestAnswer answer = ask_best(Mode::stream);
  EXPECT_EQ(said(answer), "Hi");
  EXPECT_EQ(who_was_asked(), "one two");
  expect_unharmed("c-two");
  EXPECT_EQ(usage("connection_id"), "c-one");
}

TEST_F(HedgeTest, AStreamOfTheOneIsNeverMixedWithThatOfTheOther) {
  Reply slow = testing::hi(Dialect::openai_chat, Mode::stream);
  slow.pieces.insert(slow.pieces.begin(), ": wait\n\n");
  slow.pause = Millis{130};
  says("one", slow);
  good("two", Dialect::anthropic, Mode::stream);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said(ask_best(Mode::stream)), "Hi");
  EXPECT_EQ(usage("count(*) || ' ' || min(status) || ' ' || max(status)", 20), "20 200 200");
}

TEST_F(HedgeTest, WhereTheSecondFailsTheFirstStillMayAnswerAndSoMayTheThird) {
  Reply late = testing::hi(Dialect::openai_chat, Mode::stream);
  late.pieces.insert(late.pieces.begin(), ": wait\n\n");
  late.pause = Millis{250};
  says("one", late);
  for (const char* const key : {"two", "three"}) says(key, json_reply("{}", 500));
  EXPECT_EQ(said(ask_best(Mode::stream)), "Hi");
  EXPECT_EQ(who_was_asked(), "one two three");
  says("one", no_reply());
  good("three", Dialect::openai_responses);
  EXPECT_EQ(said(ask_best()), "Hi");
}

TEST_F(HedgeTest, WhereTheFirstFailsMeanwhileTheSecondIsWaitedFor) {
  Reply late_failure = json_reply("broke");
  late_failure.type = "text/event-stream";
  late_failure.pieces = {": wait\n\n", "data: {\"error\":{\"message\":\"broke\"}}\n\n"};
  late_failure.pause = Millis{200};
  says("one", late_failure);
  Reply late = testing::hi(Dialect::anthropic, Mode::stream);
  late.pieces.insert(late.pieces.begin(), ": wait\n\n");
  late.pause = Millis{300};
  says("two", late);
  EXPECT_EQ(said(ask_best(Mode::stream)), "Hi");
  EXPECT_EQ(who_was_asked(), "one two");
  EXPECT_EQ(usage("status", 2), "502 200");
}

TEST_F(HedgeTest, NobodyElseIsAskedWhereTheFirstAnswersOrFailsInTime) {
  hedge(R"({"percent":100,"afterMs":60000})");
  good("one", Dialect::openai_chat);
  EXPECT_EQ(said(ask_best()), "Hi");
  says("one", json_reply("{}", 500));
  EXPECT_EQ(said(ask_best()), "Hi");
  EXPECT_EQ(who_was_asked(), "one one two");
}

TEST_F(HedgeTest, NoMoreThanItsShareOfRequestsIsSentTwice) {
  hedge(R"({"percent":50,"afterMs":50})");
  Reply late = testing::hi(Dialect::openai_chat, Mode::stream);
  late.pieces.insert(late.pieces.begin(), ": wait\n\n");
  late.pause = Millis{150};
  says("one", late);
  says("two", no_reply());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(said(ask_best(Mode::stream)), "Hi");
  EXPECT_EQ(who_was_asked(), "one one two one one two");
}

TEST_F(HedgeTest, ItIsOffUnlessItIsAskedForAndWhileNobodyKnowsHowLongItUsuallyTakes) {
  for (const char* const how : {"{}", R"({"percent":0,"afterMs":1})", R"({"percent":100})"}) {
    hedge(how);
    Reply late = testing::hi(Dialect::openai_chat, Mode::stream);
    late.pieces.insert(late.pieces.begin(), ": wait\n\n");
    late.pause = Millis{100};
    says("one", late);
    EXPECT_EQ(said(ask_best(Mode::stream)), "Hi");
  }
  EXPECT_EQ(who_was_asked(), "one one one");
}

TEST_F(HedgeTest, AClientThatLeavesCallsBothOff) {
  for (const char* const key : {"one", "two"}) says(key, no_reply());
  net::testing::RawClient client = begin(turn(Dialect::openai_chat, "best"));
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.asked().size() == 2; }));
  client.close();
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.left() == 2; }));
  EXPECT_EQ(usage("status", 2), "499 499");
  EXPECT_EQ(who_was_asked(), "one two") << "and nobody else is asked";
}

}  // namespace
}  // namespace omni::pipeline
