#include "adapt/seal_memory.h"

#include <gtest/gtest.h>

#include <string>

#include "chat/collector.h"

namespace omni::adapt {
namespace {

chat::Part sealed_thoughts(std::string bytes) {
  chat::Part part;
  part.body = chat::Reasoning{};
  part.seal = chat::Seal{.issuer = {}, .bytes = std::move(bytes)};
  return part;
}

chat::ToolCall looking(std::string id, std::string input = "{}") {
  return {.id = std::move(id), .space = {}, .name = "look", .input = std::move(input)};
}

chat::Part call(std::string id, std::string input = "{}") {
  chat::Part part;
  part.body = looking(std::move(id), std::move(input));
  return part;
}

chat::Request saying(chat::Part part) {
  chat::Request request;
  request.messages.push_back(
      {.role = chat::Role::assistant, .parts = {}, .name = {}, .extras = {}});
  request.messages.back().parts.push_back(std::move(part));
  return request;
}

const chat::Part& only_part(const chat::Request& request) {
  return request.messages.at(0).parts.at(0);
}

class SealMemoryTest : public testing::Test {
 protected:
  ManualClock clock_;
  SealMemory memory_{clock_, {.entries_max = 3, .bytes_max = 1000, .age_max = Millis(1000)}};

  std::string issuer_of(const std::string& bytes) {
    chat::Request request = saying(sealed_thoughts(bytes));
    memory_.recall(request);
    return only_part(request).seal->issuer;
  }
};

TEST_F(SealMemoryTest, NamesTheIssuerOfASealItHasSeen) {
  memory_.note({.issuer = "anthropic", .bytes = "EqQB"});
  EXPECT_EQ(issuer_of("EqQB"), "anthropic");
  EXPECT_EQ(issuer_of("other"), "");
}

TEST_F(SealMemoryTest, KnowsRedactedThoughtsAgain) {
  memory_.note_redacted({.issuer = "anthropic", .bytes = "secret"});
  chat::Request request = saying(sealed_thoughts("secret"));
  memory_.recall(request);
  EXPECT_TRUE(std::get<chat::Reasoning>(only_part(request).body).redacted);
}

TEST_F(SealMemoryTest, GivesACallBackTheSealItHad) {
  memory_.note_call(looking("toolu_1"), {.issuer = "gemini", .bytes = "sig"});
  chat::Request request = saying(call("toolu_1"));
  memory_.recall(request);
  ASSERT_TRUE(only_part(request).seal);
  EXPECT_EQ(only_part(request).seal->issuer, "gemini");
  EXPECT_EQ(only_part(request).seal->bytes, "sig");
  chat::Request stranger = saying(call("toolu_2"));
  memory_.recall(stranger);
  EXPECT_FALSE(only_part(stranger).seal);
}

TEST_F(SealMemoryTest, KnowsACallByItsInputAsWell) {
  memory_.note_call(looking("toolu_1", R"({"a": [1, "\u00e4"], "b": {"c": null}})"),
                    {.issuer = "gemini", .bytes = "sig"});
  const auto recalled = [&](std::string input) {
    chat::Request request = saying(call("toolu_1", std::move(input)));
    memory_.recall(request);
    return only_part(request).seal.has_value();
  };
  EXPECT_TRUE(recalled(R"({"b":{"c":null},"a":[1.0,"ä"]})")) << "the same, written by another";
  EXPECT_FALSE(recalled(R"({"a": [2, "ä"], "b": {"c": null}})"));
  EXPECT_FALSE(recalled(R"({"a": [1, "ä"], "b": {}, "c": null})"));
  EXPECT_FALSE(recalled("no JSON"));
}

TEST_F(SealMemoryTest, KnowsNoCallAgainByAnIdThatIsOnlyACount) {
  memory_.note_call(looking("call_0"), {.issuer = "gemini", .bytes = "sig"});
  chat::Request request = saying(call("call_0"));
  memory_.recall(request);
  EXPECT_FALSE(only_part(request).seal);
}

TEST_F(SealMemoryTest, ForgetsByAge) {
  memory_.note({.issuer = "a", .bytes = "1"});
  clock_.advance(Millis(1001));
  EXPECT_EQ(issuer_of("1"), "");
  EXPECT_EQ(memory_.size(), 0u);
}

TEST_F(SealMemoryTest, ForgetsTheLeastUsedWhenThereAreTooMany) {
  for (const char* bytes : {"1", "2", "3"}) memory_.note({.issuer = "a", .bytes = bytes});
  EXPECT_EQ(issuer_of("1"), "a");
  memory_.note({.issuer = "a", .bytes = "4"});
  EXPECT_EQ(memory_.size(), 3u);
  EXPECT_EQ(issuer_of("1"), "a");
  EXPECT_EQ(issuer_of("2"), "");
}

TEST_F(SealMemoryTest, ForgetsWhenThereIsTooMuch) {
  memory_.note_call(looking("toolu_1"), {.issuer = "g", .bytes = std::string(600, 'a')});
  memory_.note_call(looking("toolu_2"), {.issuer = "g", .bytes = std::string(600, 'b')});
  chat::Request request = saying(call("toolu_1"));
  memory_.recall(request);
  EXPECT_FALSE(only_part(request).seal);
}

TEST_F(SealMemoryTest, AReplysSealsAreNotedOnTheirWay) {
  chat::Collector collector;
  const auto filter = note_seals(memory_, "gemini", collector);
  const chat::Part seed = call("");
  const chat::Seal seal{.issuer = {}, .bytes = "sig"};
  filter->on(chat::ReplyBegin{.id = "r1", .model = {}});
  filter->on(chat::PartBegin{0, 0, seed});
  filter->on(chat::PartDelta{0, 0, R"({"a":)", -1});
  filter->on(chat::PartDelta{0, 0, "1}", -1});
  filter->on(chat::PartEnd{0, 0, &seal});
  filter->on(chat::ChoiceEnd{0, chat::Finish::tool_calls, {}, {}});
  filter->on(chat::ReplyEnd{});
  const chat::Part& told = collector.reply().choices.at(0).parts.at(0);
  const std::string id = std::get<chat::ToolCall>(told.body).id;
  EXPECT_TRUE(id.starts_with("call_"));
  EXPECT_EQ(told.seal->issuer, "gemini");

  chat::Request next = saying(call(id, R"({"a": 1})"));
  memory_.recall(next);
  ASSERT_TRUE(only_part(next).seal);
  EXPECT_EQ(only_part(next).seal->bytes, "sig");
}

}  // namespace
}  // namespace omni::adapt
