#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "chat/test_chat.h"
#include "dialect/openai_chat/test_request.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Request;

std::string refusal_of(std::string_view body) {
  const Result<Request> request = decode_request(body);
  if (request) return "none";
  EXPECT_EQ(request.error().kind(), Error::Kind::bad_request);
  return request.error().message();
}

/// The messages of a request in words, without what they are spelled like.
std::string told(std::string_view messages) {
  Request request = decoded(body_with(messages));
  std::string out;
  for (chat::Message& message : request.messages) {
    message.extras.spelling = 0;
    for (chat::Part& part : message.parts) part.extras.spelling = 0;
    out += describe(message) + "\n";
  }
  return out;
}

TEST(OpenAiChatRequest, what_is_no_object_is_refused) {
  for (const std::string_view body : {"", "nonsense", "[]", "5", "null", R"({"model":"m",})",
                                      "\xff\xfe", R"({"model":"m","model":"m"})"}) {
    EXPECT_EQ(refusal_of(body), "Invalid JSON body") << body;
  }
}

TEST(OpenAiChatRequest, a_model_and_messages_must_be_there) {
  const std::string hi = R"("messages":[{"role":"user","content":"Hi"}])";
  EXPECT_EQ(refusal_of("{" + hi + "}"), "Missing model");
  EXPECT_EQ(refusal_of(R"({"model":"",)" + hi + "}"), "Missing model");
  EXPECT_EQ(refusal_of(R"({"model":null,)" + hi + "}"), "Missing model");
  EXPECT_EQ(refusal_of(R"({"model":"m"})"), "messages is missing");
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":null})"), "messages is missing");
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":[]})"), "messages is empty");
}

TEST(OpenAiChatRequest, a_responses_body_on_the_chat_path_is_told_what_it_lacks) {
  EXPECT_EQ(refusal_of(R"({"model":"m","input":"Hi","max_output_tokens":5})"),
            "messages is missing");
}

TEST(OpenAiChatRequest, known_members_of_another_type_are_refused_with_their_path) {
  EXPECT_EQ(refusal_of(R"({"model":"m","messages":5})"), "messages: expected an array");
  EXPECT_EQ(refusal_of(R"({"model":7,"messages":[]})"), "model: expected a string");
  EXPECT_EQ(refusal_of(body_with(R"({"role":"user","content":7})")),
            "messages[0].content: expected an array");
  EXPECT_EQ(refusal_of(body_with(R"("Hi")")), "messages[0]: expected an object");
  EXPECT_EQ(refusal_of(body_of(R"("temperature":"hot")")), "temperature: expected a number");
  EXPECT_EQ(refusal_of(body_of(R"("max_tokens":1.5)")),
            "max_tokens: expected a whole number of 64 bits");
  EXPECT_EQ(refusal_of(body_of(R"("stream":"yes")")), "stream: expected true or false");
  EXPECT_EQ(refusal_of(body_of(R"("tool_choice":5)")), "tool_choice: expected an object");
  EXPECT_EQ(refusal_of(body_of(
                R"("response_format":{"type":"json_schema","json_schema":{"schema":[1]}})")),
            "response_format.json_schema.schema: expected an object");
  EXPECT_EQ(refusal_of(body_of(R"("reasoning_effort":3)")), "reasoning_effort: expected a string");
}

TEST(OpenAiChatRequest, a_message_needs_a_role_that_is_known) {
  EXPECT_EQ(refusal_of(body_with(R"({"content":"Hi"})")),
            "messages[0]: member \"role\" is missing");
  EXPECT_EQ(refusal_of(body_with(R"({"role":"narrator","content":"Hi"})")),
            "messages[0].role: expected system, developer, user, assistant or tool");
}

TEST(OpenAiChatRequest, pieces_without_what_they_are_of_are_refused) {
  const auto with = [](const std::string& piece) {
    return body_with(R"({"role":"user","content":[)" + piece + "]}");
  };
  EXPECT_EQ(refusal_of(with(R"({"type":"text"})")),
            "messages[0].content[0]: member \"text\" is missing");
  EXPECT_EQ(refusal_of(with(R"({"type":"image_url","image_url":{}})")),
            "messages[0].content[0].image_url: member \"url\" is missing");
  EXPECT_EQ(refusal_of(with(R"({"type":"input_audio","input_audio":"x"})")),
            "messages[0].content[0].input_audio: expected an object");
}

