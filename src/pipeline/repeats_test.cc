// Requests that a client sends again under the same key: one call, and one answer for each.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Reply;

constexpr std::string_view key_field = "idempotency-key: k-1\r\n";

class RepeatsTest : public testing::PipelineTest {
 protected:
  RepeatsTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
    provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  }

  static Ask keyed(Ask ask) {
    ask.fields += key_field;
    return ask;
  }
  static Ask keyed(Dialect client, Mode mode = Mode::whole) {
    return keyed(turn(client, "ch/m", mode));
  }
  std::size_t calls() const { return provider_.asked().size(); }
  bool eventually_asked(std::size_t times) const {
    return net::testing::eventually([this, times] { return calls() == times; });
  }
  bool eventually_waiting(std::size_t count) {
    return net::testing::eventually(
        [this, count] { return recall_.repeats.counts().waiting == count; });
  }
  static TestAnswer read(net::testing::RawClient& client) {
    return testing::parse_answer(client.read_to_end());
  }
};

TEST_F(RepeatsTest, T24_what_comes_again_gets_the_same_answer_and_costs_nothing) {
  const TestAnswer first = ask(keyed(Dialect::openai_chat));
  const TestAnswer second = ask(keyed(Dialect::openai_chat));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.field("x-omniroute-idempotent"), "");
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.field("x-omniroute-idempotent"), "true");
  EXPECT_EQ(second.field("x-omniroute-cache"), "") << "nobody looked there";
  EXPECT_EQ(second.field("x-omniroute-provider"), "ch");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, second).text, "Hi");
  EXPECT_EQ(calls(), 1U);
  EXPECT_NE(trace().find(R"("cacheSource":"idempotency")"), std::string::npos) << trace();
  EXPECT_NE(trace().find(R"("attempts":[])"), std::string::npos) << trace();
  set("idempotencyWindowMs", [](store::Settings& s) { s.idempotency_window_ms = 0; });
  ask(turn(Dialect::openai_chat, "ch/m"));
  EXPECT_EQ(usage("status", 2), "200 200") << "of the first, and of the one just now";
}

TEST_F(RepeatsTest, T24_the_answer_is_told_in_the_dialect_and_the_mode_of_each) {
  const auto asked_by = [](Dialect client, Mode mode, const std::string& model) {
    Ask ask = keyed(turn(client, model, mode));
    const auto say = [&ask](const std::string& member) { ask.body.insert(1, member + ","); };
    switch (client) {
      case Dialect::openai_chat:
        say(R"("max_tokens":99)");
        break;
      case Dialect::openai_responses:
        say(R"("max_output_tokens":99)");
        break;
      case Dialect::gemini:
        say(R"("generationConfig":{"maxOutputTokens":99})");
        break;
      case Dialect::ollama:
        say(R"("options":{"num_predict":99})");
        break;
      case Dialect::anthropic:
        break;
    }
    return ask;
  };
  for (const Dialect provider : chat::all_dialects) {
    for (const Mode first : {Mode::whole, Mode::stream}) {
      provider_.play(testing::hi(provider, first));
      advance(std::chrono::seconds(5));
      const std::size_t before = calls();
      for (const Dialect client : chat::all_dialects) {
        for (const Mode mode : {first, Mode::stream, Mode::whole}) {
          SCOPED_TRACE(std::string(name_of(client)) + " of " + std::string(name_of(provider)));
          const TestAnswer answer =
              ask(asked_by(client, mode, testing::provider_of(provider) + "/m"));
          EXPECT_EQ(answer.status, 200);
          const bool streams = answer.field("content-type") != "application/json";
          EXPECT_EQ(streams, mode == Mode::stream) << answer.head;
          const testing::Heard heard = testing::hear(client, answer);
          EXPECT_EQ(heard.text, "Hi") << answer.body;
          EXPECT_FALSE(heard.failure) << answer.body;
        }
      }
      EXPECT_EQ(calls(), before + 1) << name_of(provider);
    }
  }
}

