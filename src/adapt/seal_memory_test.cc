#include "adapt/seal_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/collector.h"

namespace omni::adapt {
namespace {

chat::Part sealed_thoughts(std::string bytes) {
  chat::Part part;
  part.body = chat::Reasoning{};
  part.seal = chat::Seal{.issuer = {}, .bytes = std::move(bytes)};
  return part;
}

chat::Part bare_thoughts(std::string text) {
  chat::Part part;
  part.body = chat::Reasoning{.text = std::move(text), .summary = {}};
  return part;
}

chat::ToolCall call_of(std::string id, std::string input = "{}") {
  chat::ToolCall call;
  call.id = std::move(id);
  call.name = "look";
  call.input = std::move(input);
  return call;
}

chat::Part call(std::string id, std::string input = "{}") {
  chat::Part part;
  part.body = call_of(std::move(id), std::move(input));
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
    memory_.recall(request, "gemini");
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
  memory_.recall(request, "gemini");
  EXPECT_TRUE(std::get<chat::Reasoning>(only_part(request).body).redacted);
}

TEST_F(SealMemoryTest, GivesACallBackTheSealItHad) {
  memory_.note_call(call_of("call_a"), {.issuer = "gemini", .bytes = "sig"});
  chat::Request request = saying(call("call_a"));
  memory_.recall(request, "gemini");
  ASSERT_TRUE(only_part(request).seal);
  EXPECT_EQ(only_part(request).seal->issuer, "gemini");
  EXPECT_EQ(only_part(request).seal->bytes, "sig");
  chat::Request stranger = saying(call("call_b"));
  memory_.recall(stranger, "gemini");
  EXPECT_FALSE(only_part(stranger).seal);
}

TEST_F(SealMemoryTest, KnowsACallAgainByItsInputHoweverThatIsSpelled) {
  const chat::Seal seal{.issuer = "gemini", .bytes = "sig"};
  memory_.note_call(call_of("a", R"({"path":"\u00e9","n":[1,true,{}]})"), seal);
  const auto known = [&](std::string id, std::string input) {
    chat::Request request = saying(call(std::move(id), std::move(input)));
    memory_.recall(request, "gemini");
    return only_part(request).seal.has_value();
  };
  EXPECT_TRUE(known("a", R"({"path":"\u00e9","n":[1,true,{}]})"));
  EXPECT_TRUE(known("a", "{ \"n\" : [1, true, {}], \"path\": \"\xC3\xA9\" }"));
  EXPECT_FALSE(known("a", R"({"path":"\u00e9","n":[1,false,{}]})"));
  EXPECT_FALSE(known("a", R"({"path":"\u00e9","n":[[1,true],{}]})"));
  EXPECT_FALSE(known("a", "{}")) << "the same id in another conversation";
}

TEST_F(SealMemoryTest, GivesSealsBackToTheirIssuerAlone) {
  memory_.note_call(call_of("call_a"), {.issuer = "gemini", .bytes = "sig"});
  memory_.note_thoughts("hm", {.issuer = "gemini", .bytes = "sig"});
  for (const chat::Part& part : {call("call_a"), bare_thoughts("hm")}) {
    chat::Request elsewhere = saying(part);
    memory_.recall(elsewhere, "anthropic");
    EXPECT_FALSE(only_part(elsewhere).seal);
    EXPECT_FALSE(memory_.is_needed(elsewhere, "anthropic"));
    EXPECT_TRUE(memory_.is_needed(elsewhere, "gemini"));
  }
}

TEST_F(SealMemoryTest, KnowsThoughtsAgainByTheirText) {
  memory_.note_thoughts("I should look.", {.issuer = "gemini", .bytes = "sig"});
  memory_.note_thoughts("", {.issuer = "gemini", .bytes = "nothing"});
  const auto seal_of = [&](std::string text) {
    chat::Request request = saying(bare_thoughts(std::move(text)));
    memory_.recall(request, "gemini");
    return only_part(request).seal.value_or(chat::Seal{}).bytes;
  };
  EXPECT_EQ(seal_of("I should look."), "sig");
  EXPECT_EQ(seal_of("I should not."), "");
  EXPECT_EQ(seal_of(""), "");
}

TEST_F(SealMemoryTest, KnowsNoCallByAnIdThatIsCounted) {
  memory_.note_call(call_of("call_0"), {.issuer = "gemini", .bytes = "sig"});
  chat::Request request = saying(call("call_0"));
  memory_.recall(request, "gemini");
  EXPECT_FALSE(only_part(request).seal);
}

TEST_F(SealMemoryTest, TellsWhoseSealsItMayKnow) {
  EXPECT_FALSE(memory_.knows_others("g"));
  EXPECT_FALSE(memory_.knows_calls_of("g"));
  memory_.note({.issuer = "g", .bytes = "1"});
  EXPECT_FALSE(memory_.knows_others("g"));
  EXPECT_TRUE(memory_.knows_others("another"));
  EXPECT_FALSE(memory_.knows_calls_of("g"));
  memory_.note_call(call_of("a"), {.issuer = "g", .bytes = "2"});
  EXPECT_TRUE(memory_.knows_calls_of("g"));
  EXPECT_FALSE(memory_.knows_calls_of("another"));
  for (const char* bytes : {"3", "4", "5"}) memory_.note({.issuer = "h", .bytes = bytes});
  EXPECT_FALSE(memory_.knows_calls_of("g")) << "it has forgotten them all";
  EXPECT_FALSE(memory_.knows_others("h"));
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
  memory_.note_call(call_of("a"), {.issuer = "gemini", .bytes = std::string(600, 'a')});
  memory_.note_call(call_of("b"), {.issuer = "gemini", .bytes = std::string(600, 'b')});
  chat::Request request = saying(call("a"));
  memory_.recall(request, "gemini");
  EXPECT_FALSE(only_part(request).seal);
}

TEST_F(SealMemoryTest, AReplysSealsAreNotedOnTheirWay) {
  chat::Collector collector;
  const auto filter = note_seals(memory_, "gemini", collector);
  const chat::Part seed = call("");
  const chat::Seal seal{.issuer = {}, .bytes = "sig"};
  filter->on(chat::ReplyBegin{.id = "r1", .model = {}});
  filter->on(chat::PartBegin{0, 0, seed});
  filter->on(chat::PartDelta{0, 0, R"({"at":)", -1});
  filter->on(chat::PartDelta{0, 0, "1}", -1});
  filter->on(chat::PartEnd{0, 0, &seal});
  filter->on(chat::ChoiceEnd{0, chat::Finish::tool_calls, {}, {}});
  filter->on(chat::ReplyEnd{});
  const chat::Part& told = collector.reply().choices.at(0).parts.at(0);
  const std::string id = std::get<chat::ToolCall>(told.body).id;
  EXPECT_TRUE(id.starts_with("call_"));
  EXPECT_EQ(told.seal->issuer, "gemini");

  chat::Request next = saying(call(id, R"({"at": 1})"));
  memory_.recall(next, "gemini");
  ASSERT_TRUE(only_part(next).seal);
  EXPECT_EQ(only_part(next).seal->bytes, "sig");
}

/// Sealed thoughts, that often, and a call behind them.
void think_and_call(chat::EventSink& sink, int times) {
  const chat::Seal seal{.issuer = {}, .bytes = "sig"};
  sink.on(chat::ReplyBegin{.id = "r1", .model = {}});
  for (int part = 0; part < times; ++part) {
    sink.on(chat::PartBegin{0, part, bare_thoughts("")});
    sink.on(chat::PartDelta{0, part, "h", -1});
    sink.on(chat::PartDelta{0, part, "m", -1});
    sink.on(chat::PartEnd{0, part, &seal});
  }
  sink.on(chat::PartBegin{0, times, call("call_a")});
  sink.on(chat::PartEnd{0, times, nullptr});
  sink.on(chat::ChoiceEnd{0, chat::Finish::tool_calls, {}, {}});
  sink.on(chat::ReplyEnd{});
}

TEST_F(SealMemoryTest, ThoughtsOfAReplyAreNotedOnTheirWay) {
  chat::Collector collector;
  think_and_call(*note_seals(memory_, "gemini", collector), 1);
  chat::Request with = saying(bare_thoughts("hm"));
  memory_.recall(with, "gemini");
  EXPECT_TRUE(only_part(with).seal);
  chat::Request without = saying(call("call_a"));
  memory_.recall(without, "gemini");
  EXPECT_TRUE(std::holds_alternative<chat::ToolCall>(only_part(without).body)) << "whose thoughts?";
}

TEST_F(SealMemoryTest, OfAReplyThatGoesByAsBytesOnlyTheIssuerIsNoted) {
  think_and_call(*watch_seals(memory_, "gemini"), 1);
  EXPECT_EQ(memory_.size(), 1u);
  EXPECT_EQ(issuer_of("sig"), "gemini");
}

}  // namespace
}  // namespace omni::adapt