TEST(OpenAiChatRequest, settings_have_their_places) {
  const Request request = decoded(body_of(
      R"("temperature":0.5,"top_p":0.9,"top_k":40,"presence_penalty":0.1,"frequency_penalty":-0.2,
         "seed":7,"n":2,"stop":["a","b"],"max_tokens":100,"user":"ana","stream":true,
         "stream_options":{"include_usage":true},"parallel_tool_calls":false,
         "reasoning_effort":"high","logit_bias":{"5":1})"));
  EXPECT_EQ(describe(request),
            "request openai_chat model=\"m\" max_output_tokens=100 stream usage end_user=\"ana\""
            " extras(openai_chat logit_bias={\"5\":1})\n"
            "user\n  text \"Hi\"\n"
            "tool_choice unset parallel=0\n"
            "sampling temperature=0.500000 top_p=0.900000 presence_penalty=0.100000"
            " frequency_penalty=-0.200000 top_k=40 seed=7 choices=2 stop=\"a\" stop=\"b\"\n"
            "thinking on effort=\"high\"\nformat text\n");
}

TEST(OpenAiChatRequest, the_newer_name_of_the_limit_counts) {
  EXPECT_EQ(decoded(body_of(R"("max_completion_tokens":5)")).max_output_tokens, 5);
  EXPECT_EQ(decoded(body_of(R"("max_tokens":9,"max_completion_tokens":5)")).max_output_tokens, 5);
  EXPECT_EQ(decoded(body_of(R"("max_tokens":9,"max_completion_tokens":null)")).max_output_tokens,
            9);
}

TEST(OpenAiChatRequest, thinking_is_read_in_every_spelling) {
  const auto thinking = [](std::string_view members) {
    return describe(decoded(body_of(members)).thinking);
  };
  EXPECT_EQ(thinking(R"("reasoning_effort":"none")"), "thinking off effort=\"none\"");
  EXPECT_EQ(thinking(R"("reasoning_effort":"minimal")"), "thinking on effort=\"minimal\"");
  EXPECT_EQ(thinking(R"("reasoning_effort":null)"), "thinking unset");
  EXPECT_EQ(thinking(R"("reasoning":{"effort":"low","exclude":true})"),
            "thinking on effort=\"low\" show_text=0");
  EXPECT_EQ(thinking(R"("reasoning":{"max_tokens":2000})"), "thinking on budget=2000");
  EXPECT_EQ(thinking(R"("reasoning":{"enabled":false})"), "thinking off");
  EXPECT_EQ(thinking(R"("thinking":{"type":"enabled","budget_tokens":512})"),
            "thinking on budget=512");
  EXPECT_EQ(thinking(R"("thinking":{"type":"disabled"})"), "thinking off");
  EXPECT_EQ(thinking(R"("thinking":{"type":"adaptive"})"), "thinking adaptive");
  EXPECT_EQ(thinking(R"("reasoning_effort":"high","thinking":{"type":"enabled"})"),
            "thinking on effort=\"high\"");
}

TEST(OpenAiChatRequest, a_choice_of_tools_is_read_in_every_spelling) {
  const auto choice = [](std::string_view member) {
    return describe(decoded(body_of(member)).tool_choice);
  };
  EXPECT_EQ(choice(R"("tool_choice":"auto")"), "tool_choice automatic");
  EXPECT_EQ(choice(R"("tool_choice":"none")"), "tool_choice none");
  EXPECT_EQ(choice(R"("tool_choice":"required")"), "tool_choice required");
  EXPECT_EQ(choice(R"("tool_choice":"any")"), "tool_choice required");
  EXPECT_EQ(choice(R"("tool_choice":{"type":"function","function":{"name":"get"}})"),
            "tool_choice required \"get\"");
  EXPECT_EQ(choice(R"("tool_choice":{"type":"function","name":"get"})"),
            "tool_choice required \"get\"");
  EXPECT_EQ(choice(R"("tool_choice":{"type":"custom","custom":{"name":"sh"}})"),
            "tool_choice required \"sh\"");
  EXPECT_EQ(choice(R"("tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[
                    {"type":"function","function":{"name":"a"}},{"type":"custom","name":"b"}]}})"),
            "tool_choice automatic \"a\" \"b\"");
  EXPECT_EQ(choice(R"("function_call":{"name":"get"})"), "tool_choice required \"get\"");
  EXPECT_EQ(choice(R"("function_call":"auto")"), "tool_choice automatic");
}

