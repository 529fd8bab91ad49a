#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "chat/test_chat.h"
#include "dialect/codec.h"
#include "dialect/openai_responses/codec.h"
#include "dialect/openai_responses/test_requests.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Message;
using chat::Request;
using chat::Role;

Outbound encode(const Request& request, const EncodeHints& hints = {}) {
  Result<Outbound> outbound = openai_responses_codec().encode_request(request, hints);
  EXPECT_TRUE(outbound);
  return outbound ? *std::move(outbound) : Outbound{};
}

Request decode(std::string_view body) {
  Result<Request> request = openai_responses_codec().decode_request({"/v1/responses", body});
  EXPECT_TRUE(request) << body << "\n" << request.error().message();
  return request ? *std::move(request) : Request{};
}

std::string losses(const Outbound& outbound) {
  std::string out;
  for (const Losses::Entry& entry : outbound.losses.entries()) {
    out += out.empty() ? "" : " ";
    out += entry.row->name;
    if (!entry.detail.empty()) out += ":" + entry.detail;
  }
  return out;
}

void expect_same(std::string_view body) {
  const Request request = decode(body);
  const Outbound outbound = encode(request, {.stream = request.stream});
  EXPECT_EQ(canonical(outbound.body), canonical(body));
  EXPECT_EQ(losses(outbound), "");
  EXPECT_EQ(outbound.path, "/responses");
  EXPECT_TRUE(outbound.names.empty());
}

TEST(ResponsesRequestHome, CodexGetsThroughAsItCame) { expect_same(codex_request); }

TEST(ResponsesRequestHome, ItemsComeOutAsTheyCame) {
  const std::vector<std::string> all{
      R"({"role":"user","content":"bare"})",
      R"({"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]})",
      R"({"role":"system","content":"among the items"})",
      R"({"role":"user","content":[]})",
      R"({"role":"assistant","content":null})",
      R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"output_text","text":"b"}]})",
      R"({"role":"assistant","content":[{"type":"input_text","text":"odd"}]})",
      R"({"type":"message","id":"msg_1","status":"completed","role":"assistant",
         "phase":"final_answer",
          "content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},
                     {"type":"refusal","refusal":"no"}]})",
      R"({"role":"assistant","content":[{"type":"output_text","text":"a",
          "annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,
             "end_index":1}]}]})",
      R"({"role":"user","content":[{"type":"input_image",
         "image_url":"data:image/png;base64,AAAA"}]})",
      R"({"role":"user","content":[{"type":"input_image",
         "image_url":"data:image/png;name=x;base64,AA=="}]})",
      R"({"role":"user","content":[{"type":"input_image","image_url":"u","file_id":null,
         "detail":"low"}]})",
      R"({"role":"user","content":[{"type":"input_image","image_url":"u","file_id":"f"}]})",
      R"({"role":"user","content":[{"type":"input_image","image_url":"u","detail":""},
         {"type":"input_file","file_id":"f","filename":"","detail":""}]})",
      R"({"role":"user","content":[{"type":"input_file","file_data":"JVBE","filename":"a.pdf"}]})",
      R"({"role":"user","content":[{"type":"input_file",
         "file_data":"data:text/plain;base64,AA=="}]})",
      R"({"role":"user","content":[{"type":"input_file","file_url":"u"},{"type":"input_file",
         "file_id":"f"}]})",
      R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA==",
         "format":"mp3"}}]})",
      R"({"role":"user","content":[{"type":"input_hologram","x":1}]})",
      R"({"type":"function_call","call_id":"c","name":"f","arguments":""})",
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{ \"a\" : 1 }",
         "namespace":"n"})",
      R"({"type":"function_call","id":"fc","status":"completed","call_id":"c","name":"f",
         "arguments":"x"})",
      R"({"type":"function_call_output","call_id":"c","output":""})",
      R"({"type":"function_call_output","call_id":"c","output":[]})",
      R"({"type":"function_call_output","call_id":"c","output":[{"type":"input_text",
         "text":"a"}]})",
      R"({"type":"function_call_output","id":null,"call_id":"c","output":"a",
         "status":"completed"})",
      R"({"type":"custom_tool_call","call_id":"c","name":"f","input":""})",
      R"({"type":"custom_tool_call_output","call_id":"c","output":"a"})",
      R"({"type":"local_shell_call","id":"i","call_id":"c","status":"completed",
         "action":{"type":"exec"}})",
      R"({"type":"local_shell_call","id":"i","call_id":"c","action":null})",
      R"({"type":"local_shell_call_output","id":"i","output":"a"})",
      R"({"type":"local_shell_call_output","id":"i","call_id":"c","output":"a"})",
      R"({"type":"additional_tools","id":"at_1","role":"developer","tools":[{"type":"namespace",
         "name":"n","tools":[{"type":"custom","name":"exec"}]},{"type":"web_search"}]})",
      R"({"type":"additional_tools","role":"developer","tools":[]})",
      R"({"type":"reasoning","id":"r","summary":[]})",
      R"({"type":"reasoning","id":"r","summary":[],"encrypted_content":null})",
      R"({"type":"reasoning","summary":[{"type":"summary_text","text":"a"}],
         "encrypted_content":"e"})",
      R"({"type":"reasoning","id":"r","summary":null,"content":null})",
      R"({"type":"reasoning","id":"r","content":[{"type":"reasoning_text","text":"a"}]})",
      R"({"type":"reasoning","id":"r","summary":[],"content":[]})",
      R"({"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"a","x":1}],
          "content":[{"type":"reasoning_text","text":"a"},{"type":"reasoning_text","text":"b"}]})",
      R"({"type":"item_reference","id":"i"})",
      R"({"id":"i"})",
      R"({"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot"}})",
      R"({"type":"compaction","encrypted_content":"x"})"};
  for (const std::string& item : all) {
    expect_same(R"({"model":"m","input":[{"role":"user","content":"x"},)" + item + "]}");
  }
}

