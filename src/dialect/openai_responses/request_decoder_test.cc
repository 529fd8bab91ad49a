#include <gtest/gtest.h>

#include <string>

#include "chat/test_chat.h"
#include "dialect/openai_responses/codec.h"
#include "dialect/openai_responses/test_requests.h"
#include "dialect/test_json.h"

namespace omni::dialect {
namespace {

using chat::Request;

Request decode(std::string_view body) {
  Result<Request> request = openai_responses_codec().decode_request({"/v1/responses", body});
  EXPECT_TRUE(request) << request.error().message();
  return request ? *std::move(request) : Request{};
}

std::string refusal(std::string_view body) {
  const Result<Request> request = openai_responses_codec().decode_request({"/v1/responses", body});
  return request ? "none" : request.error().message();
}

/// The request with these items.
Request items(const std::string& list) { return decode(R"({"model":"m","input":[)" + list + "]}"); }

std::string only_message(const std::string& item) {
  const Request request = items(item);
  EXPECT_EQ(request.messages.size(), 1u);
  return request.messages.empty() ? "" : describe(request.messages.front());
}

std::string only_part(const std::string& item) {
  const Request request = items(item);
  return request.messages.empty() ? "" : describe(request.messages.front().parts.at(0));
}

TEST(ResponsesRequestDecoder, ABareTextIsAMessageOfTheUser) {
  const Request request = decode(R"({"model":"m","input":"Hi"})");
  EXPECT_EQ(request.source, chat::Dialect::openai_responses);
  EXPECT_EQ(request.model, "m");
  ASSERT_EQ(request.messages.size(), 1u);
  EXPECT_EQ(request.messages[0].role, chat::Role::user);
  EXPECT_EQ(text_of(request.messages[0].parts.at(0)), "Hi");
}

TEST(ResponsesRequestDecoder, InstructionsAreTheFirstSystemMessage) {
  const Request request = decode(
      R"({"input":[{"role":"user","content":"Hi"}],"model":"m","instructions":"Be brief."})");
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(request.messages[0].role, chat::Role::system);
  EXPECT_EQ(text_of(request.messages[0].parts.at(0)), "Be brief.");
  EXPECT_EQ(request.messages[1].role, chat::Role::user);
}

TEST(ResponsesRequestDecoder, EveryItemIsAMessageOfItsOwn) {
  const Request request = items(R"(
      {"role":"developer","content":"a"},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"b"}]},
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"c"}]},
      {"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"x\":1}"},
      {"type":"function_call_output","call_id":"call_1","output":"d"})");
  ASSERT_EQ(request.messages.size(), 5u);
  using chat::Role;
  const std::array roles{Role::developer, Role::assistant, Role::assistant, Role::assistant,
                         Role::tool};
  for (std::size_t i = 0; i < roles.size(); ++i) {
    EXPECT_EQ(request.messages[i].role, roles[i]) << i;
    EXPECT_EQ(request.messages[i].parts.size(), 1u) << i;
  }
  EXPECT_EQ(text_of(request.messages[1].parts[0]), "b");
  EXPECT_EQ(text_of(request.messages[3].parts[0]), R"({"x":1})");
}

TEST(ResponsesRequestDecoder, WhatAnItemSaysOfItselfIsWithTheMessageSoThatItIsNoLossAbroad) {
  const Request request = items(
      R"({"type":"function_call","id":"fc_1","status":"completed","call_id":"c","name":"f",
          "arguments":"{}"})");
  EXPECT_TRUE(request.messages.at(0).parts.at(0).extras.members.empty());
  EXPECT_EQ(request.messages[0].extras.members.size(), 2u);
}

TEST(ResponsesRequestDecoder, ArgumentsAreCheckedAndNoneAreAnEmptyObject) {
  const auto call = [](std::string_view arguments) {
    return only_part(R"({"type":"function_call","call_id":"c","name":"f","arguments":")" +
                     std::string(arguments) + "\"}");
  };
  EXPECT_EQ(call(R"({\"a\":1})"), R"(call id="c" name="f" input="{\"a\":1}")");
  EXPECT_TRUE(call("").starts_with(R"(call id="c" name="f" input="{}")"));
  EXPECT_EQ(call("oops"), R"(call id="c" name="f" input="oops" broken)");
}

