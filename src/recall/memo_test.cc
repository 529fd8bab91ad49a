#include "recall/memo.h"

#include <gtest/gtest.h>

#include "chat/test_chat.h"

namespace omni::recall {
namespace {

chat::Reply reply_of(std::string text) {
  chat::Reply reply{.source = chat::Dialect::openai_chat, .id = "r", .model = "m"};
  reply.choices.emplace_back().parts.push_back({.body = chat::Text{std::move(text)}});
  reply.usage.emplace().input_fresh = 3;
  return reply;
}

TEST(Memo, HasWhatWasTold) {
  Memo memo(10'000);
  chat::replay(reply_of("Hi"), memo);
  const auto taken = memo.take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(chat::describe(*taken), chat::describe(reply_of("Hi")));
}

TEST(Memo, HasNothingOfWhatFailedOrWasCutOff) {
  Memo cut(10'000), failed(10'000);
  cut.on(chat::ReplyBegin{});
  EXPECT_FALSE(cut.take());
  failed.on(chat::ReplyFailed{chat::Failure{}});
  EXPECT_FALSE(failed.take());
}

TEST(Memo, GivesUpOnWhatIsTooLong) {
  Memo memo(10'000);
  chat::replay(reply_of(std::string(20'000, 'a')), memo);
  EXPECT_FALSE(memo.take());
}

TEST(Memo, CountsWhateverAProviderMaySay) {
  const std::string much(5'000, 'a');
  std::vector<chat::Part> parts;
  parts.push_back({.body = chat::Text{much}});
  parts.push_back({.body = chat::Reasoning{.text = much}});
  parts.push_back({.body = chat::Reasoning{.text = {}, .summary = {much}}});
  parts.push_back({.body = chat::ToolCall{.input = much}});
  parts.push_back({.body = chat::Media{.payload = much}});
  parts.push_back({.body = chat::Opaque{.item = json::Raw::trusted('"' + much + '"')}});
  parts.push_back({.body = chat::Text{}, .seal = chat::Seal{"", much}});
  parts.push_back({.body = chat::Media{}, .seal = chat::Seal{"", much}});
  chat::ToolResult result;
  result.content.push_back({.body = chat::Text{much}});
  parts.push_back({.body = result});
  for (const chat::Part& part : parts) {
    chat::Reply reply = reply_of("");
    reply.choices[0].parts.push_back(part);
    Memo memo(100'000);
    chat::replay(reply, memo);
    EXPECT_GT(memo.bytes(), much.size()) << part.body.index();
  }
}

}  // namespace
}  // namespace omni::recall
