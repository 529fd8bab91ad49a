#include "pipeline/progress.h"

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Reply;

TEST(Progress, TellsEverySoOftenAndBeforeTheMarkAtTheEnd) {
  ManualClock clock;
  Progress progress(clock, Millis{2000});
  std::string out = "data: {}\n\n";
  progress.tell(3, out);
  EXPECT_EQ(out, "data: {}\n\n");
  EXPECT_EQ(progress.due_in(), Millis{2000});
  clock.advance(Millis{2000});
  progress.tell(37, out);
  EXPECT_EQ(out,
            "data: {}\n\nevent: progress\ndata: {\"tokens_generated\":37,\"elapsed_ms\":2000}\n\n");
  EXPECT_EQ(progress.due_in(), Millis{2000});
  clock.advance(Millis{5});
  out = "data: {\"a\":\"data: [DONE]\"}\n\ndata: [DONE]\n\n";
  progress.tell_end(40, out);
  EXPECT_EQ(out,
            "data: {\"a\":\"data: [DONE]\"}\n\n"
            "event: progress\ndata: {\"tokens_generated\":40,\"elapsed_ms\":2005,\"done\":true}\n\n"
            "data: [DONE]\n\n");
}

TEST(Progress, TheEndOfAStreamWithoutAMarkIsToldLast) {
  ManualClock clock;
  const Progress progress(clock, Millis{2000});
  std::string out = "data: {\"a\":\"data: [DONE]\"}\n\n";
  progress.tell_end(1, out);
  EXPECT_TRUE(out.ends_with(R"("done":true})"
                            "\n\n"))
      << out;
}

class ProgressTest : public testing::PipelineTest {
 protected:
  ProgressTest() {
    connect("ch", "one");
    connect("an", "two");
    progress_ = Millis{0};  // between any two pieces
    start({}, heartbeat_);
  }
  TestAnswer ask_for_progress(Dialect client, std::string_view model, Mode mode = Mode::stream) {
    Ask ask = turn(client, model, mode);
    ask.fields = "x-omniroute-progress: TRUE\r\n";
    return PipelineTest::ask(ask);
  }
  /// In pieces that end within frames.
  static Reply in_pieces(Dialect provider) {
    Reply reply = testing::hi(provider, Mode::stream);
    const std::string whole = reply.pieces[0];
    reply.pieces.clear();
    for (std::size_t at = 0; at < whole.size(); at += 100) {
      reply.pieces.push_back(whole.substr(at, 100));
    }
    reply.pause = Millis{5};
    return reply;
  }
  /// Without those that tell progress.
  static std::string other_frames(std::string body) {
    for (std::size_t at = body.find("event: progress\n"); at != std::string::npos;
         at = body.find("event: progress\n")) {
      body.erase(at, body.find("\n\n", at) + 2 - at);
    }
    return body;
  }
};

TEST_F(ProgressTest, IsToldBetweenWholeFramesInBothLanes) {
  for (const Dialect provider : {Dialect::openai_chat, Dialect::anthropic}) {
    SCOPED_TRACE(name_of(provider));
    provider_.play(in_pieces(provider));
    const std::string model = testing::provider_of(provider) + "/m";
    const TestAnswer answer = ask_for_progress(Dialect::openai_chat, model);
    EXPECT_EQ(answer.field("x-omniroute-progress"), "enabled");
    const std::size_t last = answer.body.rfind("event: progress\n");
    EXPECT_NE(answer.body.find("event: progress\n"), last) << answer.body;
    EXPECT_EQ(answer.body.substr(last).find("\n\ndata: [DONE]\n\n"),
              answer.body.substr(last).find("\n\n"))
        << answer.body;
    EXPECT_NE(answer.body.find(R"("done":true})"), std::string::npos);
    EXPECT_EQ(
        testing::hear(Dialect::openai_chat, {answer.status, answer.head, other_frames(answer.body)})
            .text,
        "Hi");
    EXPECT_EQ(other_frames(answer.body).find("progress"), std::string::npos);
  }
}

TEST_F(ProgressTest, IsNotToldWhereNobodyReadsIt) {
  provider_.play(testing::hi(Dialect::anthropic, Mode::stream));
  for (const Dialect client : {Dialect::anthropic, Dialect::openai_responses}) {
    const TestAnswer answer = ask_for_progress(client, "an/m");
    EXPECT_EQ(answer.field("x-omniroute-progress"), "");
    EXPECT_FALSE(answer.says("tokens_generated"));
  }
  const TestAnswer unasked = ask(Dialect::openai_chat, "an/m", Mode::stream);
  EXPECT_EQ(unasked.field("x-omniroute-progress"), "");
  EXPECT_FALSE(unasked.says("tokens_generated"));
  provider_.play(testing::hi(Dialect::anthropic, Mode::whole));
  EXPECT_EQ(
      ask_for_progress(Dialect::openai_chat, "an/m", Mode::whole).field("x-omniroute-progress"),
      "");
}

TEST_F(ProgressTest, IsToldWhileTheProviderIsSilent) {
  progress_ = Millis{20};
  start({}, heartbeat_);
  Reply reply = testing::hi(Dialect::openai_chat, Mode::stream);
  reply.pieces = {testing::half_of_hi(Dialect::openai_chat)};
  reply.end = Reply::End::silent;
  provider_.play(reply);
  Ask ask = turn(Dialect::openai_chat, "ch/m", Mode::stream);
  ask.fields = "x-omniroute-progress: true\r\n";
  auto client = begin(ask);
  std::string heard;
  const auto hear_until = [&](std::string_view text) {
    while (heard.find(text) == std::string::npos) {
      const std::string more = client.read_some();
      ASSERT_FALSE(more.empty()) << heard;
      heard += more;
    }
  };
  hear_until("Hi");
  advance(Millis{20});
  hear_until(R"("elapsed_ms":20})");
}

}  // namespace
}  // namespace omni::pipeline
