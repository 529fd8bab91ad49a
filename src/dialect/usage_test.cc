#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

#include "chat/test_chat.h"
#include "dialect/codec.h"

namespace omni::dialect {
namespace {

using chat::Dialect;

/// What is counted of an answer, without the object that says so.
std::string counted(Dialect dialect, std::string_view body) {
  const auto read = codec_for(dialect).decode_reply(body);
  const auto* reply = std::get_if<chat::Reply>(&read);
  if (reply == nullptr || !reply->usage) return "nothing";
  chat::Usage usage = *reply->usage;
  usage.wire.reset();
  return describe(usage);
}

TEST(Usage, TellsTheServiceThatAnAnswerCameFrom) {
  EXPECT_EQ(counted(Dialect::openai_chat,
                    R"({"usage":{"prompt_tokens":1},"service_tier":"flex","choices":[{"index":0,
                        "message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]})"),
            "usage fresh=1 flex");
  EXPECT_EQ(counted(Dialect::openai_chat,
                    R"({"usage":{"prompt_tokens":1},"service_tier":"default","choices":[{"index":0,
                        "message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]})"),
            "usage fresh=1");
  EXPECT_EQ(counted(Dialect::openai_responses,
                    R"({"id":"r","status":"completed","output":[],"service_tier":"priority",
                        "usage":{"input_tokens":1}})"),
            "usage fresh=1 priority");
  EXPECT_EQ(counted(Dialect::anthropic,
                    R"({"id":"m","type":"message","role":"assistant","content":[],
                        "usage":{"input_tokens":1,"service_tier":"batch"}})"),
            "usage fresh=1 batch");
}

TEST(Usage, OfImagesThatWereMadeIsApartFromText) {
  EXPECT_EQ(counted(Dialect::gemini,
                    R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],
                        "usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1300,
                        "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290}]}})"),
            "usage fresh=5 text=10 image_out=1290");
}

}  // namespace
}  // namespace omni::dialect
