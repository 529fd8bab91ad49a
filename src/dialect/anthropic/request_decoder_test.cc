#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dialect/anthropic/request.h"
#include "dialect/anthropic/wire.h"
#include "dialect/test_json.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Request;
using chat::Role;

Request decoded(std::string_view body) {
  Result<Request> request = decode_request({.path = "/v1/messages", .body = body});
  EXPECT_TRUE(request) << (request ? "" : request.error().message());
  return request ? std::move(*request) : Request{};
}

Outbound sent_home(const Request& request, EncodeHints hints = {}) {
  hints.stream = request.stream;
  Result<Outbound> sent = encode_request(request, hints);
  EXPECT_TRUE(sent);
  return sent ? std::move(*sent) : Outbound{};
}

/// With a user's message and a model where the members have none.
std::string body_of(std::string_view members, std::string_view message = R"("Hi")") {
  std::string body = R"({"model":"claude","max_tokens":9,"messages":[{"role":"user","content":)";
  body.append(message).append("}]");
  if (!members.empty()) body.append(",").append(members);
  return body + "}";
}

void expect_lossless(const std::string& body) {
  const Request request = decoded(body);
  const Outbound sent = sent_home(request);
  EXPECT_EQ(canonical(sent.body), canonical(body));
  EXPECT_TRUE(sent.losses.empty()) << sent.losses.entries().front().row->name;
  EXPECT_TRUE(sent.names.empty());
}

std::string refusal_of(std::string_view body) {
  const Result<Request> request = decode_request({.path = "/v1/messages", .body = body});
  if (request) return "none";
  EXPECT_EQ(request.error().kind(), Error::Kind::bad_request);
  return request.error().message();
}

constexpr std::string_view of_claude_code = R"({
  "model": "claude-opus-4-6", "max_tokens": 32000, "stream": true,
  "system": [
    {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.40; cch=7f3a1;"},
    {"type": "text", "text": "You are Claude Code.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "# Tone\nBe \u00e9brief.", "cache_control": {"type": "ephemeral",
        "ttl": "1h"}}],
  "messages": [
    {"role": "user", "content": [{"type": "text",
        "text": "<system-reminder>today</system-reminder>"},
                                 {"type": "text", "text": "fix the test"}]},
    {"role": "system", "content": [{"type": "text", "text": "cwd: /srv"}],
        "output_config": {"effort": "high"}},
    {"role": "assistant", "content": [
      {"type": "thinking", "thinking": "", "signature": "EqQBCkYIBx=="},
      {"type": "text", "text": "I look."},
      {"type": "tool_use", "id": "toolu_01", "name": "Bash", "input": {"command": "ls", "n": 1.50},
       "caller": {"type": "direct"}},
      {"type": "tool_use", "id": "toolu_02", "name": "Read", "input": {}}]},
    {"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "toolu_01", "content": "a\nb", "is_error": false},
      {"type": "tool_result", "tool_use_id": "toolu_02", "content": [
        {"type": "text", "text": "done"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png",
            "data": "iVBORw0KGgo="}}]},
      {"type": "text", "text": "and then?", "cache_control": {"type": "ephemeral"}}]}],
  "tools": [
    {"name": "Bash", "description": "Runs", "input_schema": {"$schema": "x", "type": "object",
      "properties": {"command": {"type": "string"}}, "required": ["command"],
          "additionalProperties": false}},
    {"name": "Read", "description": "Reads", "input_schema": {"type": "object"},
        "defer_loading": true,
     "eager_input_streaming": true},
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}],
  "thinking": {"type": "adaptive", "display": "omitted"},
  "output_config": {"effort": "medium"},
  "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
  "metadata": {"user_id": "{\"device_id\":\"d1\",\"session_id\":\"s1\"}"}
})";

TEST(AnthropicRequest, OfClaudeCodeIsWrittenAtHomeAsItCame) {
  expect_lossless(std::string(of_claude_code));
}

