#include "adapt/adaptation.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "dialect/tap.h"

namespace omni::adapt {
namespace {

using catalog::Quirk;

class AdaptationTest : public testing::Test {
 protected:
  ManualClock clock_;
  SealMemory memory_{clock_, {}};

  Adaptation make(catalog::Quirks quirks, Policies policies = {}) {
    return {quirks, {.provider = "p", .output_tokens_max = 9}, std::move(policies), memory_};
  }
};

chat::Reply saying(std::string text) {
  chat::Reply reply;
  reply.choices.resize(1);
  reply.choices[0].parts.push_back(
      {.body = chat::Text{std::move(text)}, .seal = {}, .cache_control = {}, .extras = {}});
  return reply;
}

constexpr auto chat_dialect = chat::Dialect::openai_chat;

bool takes_bytes(const Adaptation& adaptation, chat::Dialect client = chat_dialect,
                 std::string_view body = R"({"messages": []})") {
  return adaptation.takes_byte_lane(client, chat_dialect, {"/v1/chat/completions", body});
}

TEST_F(AdaptationTest, TheByteLaneIsOpenWithoutQuirksAndPolicies) {
  EXPECT_TRUE(takes_bytes(make({})));
  EXPECT_TRUE(takes_bytes(make({Quirk::web_search}))) << "this only says what encoders may do";
  EXPECT_FALSE(takes_bytes(make({Quirk::think_tags})));
  EXPECT_FALSE(takes_bytes(make({Quirk::no_end_user})));
  EXPECT_FALSE(takes_bytes(make({}, {.thinking = {}, .system_prompt = "x"})));
  EXPECT_FALSE(takes_bytes(
      make({}, {.thinking = {.mode = ThinkingPolicy::Mode::automatic}, .system_prompt = {}})));
}

TEST_F(AdaptationTest, TheByteLaneIsOpenToWhatAQuirkDoesNotConcern) {
  const auto takes = [&](Quirk quirk, std::string_view body) {
    return takes_bytes(make({quirk}), chat_dialect, body);
  };
  EXPECT_TRUE(takes(Quirk::no_stop, R"({"messages": []})"));
  EXPECT_FALSE(takes(Quirk::no_stop, R"({"messages": [], "stop": ["x"]})"));
  EXPECT_FALSE(takes(Quirk::no_stop, R"({"messages": [], "st\u006fp": ["x"]})"))
      << "however the name is spelled";
  EXPECT_TRUE(takes(Quirk::no_sampling, R"({"messages": [{"temperature": 1}]})"));
  EXPECT_FALSE(takes(Quirk::no_sampling, R"({"messages": [], "temperature": 1})"));
  EXPECT_TRUE(takes(Quirk::developer_as_system, R"({"messages": [{"role": "system"}]})"));
  EXPECT_FALSE(takes(Quirk::developer_as_system, R"({"messages": [{"role": "developer"}]})"));
}

TEST_F(AdaptationTest, TheByteLaneIsForOneDialect) {
  EXPECT_FALSE(takes_bytes(make({}), chat::Dialect::anthropic));
}

TEST_F(AdaptationTest, TheByteLaneIsNotForAStreamThatIsAnArray) {
  constexpr auto gemini = chat::Dialect::gemini;
  const auto takes = [&](std::string_view path) {
    return make({}).takes_byte_lane(gemini, gemini, {path, R"({"contents": []})"});
  };
  EXPECT_TRUE(takes("/v1beta/models/g:generateContent"));
  EXPECT_TRUE(takes("/v1beta/models/g:streamGenerateContent?alt=sse"));
  EXPECT_FALSE(takes("/v1beta/models/g:streamGenerateContent"));
  EXPECT_FALSE(takes("/v1beta/models"));
}

/// What an Anthropic client sends back of an answer whose thoughts were sealed.
std::string sending_back(std::string_view signature) {
  return R"({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"},
             {"role": "assistant", "content": [{"type": "thinking", "thinking": "t",
              "signature": ")" +
         std::string(signature) + R"("}]}, {"role": "user", "content": "Go on"}]})";
}