TEST(ResponsesRequestDecoder, NamespaceAndFreeformCallsAreKept) {
  EXPECT_EQ(only_part(R"({"type":"function_call","call_id":"c","namespace":"mcp__x","name":"f",
                          "arguments":"{}"})"),
            R"(call id="c" space="mcp__x" name="f" input="{}")");
  EXPECT_EQ(only_part(R"({"type":"custom_tool_call","call_id":"c","name":"apply_patch",
                          "input":"*** Begin"})"),
            R"(call id="c" name="apply_patch" input="*** Begin" freeform)");
}

TEST(ResponsesRequestDecoder, AShellCallOfTheClientIsACallAndItsOutputAnswersIt) {
  const Request request = items(
      R"({"type":"local_shell_call","id":"lsh_1","call_id":"c","status":"completed",
          "action":{"type":"exec","command":["ls"],"env":{}}},
         {"type":"local_shell_call_output","call_id":"c","output":"a.txt"})");
  const auto& call = std::get<chat::ToolCall>(request.messages.at(0).parts.at(0).body);
  EXPECT_EQ(call.name, "local_shell");
  EXPECT_EQ(call.input, R"({"type":"exec","command":["ls"],"env":{}})");
  const auto& result = std::get<chat::ToolResult>(request.messages.at(1).parts.at(0).body);
  EXPECT_EQ(result.call_id, call.id);
}

TEST(ResponsesRequestDecoder, OutputsMayBeListsOfPieces) {
  const Request request = items(
      R"({"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"a"},
          {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]})");
  const auto& result = std::get<chat::ToolResult>(request.messages.at(0).parts.at(0).body);
  ASSERT_EQ(result.content.size(), 2u);
  EXPECT_EQ(describe(result.content[1]), R"(media image base64 "AAAA" mime="image/png")");
}

TEST(ResponsesRequestDecoder, ThoughtsBringSummariesTextAndSeal) {
  EXPECT_EQ(only_part(R"({"type":"reasoning","id":"rs_1","encrypted_content":"gAAA",
                          "summary":[{"type":"summary_text","text":"a"},
                                     {"type":"summary_text","text":"b"}]})"),
            R"(reasoning summary="a" summary="b" seal=":gAAA")");
  const std::string with_text = only_part(
      R"({"type":"reasoning","id":"rs_1","summary":[],
          "content":[{"type":"reasoning_text","text":"t"}]})");
  EXPECT_TRUE(with_text.starts_with(R"(reasoning "t")")) << with_text;
}

TEST(ResponsesRequestDecoder, MediaComeAsBytesAddressOrFile) {
  const auto media = [](const std::string& piece) {
    return only_part(R"({"role":"user","content":[)" + piece + "]}");
  };
  EXPECT_EQ(
      media(R"({"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"})"),
      R"(media image base64 "AAAA" mime="image/png" detail="low")");
  EXPECT_EQ(media(R"({"type":"input_image","image_url":"https://e.x/i.png"})"),
            R"(media image url "https://e.x/i.png")");
  EXPECT_EQ(media(R"({"type":"input_image","file_id":"file-1"})"),
            R"(media image file_id "file-1")");
  EXPECT_EQ(media(R"({"type":"input_file","filename":"a.pdf",
                      "file_data":"data:application/pdf;base64,JVBE"})"),
            R"(media document base64 "JVBE" mime="application/pdf" name="a.pdf")");
  EXPECT_EQ(media(R"({"type":"input_file","file_url":"https://e.x/a.pdf"})"),
            R"(media document url "https://e.x/a.pdf")");
  EXPECT_EQ(media(R"({"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}})"),
            R"(media audio base64 "AAAA" mime="audio/wav")");
}

TEST(ResponsesRequestDecoder, WhatIsNotKnownIsKeptWhole) {
  const std::string call = R"({"type":"web_search_call","id":"ws_1","status":"completed"})";
  EXPECT_EQ(only_message(call), "assistant\n  opaque openai_responses " + call);
  for (const std::string item :
       {R"({"type":"item_reference","id":"msg_1"})", R"({"id":"msg_1"})",
        R"({"type":"compaction","encrypted_content":"x"})",
        R"({"type":"computer_call_output","call_id":"c","output":{}})",
        R"({"type":"mcp_list_tools","id":"m","server_label":"s","tools":[]})",
        R"({"role":"user","content":[{"type":"input_video","url":"x"}]})"}) {
    EXPECT_TRUE(only_part(item).starts_with("opaque openai_responses {")) << item;
  }
}

TEST(ResponsesRequestDecoder, ToolsOfAllKindsAreTold) {
  const Request request = decode(R"({"model":"m","input":"x","tools":[
      {"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
      {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark",
         "definition":"s"}},
      {"type":"namespace","name":"mcp__x","description":"n","tools":[
        {"type":"function","name":"g","parameters":{}},{"type":"custom","name":"h"}]},
      {"type":"web_search_preview","search_context_size":"low"},
      {"type":"file_search","vector_store_ids":["v"]}]})");
  ASSERT_EQ(request.tools.size(), 6u);
  using Kind = chat::Tool::Kind;
  EXPECT_EQ(describe(request.tools[0]),
            R"(tool function name="f" description="d" schema={"type":"object"} strict=1)");
  EXPECT_EQ(request.tools[1].kind, Kind::freeform);
  EXPECT_EQ(canonical(request.tools[1].schema->text()),
            R"({"definition":"s","syntax":"lark","type":"grammar"})");
  EXPECT_EQ(request.tools[2].space, "mcp__x");
  EXPECT_EQ(request.tools[2].name, "g");
  EXPECT_EQ(request.tools[3].space, "mcp__x");
  EXPECT_EQ(request.tools[3].kind, Kind::freeform);
  EXPECT_EQ(request.tools[4].kind, Kind::builtin);
  EXPECT_EQ(request.tools[4].name, "web_search");
  EXPECT_EQ(request.tools[5].name, "file_search");
}