TEST(ResponsesRequestHome, MembersComeOutAsTheyCame) {
  const std::vector<std::string> all{
      R"("instructions":"i")",
      R"("instructions":"")",
      R"("instructions":null)",
      R"("stream":false)",
      R"("stream":null,"store":true,"metadata":{"a":"b"},"include":[],"background":false)",
      R"("stream_options":{"include_obfuscation":false},"stream":true)",
      R"("tools":[])",
      R"("tools":null,"tool_choice":null,"reasoning":null,"text":null,"parallel_tool_calls":null)",
      R"("tools":[{"type":"function","name":"f"}])",
      R"("tools":[{"type":"function","name":"f","parameters":null,"strict":null,
         "description":null}])",
      R"("tools":[{"type":"function","name":"f","description":"","parameters":{},"strict":true}])",
      R"("tools":[{"type":"custom","name":"f"},{"type":"mcp","server_label":"s"}])",
      R"("tools":[{"type":"web_search_preview_2025_03_11","user_location":null},{"type":"x",
         "n":1}])",
      R"("tools":[{"type":"namespace","name":"n","description":"d","tools":[]}])",
      R"("tools":[{"type":"namespace","name":"n","x":1,"tools":[{"type":"custom","name":"f"}]},
                  {"type":"namespace","name":"n","description":"d","tools":[{"type":"web_search"}]},
                  {"type":"function","name":"g","parameters":{}}])",
      R"("tool_choice":"none")",
      R"("tool_choice":{"type":"function","name":"f"})",
      R"("tool_choice":{"type":"custom","name":"f"})",
      R"("tool_choice":{"type":"function","name":"f","namespace":"n"})",
      R"("tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function",
         "name":"f"}]})",
      R"("tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"custom",
         "name":"f"}]})",
      R"("tool_choice":{"type":"file_search"})",
      R"("tool_choice":"sometimes")",
      R"("reasoning":{})",
      R"("reasoning":{"effort":"none"})",
      R"("reasoning":{"effort":null,"summary":null})",
      R"("reasoning":{"effort":"xhigh","summary":"concise","context":"auto"})",
      R"("reasoning":{"summary":"auto"})",
      R"("reasoning":{"generate_summary":"detailed"})",
      R"("reasoning":{"effort":"","summary":"whatever"})",
      R"("text":{})",
      R"("text":{"format":{"type":"text"},"verbosity":"high"})",
      R"("text":{"format":{"type":"json_object"}})",
      R"("text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}})",
      R"("text":{"format":{"type":"json_schema","name":"n","schema":{},"strict":null,
         "description":""}})",
      R"("text":{"format":{"type":"grammar","x":1}})",
      R"("text":{"format":null})",
      R"("max_output_tokens":16,"temperature":0.25,"top_p":1.0,"user":"u","top_logprobs":3)",
      R"("user":"","previous_response_id":"resp_1","truncation":"auto","seed":5,"stop":["a"])"};
  for (const std::string& members : all) {
    expect_same(R"({"model":"m","input":"x",)" + members + "}");
  }
}

TEST(ResponsesRequestHome, ModelAndStreamModeAreOursToChoose) {
  const Request request = decode(R"({"model":"m","input":"x","stream":true})");
  EXPECT_EQ(canonical(encode(request, {.model = "n", .stream = false}).body),
            canonical(R"({"model":"n","input":"x","stream":false})"));
}

TEST(ResponsesRequestHome, ASystemTextPutBeforeTheConversationJoinsTheInstructions) {
  Request request =
      decode(R"({"model":"m","instructions":"b","input":[{"role":"system","content":"c"}]})");
  Message message;
  message.role = Role::system;
  message.parts.push_back({.body = chat::Text{"a"}, .seal = {}, .cache_control = {}, .extras = {}});
  request.messages.insert(request.messages.begin(), message);
  EXPECT_EQ(canonical(encode(request).body), canonical(R"({"model":"m","instructions":"a\n\nb",
                          "input":[{"role":"system","content":"c"}]})"));
}

TEST(ResponsesRequestHome, ABareTextBecomesAListWhenItIsOneNoMore) {
  Request request = decode(R"({"model":"m","input":"x"})");
  request.messages[0].parts.push_back(
      {.body = chat::Text{"y"}, .seal = {}, .cache_control = {}, .extras = {}});
  EXPECT_EQ(canonical(encode(request).body),
            canonical(R"({"model":"m","input":[{"type":"message","role":"user","content":[
                {"type":"input_text","text":"x"},{"type":"input_text","text":"y"}]}]})"));
}

