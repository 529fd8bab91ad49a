#include "gateway/mock/strict.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace omni::gateway::mock {
namespace {

using chat::Dialect;

struct Sample {
  std::string_view body;
  std::string_view complaint;  // a part of it; empty: there is none
};

void expect_complaints(Dialect dialect, const std::vector<Sample>& samples,
                       std::string_view path = "/x") {
  for (const Sample& sample : samples) {
    json::Reader reader;
    const json::Value body = reader.read(sample.body);
    const std::string complaint = complaint_about(dialect, {path, body});
    EXPECT_TRUE(reader.finish()) << sample.body;
    if (sample.complaint.empty()) {
      EXPECT_EQ(complaint, "") << sample.body;
    } else {
      EXPECT_NE(complaint.find(sample.complaint), std::string::npos)
          << sample.body << "\n  wanted: " << sample.complaint << "\n  was: " << complaint;
    }
  }
}

TEST(StrictAnthropic, TakesWhatTheRealOneTakes) {
  expect_complaints(
      Dialect::anthropic,
      {{R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]})", ""},
       {R"({"model":"m","max_tokens":4096,"temperature":1,"system":[{"type":"text","text":"s"}],
            "thinking":{"type":"enabled","budget_tokens":1024},"messages":[
            {"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]},
            {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},
             {"type":"tool_use","id":"toolu_1","name":"a","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r"},
             {"type":"text","text":"go on"}]}],
            "tools":[{"name":"a","input_schema":{"type":"object"}},
                     {"type":"web_search_20250305","name":"web_search"}]})",
        ""}});
}

TEST(StrictAnthropic, RefusesWhatTheRealOneRefuses) {
  const std::string_view user = R"("max_tokens":9,"messages":[{"role":"user","content":"x"}])";
  const auto with = [&](std::string_view more) {
    return "{" + std::string(user) + "," + std::string(more) + "}";
  };
  const std::vector<std::string> made{
      with(R"("frequency_penalty":1)"),
      with(R"("thinking":{"type":"enabled","budget_tokens":1023})"),
      with(R"("thinking":{"type":"enabled","budget_tokens":1024})"),
      with(R"("temperature":1.5)"),
      with(R"("tools":[{"name":"a b","input_schema":{"type":"object"}}])"),
      with(R"("tools":[{"name":"a"}])"),
      with(R"("tools":[{"name":"a","input_schema":{}}])"),
      with(R"("tools":[{"name":"a","input_schema":{"type":"object"}},
                       {"name":"a","input_schema":{"type":"object"}}])"),
  };
  expect_complaints(
      Dialect::anthropic,
      {{R"([])", "must be a JSON object"},
       {made[0], "frequency_penalty: Extra inputs are not permitted"},
       {made[1], "greater than or equal to 1024"},
       {made[2], "`max_tokens` must be greater than `thinking.budget_tokens`"},
       {made[3], "temperature: range: 0..1"},
       {made[4], "String should match pattern"},
       {made[5], "input_schema: Field required"},
       {made[6], "input_schema.type"},
       {made[7], "Tool names must be unique"},
       {R"({"messages":[{"role":"user","content":"x"}]})", "max_tokens: Field required"},
       {R"({"max_tokens":0,"messages":[{"role":"user","content":"x"}]})", "greater than"},
       {R"({"max_tokens":9,"messages":[]})", "at least one message"},
       {R"({"max_tokens":9,"messages":[{"role":"assistant","content":"x"}]})",
        "first message must use the \"user\" role"},
       {R"({"max_tokens":9,"messages":[{"role":"user","content":""}]})", "non-empty"},
       {R"({"max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":""}]}]})",
        "non-empty"},
       {R"({"max_tokens":9,"messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":"So "}]})",
        "trailing whitespace"}});
}

TEST(StrictAnthropic, WantsCallsAndResultsInPairs) {
  const auto conversation = [](std::string_view turns) {
    return R"({"max_tokens":9,"messages":[{"role":"user","content":"x"},)" + std::string(turns) +
           "]}";
  };
  const std::string call =
      R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"a","input":{}}]})";
  const std::string result =
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"r"}]})";
  const std::string words = R"({"role":"user","content":"y"})";
  const std::string bad_id =
      R"({"role":"assistant","content":[{"type":"tool_use","id":"a b","name":"a","input":{}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"a b"}]})";
  const std::vector<std::string> made{
      conversation(call + "," + result),
      conversation(call),
      conversation(call + "," + words),
      conversation(result),
      conversation(bad_id),
  };
  expect_complaints(Dialect::anthropic,
                    {{made[0], ""},
                     {made[1], "`tool_use` ids were found without `tool_result`"},
                     {made[2], "messages.1: `tool_use` ids were found without"},
                     {made[3], "unexpected `tool_use_id`"},
                     {made[4], "tool_use.id: String should match pattern"}});
}

