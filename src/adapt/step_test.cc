#include "adapt/step.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace omni::adapt {
namespace {

using catalog::Quirk;
using chat::Role;

chat::Message saying(Role role, std::initializer_list<const char*> texts) {
  chat::Message message{.role = role, .parts = {}, .name = {}, .extras = {}};
  for (const char* text : texts) {
    message.parts.push_back(
        {.body = chat::Text{text}, .seal = {}, .cache_control = {}, .extras = {}});
  }
  return message;
}

chat::Part call(const char* issuer) {
  chat::Part part;
  part.body = chat::ToolCall{};
  if (issuer != nullptr) part.seal = chat::Seal{.issuer = issuer, .bytes = "sig"};
  return part;
}

TEST(Steps, EveryQuirkHasOneRowThatDoesSomething) {
  std::set<Quirk> seen;
  for (const Step& step : steps()) {
    EXPECT_TRUE(seen.insert(step.quirk).second) << catalog::name_of(step.quirk);
    EXPECT_TRUE(step.request || step.hints || step.events) << catalog::name_of(step.quirk);
    EXPECT_TRUE(step.what.ends_with('.')) << catalog::name_of(step.quirk);
  }
  EXPECT_EQ(seen.size(), catalog::quirk_count());
}

TEST(Conversation, SystemMessagesBecomeOneAtTheHead) {
  chat::Request request;
  request.messages = {saying(Role::user, {"u"}), saying(Role::system, {"a", "b"}),
                      saying(Role::developer, {"c"})};
  one_system_message(request, {});
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(request.messages[0].role, Role::system);
  ASSERT_EQ(request.messages[0].parts.size(), 1u);
  EXPECT_EQ(chat::text_of(request.messages[0].parts[0]), "a\n\nb\n\nc");
}

TEST(Conversation, NoSystemMessageIsInvented) {
  chat::Request request;
  request.messages = {saying(Role::user, {"u"})};
  one_system_message(request, {});
  system_as_user(request, {});
  EXPECT_EQ(request.messages.size(), 1u);
}

TEST(Conversation, CacheMarksGoToToolsSystemAndLastMessage) {
  chat::Request request;
  request.tools.resize(2);
  request.messages = {saying(Role::system, {"s"}), saying(Role::user, {"u", ""})};
  add_cache_marks(request, {});
  EXPECT_FALSE(request.tools[0].cache_control);
  EXPECT_TRUE(request.tools[1].cache_control);
  EXPECT_TRUE(request.messages[0].parts[0].cache_control);
  EXPECT_TRUE(request.messages[1].parts[0].cache_control);
  EXPECT_FALSE(request.messages[1].parts[1].cache_control) << "an empty text takes no mark";
}

TEST(Conversation, AClientsOwnCacheMarksAreEnough) {
  chat::Request request;
  request.tools.resize(1);
  request.messages = {saying(Role::system, {"s"}), saying(Role::user, {"u"})};
  request.messages[1].parts[0].cache_control = json::Raw::trusted("{}");
  add_cache_marks(request, {});
  EXPECT_FALSE(request.tools[0].cache_control);
  EXPECT_FALSE(request.messages[0].parts[0].cache_control);
}

TEST(Conversation, ACacheMarkWithinAResultOrAnItemIsAClientsOwn) {
  const auto adds_none = [](std::string_view body) {
    const auto& codec = dialect::codec_for(chat::Dialect::anthropic);
    auto request = codec.decode_request({"/v1/messages", body});
    if (!request) return testing::AssertionFailure() << request.error().message();
    const std::string before = codec.encode_request(*request, {})->body;
    add_cache_marks(*request, {});
    const std::string after = codec.encode_request(*request, {})->body;
    return before == after ? testing::AssertionSuccess() : testing::AssertionFailure() << after;
  };
  EXPECT_TRUE(adds_none(R"({"model": "m", "max_tokens": 9, "system": "s", "messages": [
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}]}]})"));
  EXPECT_TRUE(adds_none(R"({"model": "m", "max_tokens": 9, "system": "s", "messages": [
      {"role": "user", "content": [{"type": "new_kind", "cache_control": {"type": "ephemeral"}},
                                   {"type": "text", "text": "a"}]}]})"));
  EXPECT_TRUE(adds_none(R"({"model": "m", "max_tokens": 9, "system": "s", "messages": [
      {"role": "user", "content": [{"type": "document", "source": {"type": "content", "content": [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}}]}]})"));
  EXPECT_TRUE(adds_none(R"({"model": "m", "max_tokens": 9, "system": "s",
      "cache_control": {"type": "ephemeral"}, "messages": [{"role": "user", "content": "a"}]})"));
}

TEST(Conversation, TextAsStringLeavesItemsOfResponsesWhereTheyStand) {
  const dialect::Codec& codec = dialect::codec_for(chat::Dialect::openai_responses);
  auto request = codec.decode_request({"/v1/responses", R"({"model": "m", "input": [
      {"type": "message", "role": "system", "content": "s"}, {"role": "user", "content": "u"}]})"});
  ASSERT_TRUE(request);
  text_as_string(*request, {});
  const std::string body = codec.encode_request(*request, {})->body;
  EXPECT_EQ(body.find("instructions"), std::string::npos) << body;
}