TEST(ResponsesRequestDecoder, ToolsInAnItemAreToolsOfTheRequestAndSayNothing) {
  const Request request = items(R"({"type":"additional_tools","role":"developer","tools":[
      {"type":"namespace","name":"functions","tools":[{"type":"custom","name":"exec"},
       {"type":"function","name":"wait"}]},{"type":"web_search"}]},
      {"role":"user","content":"Hi"})");
  ASSERT_EQ(request.tools.size(), 3u);
  EXPECT_EQ(request.tools[0].space + "." + request.tools[0].name, "functions.exec");
  EXPECT_EQ(request.tools[1].space + "." + request.tools[1].name, "functions.wait");
  EXPECT_EQ(request.tools[2].kind, chat::Tool::Kind::builtin);
  const Outbound abroad = *codec_for(chat::Dialect::openai_chat).encode_request(request, {});
  EXPECT_NE(abroad.body.find(R"("messages":[{"role":"user","content":"Hi"}])"), abroad.body.npos)
      << abroad.body;
  EXPECT_NE(abroad.body.find("exec"), abroad.body.npos) << abroad.body;
  for (const Losses::Entry& loss : abroad.losses.entries()) {
    EXPECT_NE(loss.row, &loss::foreign_member) << loss.detail;
  }
}

TEST(ResponsesRequestDecoder, OfToolsThatAreAnnouncedTwiceTheLaterOneCounts) {
  const Request request = decode(R"({"model":"m","input":[
      {"type":"additional_tools","tools":[{"type":"function","name":"f","description":"2"},
       {"type":"namespace","name":"n","tools":[{"type":"function","name":"f","description":"3"}]}]},
      {"type":"additional_tools","tools":[{"type":"custom","name":"g"},
       {"type":"namespace","name":"n","tools":[
        {"type":"function","name":"f","description":"4"}]}]}],
      "tools":[{"type":"function","name":"f","description":"1","defer_loading":true},
               {"type":"web_search"}]})");
  ASSERT_EQ(request.tools.size(), 4u);
  EXPECT_EQ(request.tools[0].name + request.tools[0].description, "f2");
  EXPECT_EQ(request.tools[1].name, "web_search");
  EXPECT_EQ(request.tools[2].space + request.tools[2].description, "n4");
  EXPECT_EQ(request.tools[3].name, "g");
  const Outbound home = *codec_for(chat::Dialect::openai_responses).encode_request(request, {});
  EXPECT_NE(home.body.find(R"("tools":[{"type":"function","name":"f","description":"2",)"
                           R"("defer_loading":true},{"type":"web_search"}])"),
            home.body.npos)
      << home.body;
}

TEST(ResponsesRequestDecoder, ChoicesOfToolsAreTold) {
  const auto choice = [](const std::string& said) {
    return describe(decode(R"({"model":"m","input":"x","tool_choice":)" + said + "}").tool_choice);
  };
  EXPECT_EQ(choice(R"("auto")"), "tool_choice automatic");
  EXPECT_EQ(choice(R"("none")"), "tool_choice none");
  EXPECT_EQ(choice(R"("required")"), "tool_choice required");
  EXPECT_EQ(choice(R"({"type":"function","name":"f"})"), R"(tool_choice required "f")");
  EXPECT_EQ(choice(R"({"type":"custom","name":"f"})"), R"(tool_choice required "f")");
  EXPECT_EQ(choice(R"({"type":"allowed_tools","mode":"auto",
                       "tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]})"),
            R"(tool_choice automatic "f" "g")");
  EXPECT_EQ(choice(R"({"type":"web_search_preview"})"), "tool_choice unset");
}