TEST_F(RepeatsTest, T24_nobody_gets_the_answer_to_something_else) {
  add_key("ann");
  add_key("bob");
  const auto by = [](const char* name, Ask ask) {
    ask.fields += std::string("authorization: Bearer sk-") + name + "\r\n";
    return ask;
  };
  const auto saying = [](std::string_view member) {
    Ask ask = keyed(Dialect::openai_chat);
    ask.body.insert(1, std::string(member) + ",");
    return ask;
  };
  Ask another_key = turn(Dialect::openai_chat, "ch/m");
  another_key.fields = "idempotency-key: k-2\r\n";
  Ask beta = keyed(Dialect::anthropic);
  beta.fields += "anthropic-beta: interleaved-thinking-2025-05-14\r\n";
  const std::vector<Ask> asks{
      keyed(Dialect::openai_chat),
      by("ann", keyed(Dialect::openai_chat)),
      by("bob", keyed(Dialect::openai_chat)),
      another_key,
      turn(Dialect::openai_chat, "ch/m"),
      keyed(Dialect::anthropic),  // which says how long the answer may be
      beta,
      keyed(turn(Dialect::openai_chat, "re/m")),
      keyed({"/v1/providers/ch/chat/completions", turn(Dialect::openai_chat, "m").body}),
      saying(R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}])"),
      saying(R"("tools":[{"type":"function","function":{"name":"g","parameters":{}}}])"),
      saying(R"("response_format":{"type":"json_object"})"),
      saying(R"("temperature":0)"),
      saying(R"("max_tokens":5)"),
      saying(R"("stop":["x"])"),
      saying(R"("reasoning_effort":"low")"),
      saying(R"("user":"ann")"),
      saying(R"("verbosity":"low")")};
  for (std::size_t i = 0; i < asks.size(); ++i) {
    ask(asks[i]);
    EXPECT_EQ(calls(), i + 1) << asks[i].bytes();
  }
}

TEST_F(RepeatsTest, T24_two_at_the_same_time_get_one_call_each_as_it_wants_it) {
  set("idempotencyWindowMs", [](store::Settings& s) { s.idempotency_window_ms = 0; });
  Reply slow = testing::hi(Dialect::openai_chat, Mode::stream);
  const std::string half = testing::half_of_hi(Dialect::openai_chat);
  slow.pieces = {half, slow.pieces[0].substr(half.size())};
  slow.pause = Millis{500};
  provider_.play(slow);
  auto first = begin(keyed(Dialect::openai_chat, Mode::stream));
  ASSERT_TRUE(eventually_asked(1));
  auto second = begin(keyed(Dialect::openai_chat, Mode::whole));
  auto third = begin(keyed(Dialect::ollama, Mode::stream));
  ASSERT_TRUE(eventually_waiting(2));
  EXPECT_EQ(testing::hear(Dialect::openai_chat, read(first)).text, "Hi");
  const TestAnswer whole = read(second);
  EXPECT_EQ(whole.field("x-omniroute-idempotent"), "true");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, whole).text, "Hi");
  EXPECT_EQ(testing::hear(Dialect::ollama, read(third)).text, "Hi");
  EXPECT_EQ(calls(), 1U);
}

TEST_F(RepeatsTest, WhoWaitsForOneThatLeavesAsksInItsPlace) {
  provider_.play("",
                 {upstream::testing::no_reply(), testing::hi(Dialect::openai_chat, Mode::whole)});
  auto first = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_asked(1));
  auto second = begin(keyed(Dialect::openai_chat));
  auto third = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_waiting(2));
  first.close();
  const TestAnswer told_second = read(second), told_third = read(third);
  EXPECT_EQ(testing::hear(Dialect::openai_chat, told_second).text, "Hi");
  EXPECT_EQ(testing::hear(Dialect::openai_chat, told_third).text, "Hi");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(RepeatsTest, WhoWaitsForOneThatFailsAsksInItsPlace) {
  Reply failure = upstream::testing::json_reply(R"({"error":{"message":"no"}})", 400);
  failure.pieces.insert(failure.pieces.begin(), " ");
  failure.pause = Millis{500};
  provider_.play("", {failure, testing::hi(Dialect::openai_chat, Mode::whole)});
  auto first = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_asked(1));
  auto second = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_waiting(1));
  EXPECT_EQ(read(first).status, 400);
  EXPECT_EQ(testing::hear(Dialect::openai_chat, read(second)).text, "Hi");
  EXPECT_EQ(calls(), 2U);
}