TEST_F(AdaptationTest, TheByteLaneIsNotForThoughtsThatAnotherProviderSealed) {
  constexpr auto anthropic = chat::Dialect::anthropic;
  memory_.note({.issuer = "another", .bytes = "foreign"});
  memory_.note({.issuer = "p", .bytes = "own"});
  const auto takes = [&](std::string_view signature) {
    const std::string body = sending_back(signature);
    return make({}).takes_byte_lane(anthropic, anthropic, {"/v1/messages", body});
  };
  EXPECT_TRUE(takes("own"));
  EXPECT_TRUE(takes("never seen")) << "whoever knows it is at home here";
  EXPECT_FALSE(takes("foreign"));
}

TEST_F(AdaptationTest, TheByteLaneIsNotForACallThatLacksItsSeal) {
  chat::ToolCall call;
  call.id = "call_a";
  memory_.note_call(call, {.issuer = "p", .bytes = "sig"});
  const auto calls = [&](std::string_view id, std::string_view seal = {}) {
    return takes_bytes(
        make({}), chat_dialect,
        R"({"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"id": ")" +
            std::string(id) + R"(", "type": "function", )" + std::string(seal) +
            R"("function": {"name": "f", "arguments": "{}"}}]}]})");
  };
  EXPECT_FALSE(calls("call_a"));
  EXPECT_TRUE(calls("call_b"));
  EXPECT_TRUE(calls("call_a", R"("extra_content": {"google": {"thought_signature": "sig"}}, )"));
}

TEST_F(AdaptationTest, SealsOfAReplyThatWentByAsBytesAreKnownLater) {
  constexpr auto anthropic = chat::Dialect::anthropic;
  const auto watcher = make({}).watch_events();
  dialect::Tap watched(anthropic, {}, watcher.get());
  const std::string stream =
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
      "\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
      "\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}}\n\n"
      "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
  std::string out;
  watched.feed(stream, out);
  EXPECT_EQ(out, stream);

  const std::string body = sending_back("c2ln");
  const dialect::Inbound inbound{"/v1/messages", body};
  EXPECT_TRUE(make({}).takes_byte_lane(anthropic, anthropic, inbound));
  const Adaptation elsewhere({}, {.provider = "q"}, {}, memory_);
  EXPECT_FALSE(elsewhere.takes_byte_lane(anthropic, anthropic, inbound));
}

TEST_F(AdaptationTest, SealsOfAWholeReplyThatWentByAsBytesAreKnownLater) {
  constexpr auto anthropic = chat::Dialect::anthropic;
  const auto watcher = make({}).watch_events();
  dialect::look_at_reply(anthropic, R"({"id": "m", "type": "message", "role": "assistant",
      "model": "c", "content": [{"type": "thinking", "thinking": "t", "signature": "c2ln"}],
      "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}})",
                         watcher.get());
  const std::string body = sending_back("c2ln");
  const Adaptation elsewhere({}, {.provider = "q"}, {}, memory_);
  EXPECT_FALSE(elsewhere.takes_byte_lane(anthropic, anthropic, {"/v1/messages", body}));
}

/// A client of OpenAI Chat is answered by Anthropic, with thoughts and a call, and goes on.
class ThoughtsOfAnotherDialect : public AdaptationTest {
 protected:
  static chat::Request asking(const std::string& more) {
    const std::string body = R"({"model": "m", "max_tokens": 9000, "reasoning_effort": "low",
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "messages": [{"role": "user", "content": "Hi"})" +
                             more + "]}";
    auto request = dialect::codec_for(chat_dialect).decode_request({"/v1/chat/completions", body});
    EXPECT_TRUE(request);
    return request ? std::move(*request) : chat::Request{};
  }

  void answer() {
    const auto reply = dialect::codec_for(chat::Dialect::anthropic).decode_reply(R"({"id": "m",
        "type": "message", "role": "assistant", "model": "c", "content": [
        {"type": "thinking", "thinking": "I should look.", "signature": "c2ln"},
        {"type": "tool_use", "id": "toolu_01ab", "name": "f", "input": {"a": 1}}],
        "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}})");
    ASSERT_TRUE(std::holds_alternative<chat::Reply>(reply));
    make({}).adapt(asking(""), std::get<chat::Reply>(reply));
  }