TEST(StrictAnthropic, HoldsThinkingToItsRules) {
  const auto thinking = [](std::string_view more) {
    return R"({"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":1024},)" +
           std::string(more) + "}";
  };
  const std::string_view user = R"("messages":[{"role":"user","content":"x"}])";
  const std::vector<std::string> made{
      thinking(R"("temperature":0.5,)" + std::string(user)),
      thinking(R"("top_k":5,)" + std::string(user)),
      thinking(R"("tool_choice":{"type":"any"},)" + std::string(user)),
      thinking(R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
        {"type":"tool_use","id":"t1","name":"a","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]}])"),
      thinking(R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
        {"type":"thinking","thinking":"t"}]},{"role":"user","content":"y"}])"),
      thinking(R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
        {"type":"tool_use","id":"t1","name":"a","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]},
        {"role":"assistant","content":"done"},{"role":"user","content":"thanks"}])"),
  };
  expect_complaints(Dialect::anthropic, {{made[0], "`temperature` may only be set to 1"},
                                         {made[1], "`top_k` must be unset"},
                                         {made[2], "when tool_choice forces tool use"},
                                         {made[3], "Expected `thinking` or `redacted_thinking`"},
                                         {made[4], "thinking.signature: Field required"},
                                         {made[5], ""}});
}

TEST(StrictAnthropic, CountsFourCacheMarks) {
  const auto marks = [](int count) {
    std::string blocks;
    for (int i = 0; i < count; ++i) {
      blocks.append(i == 0 ? "" : ",");
      blocks.append(R"({"type":"text","text":"x","cache_control":{"type":"ephemeral"}})");
    }
    return R"({"max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{}}],
      "messages":[{"role":"user","content":[)" +
           blocks + "]}]}";
  };
  const std::string four = marks(3);
  const std::string five = marks(4);
  expect_complaints(Dialect::anthropic, {{four, ""}, {five, "Found 5."}});
}

TEST(StrictAnthropic, CountingNeedsNoLimit) {
  expect_complaints(Dialect::anthropic, {{R"({"messages":[{"role":"user","content":"x"}]})", ""}},
                    "/v1/messages/count_tokens?beta=true");
}

TEST(StrictOpenAiChat, RefusesWhatTheRealOneRefuses) {
  const std::string long_id(41, 'i');
  const std::string too_long =
      R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":")" + long_id +
      R"("}]},{"role":"tool","tool_call_id":")" + long_id + R"("}]})";
  expect_complaints(
      Dialect::openai_chat,
      {{R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant",
            "tool_calls":[{"id":"a"},{"id":"b"}]},{"role":"tool","tool_call_id":"b"},
            {"role":"tool","tool_call_id":"a"},{"role":"user","content":"y"}],"stream":true,
            "stream_options":{},"max_tokens":5,"temperature":0.5,"tool_choice":"auto",
            "tools":[{"type":"function","function":{"name":"a-b_1"}}]})",
        ""},
       {R"({"messages":[{"role":"user"}],"thinking":{}})",
        "Unrecognized request argument supplied: thinking"},
       {R"({"model":"m"})", "Missing required parameter: 'messages'"},
       {R"({"messages":[]})", "empty array"},
       {R"({"messages":[{"role":"model"}]})", "Invalid value: 'model'"},
       {R"({"messages":[{"role":"tool","tool_call_id":"a"}]})",
        "must be a response to a preceding message"},
       {R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]},{"role":"user"}]})",
        "did not have response messages: a"},
       {R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]})",
        "did not have response messages: a"},
       {too_long, "string too long. Expected a string with maximum length 40"},
       {R"({"messages":[{"role":"user"}],"stream_options":{"include_usage":true}})",
        "only allowed when 'stream' is enabled"},
       {R"({"model":"o3-mini","messages":[{"role":"user"}],"max_tokens":5})",
        "'max_tokens' is not supported with this model"},
       {R"({"model":"openai/gpt-5.2","messages":[{"role":"user"}],"temperature":0.2})",
        "'temperature' does not support 0.2"},
       {R"({"model":"gpt-4o","messages":[{"role":"user"}],"tool_choice":"auto"})",
        "only allowed when 'tools' are specified"},
       {R"({"messages":[{"role":"user"}],"tools":[{"type":"function","function":{"name":"a.b"}}]})",
        "does not match pattern"},
       {R"({"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}})",
        "must contain the word 'json'"},
       {R"({"messages":[{"role":"user","content":"As JSON"}],
            "response_format":{"type":"json_object"}})",
        ""}});
}

TEST(StrictOpenAiResponses, RefusesWhatTheRealOneRefuses) {
  expect_complaints(
      Dialect::openai_responses,
      {{R"({"model":"m","input":"x","max_output_tokens":16})", ""},
       {R"({"input":[{"type":"message","id":"msg_1","role":"user"},{"type":"reasoning","id":"rs_1"},
            {"type":"function_call","id":"fc_1","call_id":"c"},
            {"type":"function_call_output","call_id":"c"}]})",
        ""},
       {R"({"input":"x","messages":[]})", "Unknown parameter: 'messages'"},
       {R"({"input":"x","max_output_tokens":15})", "Expected a value >= 16, but got 15"},
       {R"({"input":[{"type":"function_call_output","call_id":"c"}]})",
        "No tool call found for function call output with call_id c"},
       {R"({"input":[{"type":"function_call_output","call_id":"c"}],"previous_response_id":"r"})",
        ""},
       {R"({"input":[{"type":"function_call","call_id":"c"}]})",
        "No tool output found for function call c"},
       {R"({"input":[{"type":"message","id":"x1"}]})", "begins with 'msg'"},
       {R"({"input":[{"type":"reasoning","id":"rs_1"}]})", "without its required following item"},
       {R"({"input":"x","tools":[{"type":"function","name":""}]})", "does not match pattern"}});
}