TEST(OpenAiChatRequest, tools_are_read_in_every_spelling) {
  const Request request = decoded(body_of(
      R"("tools":[
        {"type":"function","function":{"name":"a","description":"A","strict":true,
                                       "parameters":{"type":"object"}}},
        {"type":"function","function":{"name":"bare"},"cache_control":{"type":"ephemeral"}},
        {"type":"function","name":"flat","parameters":{}},
        {"type":"custom","custom":{"name":"patch","format":{"type":"grammar",
          "grammar":{"syntax":"lark","definition":"start: x"}}}},
        {"type":"builtin_function","function":{"name":"$web_search"}},
        {"type":"web_search_preview","search_context_size":"low"},
        {"type":"mcp","server_label":"s"}],
      "functions":[{"name":"old","parameters":{"type":"object"}}],
      "web_search_options":{"search_context_size":"high"})"));
  std::string tools;
  for (chat::Tool tool : request.tools) {
    tool.extras.spelling = 0;
    tools += describe(tool) + "\n";
  }
  EXPECT_EQ(tools,
            "tool function name=\"a\" description=\"A\" schema={\"type\":\"object\"} strict=1\n"
            "tool function name=\"bare\" cache_control={\"type\":\"ephemeral\"}\n"
            "tool function name=\"flat\" schema={}\n"
            "tool freeform name=\"patch\" "
            "schema={\"type\":\"grammar\",\"syntax\":\"lark\",\"definition\":\"start: x\"}\n"
            "tool function name=\"$web_search\" extras(openai_chat type=\"builtin_function\")\n"
            "tool builtin name=\"web_search\" extras(openai_chat type=\"web_search_preview\""
            " search_context_size=\"low\")\n"
            "tool builtin name=\"mcp\" extras(openai_chat type=\"mcp\" server_label=\"s\")\n"
            "tool function name=\"old\" schema={\"type\":\"object\"}\n"
            "tool builtin name=\"web_search\" extras(openai_chat search_context_size=\"high\")\n");
}

TEST(OpenAiChatRequest, a_wanted_form_of_the_answer_is_read) {
  const auto format = [](std::string_view member) {
    return describe(decoded(body_of(member)).format);
  };
  EXPECT_EQ(format(R"("response_format":{"type":"text"})"), "format text");
  EXPECT_EQ(format(R"("response_format":{"type":"json_object"})"), "format json");
  EXPECT_EQ(format(R"("response_format":{"type":"json_schema","json_schema":{"name":"x",
                    "description":"d","schema":{"type":"object"},"strict":true}})"),
            "format schema name=\"x\" description=\"d\" schema={\"type\":\"object\"} strict=1");
  EXPECT_EQ(format(R"("response_format":{"type":"grammar","grammar":"x"})"), "format text");
}

TEST(OpenAiChatRequest, pieces_of_content_become_parts) {
  EXPECT_EQ(told(R"({"role":"user","content":[
        {"type":"text","text":"See","cache_control":{"type":"ephemeral"}},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO","detail":"low"}},
        {"type":"image_url","image_url":"https://example.com/a.jpg"},
        {"type":"image_url","image_url":{"url":"data:application/pdf;base64,JVBE"}},
        {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}},
        {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},
        {"type":"file","file":{"file_data":"JVBE"}},
        {"type":"file","file":{"file_id":"file-1"}},
        {"type":"video_url","video_url":{"url":"https://example.com/a.mp4"}},
        {"type":"hologram","depth":3}]})"),
            "user\n  text \"See\" cache_control={\"type\":\"ephemeral\"}\n"
            "  media image base64 \"iVBO\" mime=\"image/png\" detail=\"low\"\n"
            "  media image url \"https://example.com/a.jpg\"\n"
            "  media document base64 \"JVBE\" mime=\"application/pdf\"\n"
            "  media audio base64 \"UklG\" mime=\"audio/wav\"\n"
            "  media document base64 \"JVBE\" mime=\"application/pdf\" name=\"a.pdf\"\n"
            "  media document base64 \"JVBE\" mime=\"application/pdf\"\n"
            "  media document file_id \"file-1\"\n"
            "  media video url \"https://example.com/a.mp4\"\n"
            "  opaque openai_chat {\"type\":\"hologram\",\"depth\":3}\n");
}

TEST(OpenAiChatRequest, an_assistant_thinks_speaks_refuses_and_calls_in_this_order) {
  EXPECT_EQ(told(R"({"role":"assistant","name":"bot","tool_calls":[{"id":"c1","type":"function",
                   "function":{"name":"get","arguments":"{\"a\":1}"}}],"refusal":"No.",
                   "content":"Well.","reasoning_content":"Hm."})"),
            "assistant name=\"bot\"\n  reasoning \"Hm.\"\n  text \"Well.\"\n  refusal \"No.\"\n"
            "  call id=\"c1\" name=\"get\" input=\"{\\\"a\\\":1}\"\n");
}

