#include <gtest/gtest.h>

#include "chat/test_chat.h"
#include "dialect/ollama/codec.h"

namespace omni::dialect {
namespace {

using chat::Request;

Result<Request> decode(std::string_view body) {
  return ollama_codec().decode_request({"/api/chat", body});
}

/// Of a request whose messages are these.
std::string messages(std::string_view array) {
  const auto request =
      decode(R"({"model":"m","stream":false,"messages":)" + std::string(array) + "}");
  if (!request) return request.error().message();
  std::string out;
  for (const chat::Message& message : request->messages) out += describe(message) + "\n";
  return out;
}

/// With these members beside model and messages.
Request with(std::string_view members) {
  const auto request = decode(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" +
                              std::string(members) + "}");
  EXPECT_TRUE(request) << members;
  return request ? *request : Request{};
}

std::string error_of(std::string_view body) {
  const auto request = decode(body);
  if (request) return "";
  EXPECT_EQ(request.error().kind(), Error::Kind::bad_request);
  return request.error().message();
}

TEST(OllamaRequest, StreamsUnlessToldOtherwise) {
  EXPECT_TRUE(with(R"("think":true)").stream);
  EXPECT_TRUE(with(R"("stream":null)").stream);
  EXPECT_TRUE(with(R"("stream":true)").stream);
  EXPECT_FALSE(with(R"("stream":false)").stream);
  EXPECT_TRUE(with(R"("stream":false)").stream_usage);
}

TEST(OllamaRequest, ReadsEveryRole) {
  EXPECT_EQ(messages(R"([{"role":"system","content":"Be brief."},
                         {"role":"user","content":"Hi"},
                         {"role":"assistant","content":"Hello","thinking":"They greet."},
                         {"role":"tool","content":"3","tool_name":"add","tool_call_id":"c1"}])"),
            "system\n  text \"Be brief.\"\n"
            "user\n  text \"Hi\"\n"
            "assistant\n  reasoning \"They greet.\"\n  text \"Hello\"\n"
            "tool\n  result of=\"c1\" name=\"add\" [text \"3\"]\n");
  EXPECT_EQ(messages(R"([{"role":"narrator","content":""}])"),
            "messages[0].role: expected the role system, user, assistant or tool");
  EXPECT_EQ(messages(R"([{"content":""}])"),
            "messages[0]: expected the role system, user, assistant or tool");
}

TEST(OllamaRequest, SniffsTheTypeOfImages) {
  EXPECT_EQ(
      messages(R"([{"role":"user","content":"What?","images":["iVBORw0KGgoAAA","/9j/4AAQ"]}])"),
      "user\n  text \"What?\"\n"
      "  media image base64 \"iVBORw0KGgoAAA\" mime=\"image/png\"\n"
      "  media image base64 \"/9j/4AAQ\" mime=\"image/jpeg\"\n");
}

TEST(OllamaRequest, GivesCallsIdsAndResultsThoseOfTheCallsTheyAnswer) {
  const std::string told = messages(
      R"([{"role":"assistant","content":"","tool_calls":[
            {"function":{"name":"a","arguments":{}}},
            {"function":{"name":"b","arguments":{"x":1}}},
            {"function":{"name":"a","arguments":{"y":2}}}]},
          {"role":"tool","tool_name":"b","content":"B"},
          {"role":"tool","tool_name":"a","content":"A1"},
          {"role":"tool","content":"A2"},
          {"role":"tool","tool_name":"a","content":"lost"}])");
  EXPECT_EQ(told,
            "assistant\n"
            "  call id=\"call_0\" name=\"a\" input=\"{}\" extras(ollama spelling=16)\n"
            "  call id=\"call_1\" name=\"b\" input=\"{\\\"x\\\":1}\" extras(ollama spelling=16)\n"
            "  call id=\"call_2\" name=\"a\" input=\"{\\\"y\\\":2}\" extras(ollama spelling=16)\n"
            "tool\n  result of=\"call_1\" name=\"b\" [text \"B\"] extras(ollama spelling=16)\n"
            "tool\n  result of=\"call_0\" name=\"a\" [text \"A1\"] extras(ollama spelling=16)\n"
            "tool\n  result of=\"call_2\" [text \"A2\"] extras(ollama spelling=16)\n"
            "tool\n  result of=\"call_3\" name=\"a\" [text \"lost\"] extras(ollama spelling=16)\n");
}