TEST(AnthropicRequest, OfClaudeCodeIsUnderstood) {
  const Request request = decoded(of_claude_code);
  EXPECT_EQ(request.source, chat::Dialect::anthropic);
  EXPECT_EQ(request.model, "claude-opus-4-6");
  EXPECT_EQ(request.max_output_tokens, 32000);
  EXPECT_TRUE(request.stream);
  EXPECT_TRUE(request.stream_usage);
  ASSERT_EQ(request.messages.size(), 5U);
  EXPECT_EQ(request.messages[0].role, Role::system);
  EXPECT_EQ(request.messages[0].parts.size(), 3U);
  EXPECT_EQ(request.messages[1].role, Role::user);
  EXPECT_EQ(request.messages[2].role, Role::system);
  const auto& said = request.messages[3].parts;
  ASSERT_EQ(said.size(), 4U);
  ASSERT_TRUE(said[0].seal);
  EXPECT_EQ(said[0].seal->bytes, "EqQBCkYIBx==");
  EXPECT_TRUE(said[0].seal->issuer.empty());
  const auto& call = std::get<chat::ToolCall>(said[2].body);
  EXPECT_EQ(call.id, "toolu_01");
  EXPECT_EQ(call.name, "Bash");
  EXPECT_EQ(call.input, R"({"command": "ls", "n": 1.50})");
  EXPECT_EQ(call.form, chat::ToolCall::Form::object);
  const auto& results = request.messages[4].parts;
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(std::get<chat::ToolResult>(results[1].body).content.size(), 2U);
  EXPECT_TRUE(results[2].cache_control);
  ASSERT_EQ(request.tools.size(), 3U);
  EXPECT_EQ(request.tools[2].kind, chat::Tool::Kind::builtin);
  EXPECT_EQ(request.tools[2].name, "web_search");
  EXPECT_EQ(request.thinking.mode, chat::Thinking::Mode::adaptive);
  EXPECT_EQ(request.thinking.effort, "medium");
  EXPECT_EQ(request.thinking.show_text, false);
  EXPECT_EQ(request.end_user, R"({"device_id":"d1","session_id":"s1"})");
}

TEST(AnthropicRequest, EverySpellingOfEveryTopMemberComesBack) {
  for (const std::string_view members : {
           R"("stream":false)",
           R"("stream":true)",
           R"("stream":null)",
           R"("system":"Be brief.")",
           R"("system":"")",
           R"("system":[])",
           R"("system":null)",
           R"("system":[{"type":"text","text":"a"},{"type":"text","text":"b"}])",
           R"("stop_sequences":[])",
           R"("stop_sequences":["a"," "])",
           R"("temperature":0,"top_p":0.25,"top_k":40)",
           R"("temperature":1.0)",
           R"("tools":[],"tool_choice":{"type":"auto"})",
           R"("tool_choice":{"type":"auto","disable_parallel_tool_use":false})",
           R"("tool_choice":{"type":"any","disable_parallel_tool_use":true})",
           R"("tool_choice":{"type":"tool","name":"f"})",
           R"("tool_choice":{"type":"tool","name":""})",
           R"("tool_choice":{"type":"none"})",
           R"("tool_choice":{"type":"later","depth":2,"disable_parallel_tool_use":true})",
           R"("thinking":{"type":"enabled","budget_tokens":2048})",
           R"("thinking":{"type":"enabled","budget_tokens":2048,"display":"summarized","x":[1]})",
           R"("thinking":{"type":"disabled"})",
           R"("thinking":{"type":"adaptive"})",
           R"("thinking":{"type":"adaptive","display":null})",
           R"("thinking":null)",
           R"("thinking":{"type":"between_tools"})",
           R"("thinking":{"type":"between_tools","display":"omitted"})",
           R"("output_config":{})",
           R"("output_config":{"effort":null,"format":null})",
           R"("output_config":{"effort":"xhigh","task_budget":{"type":"tokens","total":5}})",
           R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}})",
           R"("output_config":{"format":{"type":"json_schema","schema":{},"name":"n"}})",
           R"("output_config":{"format":{"type":"grammar","x":1}})",
           R"("output_format":{"type":"json_schema","schema":{"type":"object"}})",
           R"("metadata":{})",
           R"("metadata":{"user_id":null})",
           R"("metadata":{"user_id":""})",
           R"("metadata":{"user_id":"u","team":"t"})",
           R"("service_tier":"auto","container":null,"mcp_servers":[{"type":"url"}],"speed":null)",
           R"("cache_control":{"type":"ephemeral"},"inference_geo":"eu","betas":["b"])",
       }) {
    SCOPED_TRACE(members);
    expect_lossless(body_of(members));
  }
}