TEST(ThoughtSignatures, TheFirstCallOfEachTurnGetsTheBypassIfItHasNone) {
  chat::Request request;
  request.source = chat::Dialect::anthropic;
  request.messages = {saying(Role::user, {"u"}), saying(Role::assistant, {}),
                      saying(Role::tool, {}), saying(Role::assistant, {})};
  request.messages[1].parts = {call(nullptr), call(nullptr)};
  request.messages[3].parts = {call("gemini"), call(nullptr)};
  thought_signatures(request, {.provider = "gemini"});
  ASSERT_TRUE(request.messages[1].parts[0].seal);
  EXPECT_EQ(request.messages[1].parts[0].seal->bytes, "skip_thought_signature_validator");
  EXPECT_EQ(request.messages[1].parts[0].seal->issuer, "gemini");
  EXPECT_FALSE(request.messages[1].parts[1].seal);
  EXPECT_EQ(request.messages[3].parts[0].seal->bytes, "sig");
  EXPECT_FALSE(request.messages[3].parts[1].seal);
}

TEST(ThoughtSignatures, AForeignSealIsReplaced) {
  chat::Request request;
  request.source = chat::Dialect::anthropic;
  request.messages = {saying(Role::assistant, {})};
  request.messages[0].parts = {call("anthropic")};
  thought_signatures(request, {.provider = "gemini"});
  EXPECT_EQ(request.messages[0].parts[0].seal->bytes, "skip_thought_signature_validator");
}

TEST(Parameters, ForcedToolsAreOnlyOffered) {
  chat::Request request;
  request.tool_choice.mode = chat::ToolChoice::Mode::required;
  request.tool_choice.allowed = {"look"};
  no_forced_tools(request, {});
  EXPECT_EQ(request.tool_choice.mode, chat::ToolChoice::Mode::automatic);
  EXPECT_TRUE(request.tool_choice.allowed.empty());
}

TEST(Parameters, TheCodexBackendAlwaysHasInstructions) {
  chat::Request request;
  request.source = chat::Dialect::openai_responses;
  request.max_output_tokens = 100;
  request.sampling.temperature = 0.5;
  request.messages = {saying(Role::user, {"u"})};
  codex_backend(request, {});
  EXPECT_EQ(request.messages.at(0).role, Role::system);
  EXPECT_FALSE(request.max_output_tokens);
  EXPECT_FALSE(request.sampling.temperature);
  ASSERT_EQ(request.extras.members.size(), 1u);
  EXPECT_EQ(request.extras.members[0].first, "store");
  EXPECT_EQ(request.extras.members[0].second.text(), "false");
}

TEST(Parameters, TheCodexBackendGetsSystemItemsAsInstructionsAndNoEmptyOnes) {
  const auto sent = [](std::string_view body) {
    const dialect::Codec& codec = dialect::codec_for(chat::Dialect::openai_responses);
    auto request = codec.decode_request({"/v1/responses", body});
    if (!request) return request.error().message();
    codex_backend(*request, {});
    return codec.encode_request(*request, {})->body;
  };
  EXPECT_NE(sent(R"({"model": "m", "input": [{"role": "system", "content": "Be brief."},
                     {"role": "user", "content": "Hi"}]})")
                .find(R"("instructions":"Be brief.")"),
            std::string::npos);
  EXPECT_NE(sent(R"({"model": "m", "instructions": "", "input": "Hi"})")
                .find(R"("instructions":"Follow the conversation.)"),
            std::string::npos);
}

TEST(Parameters, TheCodexBackendStoresNothingForWhomever) {
  chat::Request request;
  request.extras.members.emplace_back("store", json::Raw::trusted("true"));
  codex_backend(request, {});
  EXPECT_TRUE(request.extras.members.empty());
}

TEST(Thinking, ABudgetBecomesAnEffortWhereThinkingIsAdaptive) {
  chat::Request request;
  request.thinking.mode = chat::Thinking::Mode::on;
  request.thinking.budget_tokens = 2048;
  adaptive_thinking(request, {});
  EXPECT_EQ(request.thinking.mode, chat::Thinking::Mode::adaptive);
  EXPECT_EQ(request.thinking.effort, "medium");
  EXPECT_FALSE(request.thinking.budget_tokens);
}

TEST(Thinking, NothingOfItIsLeftWhereNothingMayBeSaid) {
  struct Row {
    chat::Dialect dialect;
    std::string_view path, body;
  };
  constexpr std::array<Row, 4> rows{{
      {chat::Dialect::anthropic, "/v1/messages",
       R"({"model": "m", "max_tokens": 9,
           "messages": [{"role": "user", "content": "Hi"}],
           "thinking": {"type": "enabled", "budget_tokens": 2048, "display": "full"}})"},
      {chat::Dialect::gemini, "/v1beta/models/m:generateContent",
       R"({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "generationConfig":
           {"thinkingConfig": {"thinkingBudget": 9, "x": "full"}}})"},
      {chat::Dialect::openai_responses, "/v1/responses",
       R"({"model": "m", "input": "Hi", "reasoning": {"effort": "low", "context": "full"}})"},
      {chat::Dialect::openai_chat, "/v1/chat/completions",
       R"({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
           "reasoning": {"effort": "low", "x": "full"}})"},
  }};
  for (const Row& row : rows) {
    const dialect::Codec& codec = dialect::codec_for(row.dialect);
    auto request = codec.decode_request({row.path, row.body});
    ASSERT_TRUE(request) << request.error().message();
    EXPECT_NE(codec.encode_request(*request, {})->body.find("full"), std::string::npos);
    no_thinking(*request, {});
    const std::string body = codec.encode_request(*request, {})->body;
    for (const char* word : {"full", "thinking", "reasoning", "max_tokens\":8192"})
      EXPECT_EQ(body.find(word), std::string::npos) << body;
  }
}

TEST(Thinking, AMessageOfThoughtsAloneGoesWithThem) {
  chat::Request request;
  request.messages.resize(2);
  request.messages[0].parts.resize(1);
  request.messages[0].parts[0].body = chat::Reasoning{};
  no_thinking_history(request, {});
  EXPECT_EQ(request.messages.size(), 1u) << "a message that was empty before stays";
}

}  // namespace
}  // namespace omni::adapt