TEST(OllamaRequest, KeepsIdsThatTheClientGives) {
  EXPECT_EQ(messages(R"([{"role":"assistant","tool_calls":[
                            {"id":"x","function":{"name":"a","arguments":{}}},
                            {"function":{"name":"a","arguments":{}}}]},
                         {"role":"tool","tool_call_id":"x","content":"1"},
                         {"role":"tool","content":"2"}])"),
            "assistant extras(ollama spelling=4)\n"
            "  call id=\"x\" name=\"a\" input=\"{}\"\n"
            "  call id=\"call_0\" name=\"a\" input=\"{}\" extras(ollama spelling=16)\n"
            "tool\n  result of=\"x\" [text \"1\"]\n"
            "tool\n  result of=\"call_0\" [text \"2\"] extras(ollama spelling=16)\n");
}

TEST(OllamaRequest, TakesArgumentsThatAreJsonInAString) {
  EXPECT_EQ(messages(R"([{"role":"assistant","content":"","tool_calls":[
                            {"id":"1","function":{"name":"a","arguments":"{\"x\":1}"}},
                            {"id":"2","function":{"name":"a","arguments":"x"}},
                            {"id":"3","function":{"name":"a","arguments":""}}]}])"),
            "assistant\n"
            "  call id=\"1\" name=\"a\" input=\"{\\\"x\\\":1}\" extras(ollama spelling=64)\n"
            "  call id=\"2\" name=\"a\" input=\"x\" broken extras(ollama spelling=64)\n"
            "  call id=\"3\" name=\"a\" input=\"{}\" extras(ollama spelling=32 "
            "function={\"arguments\":\"\"})\n");
}

TEST(OllamaRequest, KnowsMembersOnlyWhereTheirRoleHasThem) {
  EXPECT_EQ(messages(R"([{"role":"user","content":"x","thinking":"t","tool_calls":[1],
                          "tool_name":"n","weight":5}])"),
            "user extras(ollama tool_name=\"n\" thinking=\"t\" tool_calls=[1] weight=5)\n"
            "  text \"x\"\n");
}

TEST(OllamaRequest, ReadsOptions) {
  const Request request = with(
      R"("options":{"temperature":0.5,"top_p":0.9,"top_k":40,"seed":7,
         "num_predict":100,"stop":["a","b"],"presence_penalty":1,
         "frequency_penalty":-1,"num_ctx":4096,"min_p":null})");
  EXPECT_EQ(describe(request.sampling),
            "sampling temperature=0.500000 top_p=0.900000 presence_penalty=1.000000 "
            "frequency_penalty=-1.000000 top_k=40 seed=7 stop=\"a\" stop=\"b\"");
  EXPECT_EQ(request.max_output_tokens, 100);
  EXPECT_EQ(describe(request.extras),
            " extras(ollama spelling=1 options={\"num_ctx\":4096,\"min_p\":null})");
}

TEST(OllamaRequest, TakesALimitThatIsNotPositiveForNone) {
  EXPECT_EQ(with(R"("options":{"num_predict":-1})").max_output_tokens, std::nullopt);
  EXPECT_EQ(with(R"("options":{"num_predict":0})").max_output_tokens, std::nullopt);
  EXPECT_EQ(with(R"("options":{"num_predict":1})").max_output_tokens, 1);
}

TEST(OllamaRequest, ReadsFormats) {
  using Kind = chat::OutputFormat::Kind;
  EXPECT_EQ(with(R"("format":"json")").format.kind, Kind::json);
  EXPECT_EQ(with(R"("format":"")").format.kind, Kind::text);
  const Request request = with(R"("format":{"type":"object"})");
  EXPECT_EQ(request.format.kind, Kind::schema);
  EXPECT_EQ(request.format.schema->text(), R"({"type":"object"})");
}