TEST_F(RepeatsTest, NothingIsAskedTwiceUnderOneKeyHoweverLongItTakes) {
  patience_ = Millis{1};  // for what others ask
  start({}, heartbeat_);
  Reply slow = testing::hi(Dialect::openai_chat, Mode::whole);
  slow.pieces.insert(slow.pieces.begin(), " ");
  slow.pause = Millis{300};
  provider_.play(slow);
  auto first = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_asked(1));
  EXPECT_EQ(testing::hear(Dialect::openai_chat, ask(keyed(Dialect::openai_chat))).text, "Hi");
  EXPECT_EQ(calls(), 1U);
}

TEST_F(RepeatsTest, WhoLeavesWhileItWaitsIsForgotten) {
  provider_.play(upstream::testing::no_reply());
  auto first = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_asked(1));
  auto second = begin(keyed(Dialect::openai_chat));
  ASSERT_TRUE(eventually_waiting(1));
  second.close();
  EXPECT_TRUE(eventually_waiting(0));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(RepeatsTest, AnAnswerIsToldAgainForAsLongAsTheSettingSays) {
  ask(keyed(Dialect::openai_chat));
  advance(Millis{4999});
  ask(keyed(Dialect::openai_chat));
  EXPECT_EQ(calls(), 1U);
  advance(Millis{1});
  ask(keyed(Dialect::openai_chat));
  EXPECT_EQ(calls(), 2U);
}

TEST_F(RepeatsTest, AnIdOfTheRequestIsAKeyWhereThereIsNoOther) {
  Ask named = turn(Dialect::openai_chat, "ch/m");
  named.fields = "x-request-id: q-1\r\n";
  ask(named);
  EXPECT_EQ(ask(named).field("x-omniroute-idempotent"), "true");
  Ask keyed_too = keyed(named);
  EXPECT_EQ(ask(keyed_too).field("x-omniroute-idempotent"), "");
}

TEST_F(RepeatsTest, AFailureIsNotToldAgain) {
  provider_.play("", {upstream::testing::json_reply(R"({"error":{"message":"no"}})", 400),
                      testing::hi(Dialect::openai_chat, Mode::whole)});
  EXPECT_EQ(ask(keyed(Dialect::openai_chat)).status, 400);
  EXPECT_EQ(ask(keyed(Dialect::openai_chat)).status, 200);
}

TEST_F(RepeatsTest, WhatAKeyWithoutALogWasToldIsNotKept) {
  add_key("ann", [](store::ApiKey& key) { key.no_log = true; });
  Ask secret = keyed(Dialect::openai_chat);
  secret.fields += "authorization: Bearer sk-ann\r\n";
  ask(secret);
  EXPECT_EQ(recall_.repeats.counts().entries, 0U);
  ask(secret);
  EXPECT_EQ(calls(), 2U);
}

TEST_F(RepeatsTest, AStreamThatBreaksOffIsNotToldAgain) {
  provider_.play("", {upstream::testing::stream_reply({testing::half_of_hi(Dialect::openai_chat)},
                                                      Reply::End::broken),
                      testing::hi(Dialect::openai_chat, Mode::stream)});
  EXPECT_TRUE(
      testing::hear(Dialect::openai_chat, ask(keyed(Dialect::openai_chat, Mode::stream))).failure);
  EXPECT_FALSE(
      testing::hear(Dialect::openai_chat, ask(keyed(Dialect::openai_chat, Mode::stream))).failure);
  EXPECT_EQ(calls(), 2U);
}

}  // namespace
}  // namespace omni::pipeline
