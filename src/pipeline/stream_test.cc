// Streams once they have begun: what fails is told in them, and silence is filled.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Heard;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Reply;

class StreamTest : public testing::PipelineTest {
 protected:
  StreamTest() {
    for (const Dialect dialect : chat::all_dialects) {
      connect(testing::provider_of(dialect), "key-" + testing::provider_of(dialect));
    }
    connect("ch", "another");
  }
  static std::string model(Dialect provider) { return testing::provider_of(provider) + "/m"; }
  /// A stream in the provider's dialect that says "Hi" and then this.
  static Reply begun(Dialect provider, Reply::End end, std::string more = "") {
    Reply reply = testing::hi(provider, Mode::stream);
    reply.pieces = {testing::half_of_hi(provider)};
    if (!more.empty()) reply.pieces.push_back(std::move(more));
    reply.end = end;
    return reply;
  }
};

TEST_F(StreamTest, T16_what_breaks_off_is_told_in_the_dialect_of_the_client) {
  for (const Dialect provider : chat::all_dialects) {
    for (const Reply::End end : {Reply::End::broken, Reply::End::whole}) {
      provider_.play(begun(provider, end));
      for (const Dialect client : chat::all_dialects) {
        SCOPED_TRACE(std::string(name_of(client)) + " asks " + std::string(name_of(provider)));
        const std::size_t before = provider_.asked().size();
        const TestAnswer answer = ask(client, model(provider), Mode::stream);
        const Heard heard = testing::hear(client, answer);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(heard.text, "Hi") << answer.body;
        // An end of Gemini's is a word in its last chunk: without it the stream was cut.
        EXPECT_TRUE(heard.failure) << answer.body;
        EXPECT_EQ(provider_.asked().size(), before + 1) << "nobody takes over what has begun";
      }
    }
  }
}

TEST_F(StreamTest, T16_an_error_in_the_middle_is_told_in_the_dialect_of_the_client) {
  const std::string error =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"busy now\"}}\n\n";
  Reply reply = begun(Dialect::anthropic, Reply::End::whole, error);
  reply.pause = Millis{200};  // what comes together is told by another account
  provider_.play(reply);
  for (const Dialect client : chat::all_dialects) {
    SCOPED_TRACE(name_of(client));
    const TestAnswer answer = ask(client, "an/m", Mode::stream);
    const Heard heard = testing::hear(client, answer);
    EXPECT_EQ(heard.text, "Hi");
    ASSERT_TRUE(heard.failure) << answer.body;
    EXPECT_EQ(heard.failure->message, "busy now");
    advance(std::chrono::hours(1));
  }
  EXPECT_NE(trace().find(R"("status":529)"), std::string::npos) << trace();
}

TEST_F(StreamTest, AFailureInTheMiddleDoesNotShowTheAccountsKey) {
  const std::string error =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
      "\"message\":\"no such key: key-an\"}}\n\n";
  Reply reply = begun(Dialect::anthropic, Reply::End::whole, error);
  reply.pause = Millis{200};
  provider_.play(reply);
  for (const Dialect client : {Dialect::anthropic, Dialect::openai_chat}) {
    SCOPED_TRACE(name_of(client));
    const TestAnswer answer = ask(client, "an/m", Mode::stream);
    EXPECT_TRUE(answer.says("no such key: ***")) << answer.body;
    EXPECT_FALSE(answer.says("key-an")) << answer.body;
    advance(std::chrono::hours(1));
  }
}

TEST_F(StreamTest, IsOverWhenTheProviderHasSaidSoHoweverLongItKeepsItsEndOpen) {
  Reply reply = testing::hi(Dialect::openai_chat, Mode::stream);
  reply.end = Reply::End::silent;
  provider_.play(reply);
  for (const Dialect client : {Dialect::openai_chat, Dialect::anthropic}) {
    EXPECT_EQ(testing::hear(client, ask(client, "ch/m", Mode::stream)).text, "Hi");
  }
}

TEST_F(StreamTest, AFailureInTheMiddleMakesItsAccountRest) {
  provider_.play("key-ch", {begun(Dialect::openai_chat, Reply::End::broken)});
  provider_.play("another", {testing::hi(Dialect::openai_chat, Mode::stream)});
  ask(Dialect::openai_chat, "ch/m", Mode::stream);
  const TestAnswer next = ask(Dialect::openai_chat, "ch/m", Mode::stream);
  EXPECT_FALSE(testing::hear(Dialect::openai_chat, next).failure);
}