TEST(ResponsesRequestHome, ThoughtsThatAnotherProviderHasSealedDoNotGoOut) {
  Request request = decode(R"({"model":"m","input":[{"role":"user","content":"x"},
      {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"e"}]})");
  request.messages[1].parts[0].seal->issuer = "one";
  EXPECT_NE(encode(request, {.seal_issuer = "one"}).body.find("rs_1"), std::string::npos);
  const Outbound outbound = encode(request, {.seal_issuer = "other"});
  EXPECT_EQ(outbound.body.find("rs_1"), std::string::npos);
  EXPECT_EQ(losses(outbound), "seal");
}

/// The input of a conversation of thoughts, a call, its result, more thoughts and an answer.
std::string thoughtful(std::string_view first, std::string_view second, std::string_view rest) {
  return R"({"model":"m","input":[{"role":"user","id":"msg_1","content":"x"},)" +
         std::string(first) +
         R"({"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"},
            {"type":"function_call_output","id":"fco_1","call_id":"c","output":"r"},)" +
         std::string(second) + R"({"role":"assistant","id":"msg_2","content":"y"}])" +
         std::string(rest) + "}";
}
constexpr std::string_view sealed = R"({"type":"reasoning","id":"rs_1","summary":[],
                                        "encrypted_content":"e"},)";
constexpr std::string_view unsealed = R"({"type":"reasoning","id":"rs_2","summary":[]},)";
constexpr std::string_view readable = R"({"type":"reasoning","id":"rs_3","summary":[],
    "content":[{"type":"reasoning_text","text":"a"}]},)";

TEST(ResponsesRequestHome, ThoughtsThatNobodyHasStoredAreLeftOutAndTakeTheIdsOfWhatCameOfThem) {
  const Outbound outbound = encode(decode(thoughtful(unsealed, sealed, R"(,"store":false)")));
  std::string without = thoughtful("", sealed, R"(,"store":false)");
  without.erase(without.find(R"("id":"fc_1",)"), std::string_view(R"("id":"fc_1",)").size());
  EXPECT_EQ(canonical(outbound.body), canonical(without));
  EXPECT_EQ(losses(outbound), "reasoning");
}

TEST(ResponsesRequestHome, ThoughtsStayThatCanBeFoundOrRead) {
  expect_same(thoughtful(unsealed, sealed, R"(,"store":true)"));
  expect_same(thoughtful(unsealed, sealed, ""));
  expect_same(thoughtful(readable, sealed, R"(,"store":false)"));
}

TEST(ResponsesRequestHome, ASpellingGivesWayWhenTheChoiceHasChanged) {
  Request request = decode(R"({"model":"m","input":"Hi","tools":[{"type":"custom","name":"g"}],
      "tool_choice":{"type":"allowed_tools","mode":"required",
                     "tools":[{"type":"custom","name":"g"}]}})");
  request.tool_choice.mode = chat::ToolChoice::Mode::automatic;
  request.tool_choice.allowed.clear();
  EXPECT_NE(encode(request).body.find(R"("tool_choice":"auto")"), std::string::npos);
}

TEST(ResponsesRequestHome, AnOddChoiceOfAllowedToolsComesOutAsItCame) {
  expect_same(R"({"model":"m","input":"x","tool_choice":{"type":"allowed_tools","mode":"auto",
                  "tools":[{"name":"f"}]}})");
  expect_same(R"({"model":"m","input":"x","tool_choice":{"type":"allowed_tools","mode":"object",
                  "tools":[{"type":"function","name":"f"}]}})");
}

TEST(ResponsesRequestHome, ATypeMayBeNull) {
  expect_same(R"({"model":"m","input":[{"type":null,"id":"msg_1"},
                  {"type":null,"role":"user","content":"Hi"}]})");
}

TEST(ResponsesRequestHome, WhatIsOnlySpelledOddlyIsNotLostAbroad) {
  constexpr std::string_view body = R"({"model":"m","input":[
      {"role":"user","content":[{"type":"input_image",
        "image_url":"data:image/png;name=a.png;base64,aGk="}]},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a","x":1}],
       "content":[{"type":"reasoning_text","text":"a"},{"type":"reasoning_text","text":"b"}]},
      {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
      {"type":"function_call_output","call_id":"c","output":"r"}],
    "tools":[{"type":"function","name":"f"},{"type":"custom","name":"g"}],
    "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},
                   {"type":"custom","name":"g"}]}})";
  expect_same(body);
  for (const chat::Dialect abroad : {chat::Dialect::anthropic, chat::Dialect::openai_chat}) {
    const Result<Outbound> outbound = codec_for(abroad).encode_request(decode(body), {});
    ASSERT_TRUE(outbound);
    EXPECT_EQ(losses(*outbound).find("foreign_member"), std::string::npos) << losses(*outbound);
  }
}

}  // namespace
}  // namespace omni::dialect