TEST(StrictGemini, RefusesWhatTheRealOneRefuses) {
  expect_complaints(
      Dialect::gemini,
      {{R"({"contents":[{"role":"user","parts":[{"text":"x"}]},
            {"role":"model","parts":[{"functionCall":{}},{"function_call":{}}]},
            {"role":"user","parts":[{"functionResponse":{}},{"functionResponse":{}}]}],
            "tools":[{"functionDeclarations":[{"name":"a.b","parameters":{"type":"OBJECT",
            "properties":{"additionalProperties":{"type":"STRING"}},
            "required":["additionalProperties"]}}]}]})",
        ""},
       {R"({"contents":[{"parts":[{"text":"x"}]}],"messages":[]})", "Unknown name \"messages\""},
       {R"({"contents":[]})", "contents is not specified"},
       {R"({"contents":[{"role":"assistant","parts":[{"text":"x"}]}]})", "valid role: user, model"},
       {R"({"contents":[{"role":"user","parts":[]}]})", "parts must not be empty"},
       {R"({"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{}},
            {"functionCall":{}}]},{"parts":[{"functionResponse":{}}]}]})",
        "number of function response parts is equal"},
       {R"({"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{}}]},
            {"parts":[{"text":"y"}]}]})",
        "number of function response parts is equal"},
       {R"({"contents":[{"role":"model","parts":[{"functionCall":{}}]}]})",
        "immediately after a user turn"}});
}

TEST(StrictGemini, TakesItsOwnSchemasOnly) {
  const auto with = [](std::string_view parameters) {
    return R"({"contents":[{"parts":[{"text":"x"}]}],"tools":[{"function_declarations":[{"name":"a",
      "parameters":)" +
           std::string(parameters) + "}]}]}";
  };
  const std::vector<std::string> made{
      with(R"({"type":"object","$schema":"x"})"),
      with(
          R"({"type":"object","properties":{"a":{"type":"object","additionalProperties":false}}})"),
      with(R"({"type":["string","null"]})"),
      with(R"({"type":"object","properties":{},"required":["a"]})"),
      with(R"({"type":"array","items":{"oneOf":[]}})"),
      with(R"({"anyOf":[{"const":1}]})"),
  };
  expect_complaints(
      Dialect::gemini,
      {{made[0], "\"$schema\" at 'tools[0].function_declarations[0].parameters'"},
       {made[1], "\"additionalProperties\" at 'tools[0].function_declarations[0].parameters.pr"},
       {made[2], "Proto field is not repeating"},
       {made[3], "required[0]: property is not defined"},
       {made[4], "Unknown name \"oneOf\""},
       {made[5], "Unknown name \"const\""},
       {R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{
            "responseSchema":{"$ref":""}}})",
        "'generation_config.response_schema'"},
       {R"({"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[
            {"name":"1a"}]}]})",
        "Invalid function name"}});
}

TEST(StrictOllama, RefusesWhatTheRealOneRefuses) {
  expect_complaints(
      Dialect::ollama,
      {{R"({"model":"m","messages":[{"role":"user","content":"x","images":["aGk="]},
            {"role":"assistant","tool_calls":[{"function":{"name":"a","arguments":{}}}]},
            {"role":"tool","content":"r"}]})",
        ""},
       {R"({"messages":[]})", "model is required"},
       {R"({"model":"m","messages":[{"role":"developer"}]})", "invalid role: developer"},
       {R"({"model":"m","messages":[{"role":"user","content":[]}]})",
        "cannot unmarshal array into Go struct field ChatRequest.messages.content"},
       {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":
            {"arguments":"{}"}}]}]})",
        "cannot unmarshal string into Go struct field"},
       {R"({"model":"m","messages":[{"role":"user","images":["data:image/png;base64,aGk="]}]})",
        "illegal base64 data"}});
}

TEST(Strict, SaysNothingOfWhatItDoesNotUnderstand) {
  for (const Dialect dialect : chat::all_dialects) {
    for (const std::string_view body :
         {R"({"model":7,"max_tokens":"many","messages":{"a":1},"contents":[1,"x"],"input":[7],
              "tools":[[],8],"thinking":5,"system":7,"stream":"yes","generationConfig":[]})",
          R"({"model":"m","max_tokens":1,"messages":[8,{"role":7,"content":9}],"contents":{}})"}) {
      json::Reader reader;
      const json::Value root = reader.read(body);
      complaint_about(dialect, {"/x", root});
      EXPECT_TRUE(reader.finish()) << body;
    }
  }
}

}  // namespace
}  // namespace omni::gateway::mock
