#include "pipeline/interpreter.h"

#include <gtest/gtest.h>

#include "chat/collector.h"
#include "dialect/test_answers.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;

class InterpreterTest : public ::testing::Test {
 protected:
  /// For an answer of that provider to that client; the byte lane is open where they are the same.
  void between(Dialect client, Dialect provider, bool client_streams, bool provider_streams) {
    base_.dialect = provider;
    asked_.source = client;
    asked_.stream = client_streams;
    translation_ = std::make_unique<Translation>(
        Translation{.outbound = {},
                    .adaptation = adapt::Adaptation({}, {}, {}, seals_),
                    .base = &base_,
                    .provider_streams = provider_streams,
                    .byte_lane = client == provider,
                    .asked = asked_});
    telling_ = {.client = client,
                .client_streams = client_streams,
                .provider_streams = provider_streams,
                .style = dialect::ReplyStyle::of(*translation_->asked)};
    telling_.style.id = "aaaaaaaaaaaaaaaaaaaaaaaa";
    interpreter_ = interpret(*translation_, telling_);
    out_.clear();
  }
  void tell(std::string_view bytes, std::size_t piece_bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_bytes, bytes.size()))) {
      interpreter_->feed(bytes.substr(0, piece_bytes), out_);
    }
    interpreter_->finish(out_);
  }
  /// What the client reads in `out_`.
  std::string heard() const {
    const dialect::Codec& codec = dialect::codec_for(telling_.client);
    chat::Collector collector;
    if (telling_.client_streams) {
      const auto decoder = codec.stream_decoder();
      decoder->feed(out_, collector);
      decoder->finish(collector);
    } else {
      const auto reply = codec.decode_reply(out_);
      if (std::holds_alternative<chat::Failure>(reply)) return "failure";
      chat::replay(std::get<chat::Reply>(reply), collector);
    }
    if (collector.failure()) return "failure";
    return collector.reply().choices.empty()
               ? "nothing"
               : chat::text_of(collector.reply().choices[0].parts.at(0));
  }
  bool hands_on_now() const { return hands_on(*translation_, telling_); }

  ManualClock clock_;
  adapt::SealMemory seals_{clock_, {}};
  account::Base base_;
  chat::Request asked_;
  std::unique_ptr<Translation> translation_;
  Telling telling_;
  std::unique_ptr<Interpreter> interpreter_;
  std::string out_;
};

TEST_F(InterpreterTest, TellsEveryAnswerToEveryClientInAnyPieces) {
  for (const bool provider_streams : {true, false}) {
    for (const auto& answer : provider_streams ? dialect::streams() : dialect::replies()) {
      for (const Dialect client : chat::all_dialects) {
        for (const bool client_streams : {true, false}) {
          for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, answer.text.size()}) {
            SCOPED_TRACE(std::string(name_of(answer.dialect)) + " to " +
                         std::string(name_of(client)));
            between(client, answer.dialect, client_streams, provider_streams);
            tell(answer.text, piece);
            EXPECT_EQ(heard(), "Hi") << out_;
            const dialect::Seen& seen = interpreter_->seen();
            EXPECT_TRUE(seen.content && seen.ended && !seen.failure);
            ASSERT_TRUE(seen.usage);
            EXPECT_EQ(seen.usage->input(), 9);
            EXPECT_EQ(seen.usage->output(), 2);
            EXPECT_EQ(seen.model, answer.model);
          }
        }
      }
    }
  }
}

TEST_F(InterpreterTest, HandsOnBytesWhereDialectAndModeAreTheSame) {
  for (const auto& answer : dialect::replies()) {
    between(answer.dialect, answer.dialect, false, false);
    EXPECT_TRUE(hands_on_now());
    tell(answer.text, answer.text.size());
    EXPECT_EQ(out_, answer.text);
  }
  for (const auto& answer : dialect::streams()) {
    if (answer.dialect == Dialect::openai_chat) continue;  // but for usage that nobody asked for
    between(answer.dialect, answer.dialect, true, true);
    tell(answer.text, 5);
    EXPECT_EQ(out_, answer.text);
  }
  between(Dialect::anthropic, Dialect::anthropic, true, false);
  EXPECT_FALSE(hands_on_now());
  between(Dialect::anthropic, Dialect::gemini, true, true);
  EXPECT_FALSE(hands_on_now());
}

TEST_F(InterpreterTest, SaysThatAStreamWasCutOff) {
  for (const auto& answer : dialect::streams()) {
    for (const Dialect client : chat::all_dialects) {
      for (const bool client_streams : {true, false}) {
        SCOPED_TRACE(std::string(name_of(answer.dialect)) + " to " + std::string(name_of(client)));
        between(client, answer.dialect, client_streams, true);
        const std::size_t word = answer.text.find("\"Hi\"");
        tell(std::string_view(answer.text).substr(0, answer.text.find("}\n", word) + 2), 9);
        EXPECT_TRUE(interpreter_->seen().failure);
        if (client_streams) EXPECT_EQ(heard(), "failure") << out_;
        if (!client_streams) EXPECT_EQ(out_, "");
      }
    }
  }
}

TEST_F(InterpreterTest, SaysThatAWholeAnswerIsNone) {
  for (const Dialect provider : chat::all_dialects) {
    for (const Dialect client : chat::all_dialects) {
      for (const std::string_view body :
           {"", "<html></html>", "{}", R"({"error":{"message":"x"}})"}) {
        between(client, provider, false, false);
        tell(body, 3);
        EXPECT_TRUE(interpreter_->seen().failure)
            << name_of(provider) << " to " << name_of(client) << body;
      }
    }
  }
}

TEST_F(InterpreterTest, ASignOfLifeIsBetweenTwoFrames) {
  for (const auto& answer : dialect::streams()) {
    for (const Dialect client : {answer.dialect, Dialect::anthropic}) {
      between(client, answer.dialect, true, true);
      const std::string_view text = answer.text;
      interpreter_->feed(text.substr(0, text.find("\"Hi\"")), out_);
      interpreter_->heartbeat(out_);
      interpreter_->feed(text.substr(text.find("\"Hi\"")), out_);
      interpreter_->finish(out_);
      EXPECT_EQ(heard(), "Hi") << out_;
      EXPECT_EQ(out_.find("ping") != std::string::npos || out_.find(": ") != std::string::npos,
                client != Dialect::ollama);
    }
  }
}

}  // namespace
}  // namespace omni::pipeline