TEST(OllamaRequest, ReadsHowMuchToThink) {
  EXPECT_EQ(describe(with(R"("think":true)").thinking), "thinking on");
  EXPECT_EQ(describe(with(R"("think":false)").thinking), "thinking off");
  EXPECT_EQ(describe(with(R"("think":"high")").thinking), "thinking on effort=\"high\"");
  EXPECT_EQ(describe(with(R"("think":null)").thinking), "thinking unset");
}

TEST(OllamaRequest, ReadsTools) {
  const Request request = with(
      R"("tools":[{"type":"function","function":{"name":"f","description":"d",
          "parameters":{"type":"object"},"strict":true}},{"type":"web_search","top":3}])");
  ASSERT_EQ(request.tools.size(), 2);
  EXPECT_EQ(describe(request.tools[0]),
            "tool function name=\"f\" description=\"d\" schema={\"type\":\"object\"} "
            "extras(ollama function={\"strict\":true})");
  EXPECT_EQ(
      describe(request.tools[1]),
      "tool builtin name=\"web_search\" extras(ollama spelling=128 type=\"web_search\" top=3)");
}

TEST(OllamaRequest, RefusesWhatIsNoRequest) {
  EXPECT_EQ(error_of("{"), "Invalid JSON body");
  EXPECT_EQ(error_of("[]"), "Invalid JSON body");
  EXPECT_EQ(error_of(""), "Invalid JSON body");
  EXPECT_EQ(error_of(R"({"messages":[{"role":"user","content":"x"}]})"), "Missing model");
  EXPECT_EQ(error_of(R"({"model":"","messages":[{"role":"user","content":"x"}]})"),
            "Missing model");
  EXPECT_EQ(error_of(R"({"model":"m"})"), "Missing messages");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[]})"), "Missing messages");
}

TEST(OllamaRequest, SaysWhichMemberIsOfAWrongType) {
  const auto with_message = [](std::string_view members) {
    return error_of(R"({"model":"m","messages":[{"role":"user",)" + std::string(members) + "}]}");
  };
  EXPECT_EQ(error_of(R"({"model":"m","messages":5})"), "messages: expected an array");
  EXPECT_EQ(with_message(R"("content":[{"type":"text"}])"),
            "messages[0].content: expected a string");
  EXPECT_EQ(with_message(R"("content":"","images":[5])"),
            "messages[0].images[0]: expected a string");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[{"role":"assistant","content":"",
                         "tool_calls":[{"function":{"name":"f","arguments":5}}]}]})"),
            "messages[0].tool_calls[0].function.arguments: expected an object");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{}]}]})"),
            "messages[0].tool_calls[0]: member \"function\" is missing");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[],"options":{"temperature":"hot"}})"),
            "options.temperature: expected a number");
  EXPECT_EQ(error_of(R"({"model":"m","messages":[],"think":3})"), "think: expected true or false");
  EXPECT_EQ(error_of(R"({"model":"m","tools":[{"function":{"name":"f","parameters":[{}]}}]})"),
            "tools[0].function.parameters: expected an object");
  EXPECT_EQ(error_of(R"({"model":"m","options":{"num_predict":"x","num_ctx":1},"tools":[{}]})"),
            "options.num_predict: expected a whole number");
}

TEST(OllamaRequest, StaysQuickWhereNoResultFindsItsCall) {
  std::string calls, results;
  for (int i = 0; i < 5000; ++i) {
    calls += (i == 0 ? "" : ",") + std::string(R"({"function":{"name":"a","arguments":{}}})");
    results += R"(,{"role":"tool","tool_name":"b","content":""})";
  }
  const auto request = decode(R"({"model":"m","messages":[{"role":"assistant","tool_calls":[)" +
                              calls + "]}" + results + "]}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->messages.size(), 5001);
}

}  // namespace
}  // namespace omni::dialect