TEST(ResponsesRequestDecoder, SettingsHaveTheirPlaces) {
  const Request request = decode(R"({"model":"m","input":"x","max_output_tokens":50,
      "temperature":0.5,"top_p":1,"parallel_tool_calls":false,"user":"u","stream":true,
      "reasoning":{"effort":"high","summary":"detailed"},
      "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},
         "strict":true}}})");
  EXPECT_EQ(request.max_output_tokens, 50);
  EXPECT_EQ(request.sampling.temperature, 0.5);
  EXPECT_EQ(request.sampling.top_p, 1.0);
  EXPECT_EQ(request.tool_choice.parallel, false);
  EXPECT_EQ(request.end_user, "u");
  EXPECT_TRUE(request.stream);
  EXPECT_TRUE(request.stream_usage);
  EXPECT_EQ(describe(request.thinking), R"(thinking on effort="high" show_text=1)");
  EXPECT_EQ(describe(request.format),
            R"(format schema name="n" schema={"type":"object"} strict=1)");
  EXPECT_TRUE(request.extras.members.empty());
}

TEST(ResponsesRequestDecoder, EffortNoneMeansThatThinkingIsOff) {
  const Request request = decode(R"({"model":"m","input":"x","reasoning":{"effort":"none"}})");
  EXPECT_EQ(request.thinking.mode, chat::Thinking::Mode::off);
}

TEST(ResponsesRequestDecoder, RefusesWhatIsNoRequest) {
  EXPECT_EQ(refusal("{"), "Invalid JSON body");
  EXPECT_EQ(refusal("[]"), "Invalid JSON body");
  EXPECT_EQ(refusal(R"({"input":"x"})"), "Missing model");
  EXPECT_EQ(refusal(R"({"model":"","input":"x"})"), "Missing model");
  EXPECT_EQ(refusal(R"({"model":"m"})"), "Missing input");
  EXPECT_EQ(refusal(R"({"model":"m","input":[]})"), "Missing input");
  EXPECT_EQ(refusal(R"({"model":"m","input":""})"), "Missing input");
  EXPECT_EQ(refusal(R"({"model":"m","input":5})"), "input: expected an array");
  EXPECT_NE(refusal(R"({"model":"m","input":[5]})"), "none");
  EXPECT_NE(refusal(R"({"model":"m","input":[{"role":"martian","content":"x"}]})"), "none");
  EXPECT_NE(refusal(R"({"model":"m","input":[{"role":"user","content":5}]})"), "none");
  EXPECT_NE(refusal(R"({"model":"m","input":[{"role":"user"}]})"), "none");
  EXPECT_NE(refusal(R"({"model":"m","input":"x","tools":{}})"), "none");
  EXPECT_NE(refusal(R"({"model":"m","input":"x","stream":"yes"})"), "none");
}

TEST(ResponsesRequestDecoder, WorkInTheBackgroundIsRefused) {
  EXPECT_EQ(refusal(R"({"model":"m","input":"x","background":true})"),
            "Unsupported Responses API feature: background is not supported by omniroute");
  EXPECT_EQ(refusal(R"({"model":"m","input":"x","background":false})"), "none");
}

TEST(ResponsesRequestDecoder, UnderstandsCodex) {
  const Request request = decode(codex_request);
  EXPECT_TRUE(request.stream);
  ASSERT_EQ(request.messages.size(), 11u);
  EXPECT_EQ(request.messages[0].role, chat::Role::system);
  EXPECT_EQ(request.messages[1].role, chat::Role::developer);
  EXPECT_EQ(request.messages[2].role, chat::Role::user);
  const auto& call = std::get<chat::ToolCall>(request.messages[5].parts.at(0).body);
  EXPECT_EQ(call.space, "mcp__docs");
  EXPECT_EQ(request.messages[3].parts.at(0).seal->bytes, "gAAAAABoISQ");
  ASSERT_EQ(request.tools.size(), 5u);
  EXPECT_EQ(request.tools[1].kind, chat::Tool::Kind::freeform);
  EXPECT_EQ(request.tools[2].space, "mcp__docs");
  EXPECT_EQ(request.tools[4].name, "web_search");
  EXPECT_EQ(request.thinking.effort, "medium");
}

}  // namespace
}  // namespace omni::dialect