TEST(OpenAiChatRequest, thoughts_are_read_under_each_of_their_names) {
  EXPECT_EQ(told(R"({"role":"assistant","content":"x","reasoning":"Hm."})"),
            "assistant\n  reasoning \"Hm.\"\n  text \"x\"\n");
  EXPECT_EQ(
      told(R"({"role":"assistant","content":"x","reasoning_details":[
                    {"type":"reasoning.text","text":"A","signature":"sig"},
                    {"type":"reasoning.text","text":"B"}]})"),
      "assistant\n  reasoning \"AB\" seal=\":sig\" extras(openai_chat =reasoning_details=[\n"
      "                    {\"type\":\"reasoning.text\",\"text\":\"A\",\"signature\":\"sig\"},\n"
      "                    {\"type\":\"reasoning.text\",\"text\":\"B\"}])\n  text \"x\"\n");
  EXPECT_EQ(told(R"({"role":"assistant","content":"x","reasoning":"S","reasoning_details":[
{"type":"reasoning.summary","summary":"S"},{"type":"reasoning.encrypted","data":"enc"}]})"),
            "assistant\n  reasoning \"S\" extras(openai_chat =reasoning_details=[\n"
            "{\"type\":\"reasoning.summary\",\"summary\":\"S\"},"
            "{\"type\":\"reasoning.encrypted\",\"data\":\"enc\"}])\n"
            "  reasoning redacted seal=\":enc\"\n  text \"x\"\n");
}

TEST(OpenAiChatRequest, calls_are_read_in_every_spelling) {
  EXPECT_EQ(told(R"({"role":"assistant","content":null,"tool_calls":[
        {"id":"a","type":"function","function":{"name":"f","arguments":""}},
        {"id":"b","function":{"name":"f","arguments":{"x":1}}},
        {"id":"c","type":"function","function":{"name":"f","arguments":"{oops"}},
        {"id":"d","type":"custom","custom":{"name":"sh","input":"ls -l"}},
        {"id":"e","type":"function","function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":{"thought_signature":"sig"}}},
        {"id":"f","type":"function","function":{"name":"f"},"thoughtSignature":"sig2"},
        {"id":"g","type":"other","other":{}}]})"),
            "assistant\n"
            "  call id=\"a\" name=\"f\" input=\"{}\"\n"
            "  call id=\"b\" name=\"f\" input=\"{\\\"x\\\":1}\"\n"
            "  call id=\"c\" name=\"f\" input=\"{oops\" broken\n"
            "  call id=\"d\" name=\"sh\" input=\"ls -l\" freeform\n"
            "  call id=\"e\" name=\"f\" input=\"{}\" seal=\":sig\" extras(openai_chat "
            "=extra_content={\"google\":{\"thought_signature\":\"sig\"}})\n"
            "  call id=\"f\" name=\"f\" input=\"{}\" seal=\":sig2\" extras(openai_chat "
            "=thoughtSignature=\"sig2\")\n"
            "  opaque openai_chat {\"id\":\"g\",\"type\":\"other\",\"other\":{}}\n");
}

TEST(OpenAiChatRequest, calls_and_results_without_ids_find_each_other) {
  EXPECT_EQ(told(R"({"role":"assistant","tool_calls":[
                     {"type":"function","function":{"name":"a","arguments":"{}"}},
                     {"type":"function","function":{"name":"b","arguments":"{}"}}]},
                    {"role":"tool","name":"b","content":"of b"},{"role":"tool","content":"of a"},
                    {"role":"assistant","content":null,"function_call":{"name":"c",
                        "arguments":"{}"}},
                    {"role":"function","name":"c","content":"of c"},
                    {"role":"tool","content":"of nobody"})"),
            "assistant\n  call id=\"call_0\" name=\"a\" input=\"{}\"\n"
            "  call id=\"call_1\" name=\"b\" input=\"{}\"\n"
            "tool\n  result of=\"call_1\" name=\"b\" [text \"of b\"]\n"
            "tool\n  result of=\"call_0\" [text \"of a\"]\n"
            "assistant\n  call id=\"call_2\" name=\"c\" input=\"{}\"\n"
            "tool\n  result of=\"call_2\" name=\"c\" [text \"of c\"]\n"
            "tool\n  result of=\"call_3\" [text \"of nobody\"]\n");
}

}  // namespace
}  // namespace omni::dialect::openai_chat