  std::string sent_after_call(const std::string& said) {
    chat::Request request = asking(R"(, {"role": "assistant", )" + said + R"("tool_calls": [{
        "id": "toolu_01ab", "type": "function",
        "function": {"name": "f", "arguments": "{\"a\": 1}"}}]},
        {"role": "tool", "tool_call_id": "toolu_01ab", "content": "done"})");
    dialect::EncodeHints hints;
    make({}).adapt(request);
    make({}).adapt(hints);
    hints.output_tokens_max = 64000;
    const auto sent = dialect::codec_for(chat::Dialect::anthropic).encode_request(request, hints);
    return sent ? sent->body : sent.error().message();
  }

  static bool thinks_on(const std::string& body) {
    return body.find(R"("thinking":{"type":"enabled")") != std::string::npos &&
           body.find(R"("thinking":"I should look.","signature":"c2ln")") != std::string::npos;
  }
};

TEST_F(ThoughtsOfAnotherDialect, ThinkingStaysOnBehindACallWhoseThoughtsComeBackWithoutTheirSeal) {
  const std::string said = R"("reasoning_content": "I should look.", )";
  EXPECT_FALSE(thinks_on(sent_after_call(said)));
  answer();
  EXPECT_TRUE(thinks_on(sent_after_call(said))) << sent_after_call(said);
}

TEST_F(ThoughtsOfAnotherDialect, ComeBackToNobodyWhoDoesNotBringThem) {
  answer();
  EXPECT_EQ(sent_after_call("").find("I should look."), std::string::npos);
}

TEST_F(AdaptationTest, TheOperatorsSystemPromptComesBeforeTheClients) {
  chat::Request request;
  request.messages.push_back({.role = chat::Role::system, .parts = {}, .name = {}, .extras = {}});
  make({}, {.thinking = {}, .system_prompt = "house rules"}).adapt(request);
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(chat::text_of(request.messages[0].parts.at(0)), "house rules");
}

TEST_F(AdaptationTest, TheOperatorsSystemPromptIsSubjectToQuirks) {
  chat::Request request;
  request.messages.push_back({.role = chat::Role::user, .parts = {}, .name = {}, .extras = {}});
  make({Quirk::system_as_user}, {.thinking = {}, .system_prompt = "rules"}).adapt(request);
  EXPECT_EQ(request.messages.at(0).role, chat::Role::user);
}

TEST_F(AdaptationTest, HintsSayWhoMayReadSealsAndHowMuchTheModelCanAnswer) {
  dialect::EncodeHints hints;
  const Adaptation adaptation = make({Quirk::web_search});
  adaptation.adapt(hints);
  EXPECT_EQ(hints.seal_issuer, "p");
  EXPECT_EQ(hints.output_tokens_max, 9);
  EXPECT_TRUE(hints.web_search);
}

TEST_F(AdaptationTest, AWholeReplyGoesThroughTheSameFiltersAsAStream) {
  const chat::Request request;
  const chat::Reply reply =
      make({Quirk::think_tags}).adapt(request, saying("<think>hm</think>yes"));
  ASSERT_EQ(reply.choices.at(0).parts.size(), 2u);
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[0]), "hm");
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[1]), "yes");
}

TEST_F(AdaptationTest, AnAnswerThatIsToBeJsonComesWithoutAFenceWhoeverAskedForItInWords) {
  const chat::Reply fenced = saying("```json\n{}\n```");
  const auto told = [&](chat::OutputFormat::Kind kind) {
    chat::Request request;
    request.format.kind = kind;
    return std::string(chat::text_of(make({}).adapt(request, fenced).choices.at(0).parts.at(0)));
  };
  EXPECT_EQ(told(chat::OutputFormat::Kind::json), "{}");
  EXPECT_EQ(told(chat::OutputFormat::Kind::schema), "{}");
  EXPECT_EQ(told(chat::OutputFormat::Kind::text), "```json\n{}\n```");
}

TEST_F(AdaptationTest, ThoughtsComeOffBeforeTheFence) {
  chat::Request request;
  request.format.kind = chat::OutputFormat::Kind::json;
  const chat::Reply reply =
      make({Quirk::think_tags}).adapt(request, saying("<think>hm</think>```json\n{}\n```"));
  ASSERT_EQ(reply.choices.at(0).parts.size(), 2u);
  EXPECT_EQ(chat::text_of(reply.choices[0].parts[1]), "{}");
}

}  // namespace
}  // namespace omni::adapt