TEST(AnthropicRequest, EveryKindOfBlockComesBack) {
  for (
      const std::string_view content : {
          R"("plain")",
          R"("")",
          R"([])",
          R"([{"type":"text","text":"a","citations":null,"cache_control":null}])",
          R"([{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"c"}]}])",
          R"([{"type":"image","source":{"type":"url","url":"https://x/y.png"}}])",
          R"([{"type":"image","source":{"type":"file","file_id":"file_1"},
              "transformations":null}])",
          R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA",
              "x":1}}])",
          R"([{"type":"document","source":{"type":"base64","media_type":"application/pdf",
              "data":"AA"},
               "title":"T","context":"c","citations":{"enabled":true},
                   "cache_control":{"type":"ephemeral"}}])",
          R"([{"type":"document","source":{"type":"text","media_type":"text/plain","data":"t"},
              "title":null}])",
          R"([{"type":"document","source":{"type":"url","url":"https://x"},"title":""}])",
          R"([{"type":"document","source":{"type":"content","content":"c"}}])",
          R"([{"type":"document","source":{"type":"content","content":[{"type":"text",
              "text":"c"}]}}])",
          R"([{"type":"thinking","thinking":"t","signature":""}])",
          R"([{"type":"thinking","thinking":"t"}])",
          R"([{"type":"redacted_thinking","data":"xyz"}])",
          R"([{"type":"tool_use","id":"i","name":"n","input":{},"toolset_name":null}])",
          R"([{"type":"tool_use","id":"i","name":"n","input":"text"}])",
          R"([{"type":"tool_use","id":"i","name":"n"}])",
          R"([{"type":"server_tool_use","id":"i","name":"web_search","input":{"query":"q"}}])",
          R"([{"type":"web_search_tool_result","tool_use_id":"i","content":[{"url":"u"}]}])",
          R"([{"type":"search_result","source":"s","title":"t","content":[],"citations":{}}])",
          R"([{"type":"container_upload","file_id":"f"}])",
          R"([{"text":"no type"}])",
          R"([{"type":"tool_result","tool_use_id":"i"}])",
          R"([{"type":"tool_result","tool_use_id":"i","content":null}])",
          R"([{"type":"tool_result","tool_use_id":"i","content":""}])",
          R"([{"type":"tool_result","tool_use_id":"i","content":[],"is_error":true}])",
          R"([{"type":"tool_result","tool_use_id":"i","content":[{"type":"tool_reference",
              "tool_name":"n"},
               {"type":"text","text":""},{"type":"tool_result","tool_use_id":"j",
                   "content":"nested"},
               {"type":"search_result","source":"s","title":"t","content":[]}],
               "cache_control":{"type":"ephemeral"}}])",
      }) {
    SCOPED_TRACE(content);
    expect_lossless(body_of("", content));
  }
}

TEST(AnthropicRequest, EverySpellingOfAToolComesBack) {
  for (const std::string_view tool :
       {R"({"name":"f","input_schema":{"type":"object"}})",
        R"({"type":"custom","name":"f","description":"","input_schema":{"type":"object"}})",
        R"({"type":null,"name":"f","input_schema":{"type":"object"},"strict":true})",
        R"({"type":"newer","name":"f","input_schema":{},"strict":false,
           "allowed_callers":["direct"]})",
        R"({"name":"f","input_schema":{"a":1},"cache_control":{"type":"ephemeral","ttl":"1h"},
               "input_examples":[{"a":1}],"defer_loading":false})",
        R"({"type":"bash_20250124","name":"bash","cache_control":{"type":"ephemeral"}})",
        R"({"type":"code_execution_20260521","name":"code_execution","strict":true})",
        R"({"type":"computer_20250124","name":"computer","display_width_px":1024})"}) {
    SCOPED_TRACE(tool);
    expect_lossless(body_of(R"("tools":[)" + std::string(tool) + "]"));
  }
}

TEST(AnthropicRequest, SystemMessagesStayWhereTheyStood) {
  expect_lossless(
      R"({"model":"m","max_tokens":1,"messages":[{"role":"system","content":"first"},
          {"role":"user","content":"u"},{"role":"system","content":[]}],"system":"top"})");
  expect_lossless(
      R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"u"},
          {"role":"assistant"},{"role":"assistant","content":null,"x":1}]})");
}

TEST(AnthropicRequest, AToolsNameMayBeNullAtHome) {
  expect_lossless(body_of(R"("tools":[{"name":null,"input_schema":{"type":"object"}}])"));
}

TEST(AnthropicRequest, ASystemMessageThatAStepPutsAtTheHeadGoesToSystem) {
  Request request = decoded(body_of(R"("system":"mine")"));
  chat::Message added;
  added.role = Role::system;
  added.parts.emplace_back().body = chat::Text{"ours"};
  request.messages.insert(request.messages.begin(), added);
  EXPECT_EQ(canonical(sent_home(request).body),
            canonical(body_of(
                R"("system":[{"type":"text","text":"ours"},{"type":"text","text":"mine"}])")));
}