TEST_F(StreamTest, T22_a_silent_stream_gets_signs_of_life) {
  start({}, Millis{20});
  const std::map<Dialect, std::string> signs{{Dialect::openai_chat, ": "},
                                             {Dialect::openai_responses, ": "},
                                             {Dialect::anthropic, "event: ping"},
                                             {Dialect::gemini, ": "},
                                             {Dialect::ollama, ""}};
  for (const Dialect provider : {Dialect::openai_chat, Dialect::anthropic}) {
    const std::string all = testing::hi(provider, Mode::stream).pieces[0];
    const std::string half = testing::half_of_hi(provider);
    Reply reply = begun(provider, Reply::End::whole, all.substr(half.size()));
    reply.pause = Millis{110};
    provider_.play(reply);
    for (const Dialect client : chat::all_dialects) {
      SCOPED_TRACE(std::string(name_of(client)) + " asks " + std::string(name_of(provider)));
      const TestAnswer answer = ask(client, model(provider), Mode::stream);
      const Heard heard = testing::hear(client, answer);
      EXPECT_EQ(heard.text, "Hi");
      EXPECT_FALSE(heard.failure) << "what comes after the silence is read";
      const std::string tail = answer.body.substr(answer.body.find("\"Hi\""));
      EXPECT_NE(tail.find(signs.at(client)), std::string::npos) << tail;
    }
  }
}

TEST_F(StreamTest, NoSignOfLifeIsSentBeforeTheFirstWord) {
  start({}, Millis{10});
  Reply late = testing::hi(Dialect::openai_chat, Mode::stream);
  late.pieces.insert(late.pieces.begin(), ": wait\n\n");
  late.pause = Millis{60};
  late.pieces[1] = "data: {\"error\":{\"message\":\"too late\"}}\n\n";
  provider_.play("key-ch", {late});
  provider_.play("another", {testing::hi(Dialect::openai_chat, Mode::stream)});
  EXPECT_EQ(
      testing::hear(Dialect::openai_chat, ask(Dialect::openai_chat, "ch/m", Mode::stream)).text,
      "Hi");
}

TEST_F(StreamTest, SignsOfLifeDoNotKeepAStreamOpenForEver) {
  start({.idle = Millis{120}}, Millis{25});
  provider_.play(begun(Dialect::openai_chat, Reply::End::silent));
  const TestAnswer answer = ask(Dialect::anthropic, "ch/m", Mode::stream);
  EXPECT_TRUE(answer.says("event: ping"));
  EXPECT_TRUE(testing::hear(Dialect::anthropic, answer).failure) << answer.body;
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.left() == 1; }));
}

TEST_F(StreamTest, EachWordGoesOutWhenItComes) {
  Reply slow = begun(Dialect::openai_chat, Reply::End::silent);
  provider_.play(slow);
  for (const Dialect client : chat::all_dialects) {
    net::testing::RawClient reader = begin(turn(client, "ch/m", Mode::stream));
    std::string read;
    while (read.find("\"Hi\"") == std::string::npos) {
      const std::string more = reader.read_some();
      ASSERT_FALSE(more.empty()) << name_of(client) << read;
      read += more;
    }
    EXPECT_NE(read.find("x-accel-buffering: no"), std::string::npos);
    EXPECT_NE(read.find("cache-control: no-cache"), std::string::npos);
  }
}

TEST_F(StreamTest, BytesMayComeInAnyPieces) {
  for (const Dialect provider : chat::all_dialects) {
    const Reply whole = testing::hi(provider, Mode::stream);
    Reply pieces = whole;
    pieces.pieces.clear();
    for (const char c : whole.pieces[0]) pieces.pieces.emplace_back(1, c);
    provider_.play(pieces);
    for (const Dialect client : {provider, Dialect::openai_chat, Dialect::anthropic}) {
      const TestAnswer answer = ask(client, model(provider), Mode::stream);
      EXPECT_EQ(testing::hear(client, answer).text, "Hi") << answer.body;
    }
  }
}

}  // namespace
}  // namespace omni::pipeline