TEST(AnthropicRequest, TheHintsSayModelAndStream) {
  const Request request = decoded(body_of(""));
  const auto sent = encode_request(request, {.model = "other", .stream = true});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->path, "/messages");
  ASSERT_EQ(sent->headers.size(), 1U);
  EXPECT_EQ(sent->headers[0], Header("anthropic-version", "2023-06-01"));
  EXPECT_EQ(canonical(sent->body), canonical(R"({"model":"other","max_tokens":9,"stream":true,
                          "messages":[{"role":"user","content":"Hi"}]})"));
}

TEST(AnthropicRequest, ASealOfAnotherProviderStaysBehindAndTakesThinkingAlong) {
  Request request = decoded(R"({"model":"m","max_tokens":9000,
      "thinking":{"type":"enabled","budget_tokens":2048,"display":"full"},"messages":[
      {"role":"user","content":"u"},
      {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},
        {"type":"tool_use","id":"i","name":"n","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"i"}]}]})");
  request.messages[1].parts[0].seal->issuer = "glm";
  const Outbound own_seal = sent_home(request, {.seal_issuer = "glm"});
  EXPECT_NE(own_seal.body.find(R"("signature":"s")"), std::string::npos);
  EXPECT_TRUE(own_seal.losses.empty());

  const Outbound foreign = sent_home(request, {.seal_issuer = "anthropic"});
  EXPECT_EQ(canonical(foreign.body), canonical(R"({"model":"m","max_tokens":9000,"messages":[
      {"role":"user","content":"u"},
      {"role":"assistant","content":[{"type":"tool_use","id":"i","name":"n","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"i"}]}]})"));
  ASSERT_EQ(foreign.losses.entries().size(), 2U);
}

TEST(AnthropicRequest, EditsOfThoughtsGoWhereThinkingIsTakenAway) {
  const auto managed = [](std::string_view management, bool imposed) {
    Request request = decoded(body_of(R"("thinking":{"type":"adaptive"},"context_management":)" +
                                      std::string(management)));
    if (imposed) request.thinking = {.effort = {}, .imposed = true};
    json::Reader reader;
    const Outbound sent = sent_home(request);
    return canonical(reader.read(sent.body).find("context_management").raw().text());
  };
  const std::string clear = R"({"type":"clear_thinking_20251015","keep":"all"})";
  const std::string other = R"({"type":"clear_tool_uses_20250919","trigger":null})";
  const std::string both = R"({"edits":[)" + clear + "," + other + R"(],"x":1})";
  EXPECT_EQ(managed(both, false), canonical(both));
  EXPECT_EQ(managed(both, true), canonical(R"({"edits":[)" + other + R"(],"x":1})"));
  EXPECT_EQ(managed(R"({"edits":[)" + clear + "]}", true), "null");
  for (const char* const odd : {R"({"edits":[1]})", R"({"edits":{}})", "[1]"}) {
    EXPECT_EQ(managed(odd, true), odd);
  }
}

TEST(AnthropicRequest, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(refusal_of(""), "Invalid JSON body");
  EXPECT_EQ(refusal_of("[1]"), "Invalid JSON body");
  EXPECT_EQ(refusal_of("{\"model\":"), "Invalid JSON body");
  EXPECT_EQ(refusal_of(R"({"messages":[{"role":"user","content":"x"}]})"), "Missing model");
  EXPECT_EQ(refusal_of(R"({"model":"","messages":[{"role":"user","content":"x"}]})"),
            "Missing model");
  const std::string nothing_said = "messages: at least one message is required";
  EXPECT_EQ(refusal_of(R"({"model":"m"})"), nothing_said);
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":[],"system":"s"})"), nothing_said);
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":null})"), nothing_said);
}

TEST(AnthropicRequest, AWrongTypeIsRefusedWithItsPlace) {
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":5})"), "messages: expected an array");
  EXPECT_EQ(refusal_of(R"({"model":5,"messages":[]})"), "model: expected a string");
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":[{"role":"user","content":"x"}],
                           "tools":[{"name":"f","input_schema":[1]}]})"),
            "tools[0].input_schema: expected an object");
  EXPECT_NE(refusal_of(body_of(R"("max_tokens":1.5)")), "none");
  EXPECT_NE(refusal_of(R"({"model":"m","messages":[{"content":"x"}]})"), "none");
  EXPECT_NE(refusal_of(R"({"model":"m","messages":["x"]})"), "none");
  EXPECT_NE(refusal_of(R"({"model":"m","messages":[{"role":"robot","content":"x"}]})"), "none");
  EXPECT_NE(refusal_of(body_of("", R"([5])")), "none");
  EXPECT_NE(refusal_of(body_of("", R"([{"type":"text","text":5}])")), "none");
  EXPECT_NE(refusal_of(body_of(R"("tools":[{"name":5}])")), "none");
}

}  // namespace
}  // namespace omni::dialect::anthropic
