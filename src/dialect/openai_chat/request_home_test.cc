// What goes back to a provider of this dialect: what came, whatever it was spelled like.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dialect/codec.h"
#include "dialect/openai_chat/test_request.h"
#include "dialect/test_json.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Request;

std::string sent_home(std::string_view body) {
  const Request request = decoded(body);
  EncodeHints hints;
  hints.stream = request.stream;
  const Result<Outbound> sent = encode_request(request, hints);
  if (!sent) return "not sent";
  EXPECT_TRUE(sent->losses.empty()) << body;
  EXPECT_TRUE(sent->names.empty());
  return sent->body;
}

void expect_lossless(const std::string& body) {
  EXPECT_EQ(canonical(sent_home(body)), canonical(body));
}

TEST(OpenAiChatHome, every_spelling_of_settings_comes_home) {
  for (const std::string_view members : {
           R"("temperature":1,"top_p":1.0,"n":1,"seed":-5,"top_k":0,"presence_penalty":2e-1)",
           R"("max_tokens":5)",
           R"("max_completion_tokens":5)",
           R"("max_tokens":7,"max_completion_tokens":5)",
           R"("max_tokens":null,"max_completion_tokens":5)",
           R"("max_tokens":7,"max_completion_tokens":null)",
           R"("stop":"x")",
           R"("stop":["x"])",
           R"("stop":["x","y"])",
           R"("stop":[])",
           R"("stop":"")",
           R"("stop":null)",
           R"("stream":false)",
           R"("stream":true)",
           R"("stream":null)",
           R"("stream":true,"stream_options":{"include_usage":true})",
           R"("stream":true,"stream_options":{"include_usage":false})",
           R"("stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false})",
           R"("stream":true,"stream_options":{"include_usage":null})",
           R"("stream":true,"stream_options":{})",
           R"("stream":true,"stream_options":null)",
           R"("stream":false,"stream_options":{"include_usage":true})",
           R"("user":"ana")",
           R"("user":"")",
           R"("user":null)",
           R"("temperature":null,"seed":null,"n":null)",
           R"("reasoning_effort":"high")",
           R"("reasoning_effort":"none")",
           R"("reasoning_effort":"turbo")",
           R"("reasoning_effort":null)",
           R"("reasoning_effort":"")",
           R"("reasoning":{"effort":"low","exclude":true,"summary":"auto"})",
           R"("reasoning":{"max_tokens":100},"reasoning_effort":"low")",
           R"("reasoning":"yes")",
           R"("thinking":{"type":"enabled","budget_tokens":9})",
           R"("thinking":{"type":"disabled"},"reasoning_effort":"high")",
           R"("response_format":{"type":"text"})",
           R"("response_format":{"type":"json_object"})",
           R"("response_format":{"type":"json_object","x":1})",
           R"("response_format":{"type":"json_schema","json_schema":{"name":"x"}})",
           R"("response_format":{"type":"json_schema","json_schema":{"name":"x","strict":null,
               "description":"","schema":{"a":1}}})",
           R"("response_format":{"type":"regex","pattern":"a+"})",
           R"("response_format":null)",
           R"("metadata":{"a":"b"},"store":true,"logprobs":true,"top_logprobs":2,"logit_bias":null,
              "modalities":["text"],"service_tier":"flex","prediction":{"type":"content",
                  "content":"x"},
              "prompt_cache_key":"k","safety_identifier":"s","verbosity":"low","audio":null,
                  "x":[1.50])",
       }) {
    expect_lossless(body_of(members));
  }
}

TEST(OpenAiChatHome, every_spelling_of_tools_comes_home) {
  for (const std::string_view members : {
           R"("tools":[])",
           R"("tools":null)",
           R"("functions":[])",
           R"("functions":null)",
           R"("tools":[{"type":"function","function":{"name":"a"}}],"tool_choice":"auto")",
           R"("tools":[{"type":"function","function":{"name":"a","description":"","strict":null,
               "parameters":null,"x":{"y":1}},"cache_control":{"type":"ephemeral"},"z":2}])",
           R"("tools":[{"type":"function","function":{"name":"a","strict":false,"description":"d",
               "parameters":{"type":"object","properties":{"b":{"type":"string"}}}}}])",
           R"("tools":[{"function":{"name":"a"}},{"type":null,"function":{"name":"b"}}])",
           R"("tools":[{"type":"function","name":"a","parameters":{"type":"object"},"strict":true,
              "q":1}])",
           R"("tools":[{"type":"custom","custom":{"name":"p","description":"d",
               "format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}},
               {"type":"custom","custom":{"name":"q","format":{"type":"text"}}},
               {"type":"custom","custom":{"name":"r"}}])",
           R"("tools":[{"type":"builtin_function","function":{"name":"$web_search"}}])",
           R"("tools":[{"type":"web_search","web_search":{"enable":true}},{"type":"mcp","a":[1]}])",
           R"("functions":[{"name":"f","description":"d","parameters":{"type":"object"},"x":1}],
              "function_call":"auto")",
           R"("functions":[{"name":"f"}],"function_call":{"name":"f"})",
           R"("web_search_options":{})",
           R"("web_search_options":{"search_context_size":"low","user_location":null})",
           R"("web_search_options":null)",
           R"("tool_choice":"none")",
           R"("tool_choice":"required")",
           R"("tool_choice":"any")",
           R"("tool_choice":"chef's")",
           R"("tool_choice":null)",
           R"("tool_choice":{"type":"function","function":{"name":"f"}})",
           R"("tool_choice":{"type":"function","function":{"name":"f","x":1}})",
           R"("tool_choice":{"type":"function","name":"f"})",
           R"("tool_choice":{"type":"custom","custom":{"name":"f"}})",
           R"("tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[
               {"type":"function","function":{"name":"f"}}]}})",
           R"("tool_choice":{"type":"auto"},"parallel_tool_calls":true)",
           R"("parallel_tool_calls":null)",
       }) {
    expect_lossless(body_of(members));
  }
}

TEST(OpenAiChatHome, every_spelling_of_messages_comes_home) {
  for (const std::string_view messages : {
           R"({"role":"system","content":"a"},{"role":"user","content":"b"},
              {"role":"developer","content":[{"type":"text","text":"c"}],"name":"dev"})",
           R"({"role":"user","content":""},{"role":"user","content":[]},{"role":"user",
              "content":null},
              {"role":"user"},{"role":"user","name":"","content":"x","extra":{"a":null}})",
           R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b",
               "cache_control":{"type":"ephemeral"},"prompt_cache_breakpoint":
                   {"mode":"explicit"}}]})",
           R"({"role":"user","content":[{"type":"text","text":"a","cache_control":null}]})",
           R"({"role":"model","content":"Hi"},{"role":"assistant"},{"role":"assistant",
              "content":null,
               "refusal":"no","audio":{"id":"a1"}},{"role":"assistant","content":"x","refusal":null,
               "tool_calls":[],"function_call":null,"reasoning_content":null,"audio":null})",
           R"({"role":"assistant","content":[{"type":"text","text":"x"},
               {"type":"refusal","refusal":"no"}]})",
           R"({"role":"assistant","content":"x","reasoning_content":"r"})",
           R"({"role":"assistant","content":"x","reasoning":"r"})",
           R"({"role":"assistant","content":"x","reasoning":"r","reasoning_content":"r"})",
           R"({"role":"assistant","content":"x","reasoning":"r","reasoning_details":[
               {"type":"reasoning.text","text":"r","signature":"s","format":"f","index":0},
               {"type":"reasoning.encrypted","data":"e"}]})",
           R"({"role":"assistant","content":"x","reasoning_details":[{"type":"reasoning.summary",
               "summary":"s"}]})",
           R"({"role":"assistant","content":"x","reasoning_details":[
               {"type":"reasoning.encrypted","data":"e"}]})",
           R"({"role":"assistant","content":"x","reasoning_details":[],"reasoning":""})",
       }) {
    expect_lossless(body_with(messages));
  }
}

TEST(OpenAiChatHome, every_spelling_of_calls_comes_home) {
  for (const std::string_view call : {
           R"({"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":""}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":"{broken"}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":null}})",
           R"({"id":"a","type":"function","function":{"name":"f"}})",
           R"({"id":"a","type":"function","function":{"arguments":"[1]","x":null}})",
           R"({"type":"function","function":{"name":"f","arguments":"{}"}})",
           R"({"id":"","type":"function","function":{"name":"f","arguments":"{}"}})",
           R"({"id":"a","function":{"name":"f","arguments":"{}"},"index":3})",
           R"({"id":"a","type":"tool","function":{"name":"f","arguments":"{}"}})",
           R"({"id":"a","type":"custom","custom":{"name":"f","input":"text"}})",
           R"({"id":"a","type":"mcp","mcp":{}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"},
               "extra_content":{"google":{"thought_signature":"s"}}})",
           R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"},
               "extra_content":{"google":{"thought_signature":"s","b":1},"a":2},
                   "thought_signature":"t"})",
       }) {
    expect_lossless(body_with(R"({"role":"assistant","content":null,"tool_calls":[)" +
                              std::string(call) + R"(]},{"role":"tool","content":"ok"})"));
  }
}

TEST(OpenAiChatHome, every_spelling_of_results_comes_home) {
  const std::string call =
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",
         "function":{"name":"f","arguments":"{}"}}]},)";
  for (const std::string_view result : {
           R"({"role":"tool","tool_call_id":"a","content":"ok"})",
           R"({"role":"tool","tool_call_id":"a","content":""})",
           R"({"role":"tool","tool_call_id":"a","content":null})",
           R"({"role":"tool","tool_call_id":"a"})",
           R"({"role":"tool","tool_call_id":"a","name":"f","content":[{"type":"text","text":"ok"}],
              "x":1})",
           R"({"role":"tool","tool_call_id":"a","content":[{"type":"image_url","image_url":
              {"url":"u"}}]})",
           R"({"role":"tool","content":"ok"})",
           R"({"role":"tool","tool_call_id":"","content":"ok"})",
           R"({"role":"function","name":"f","content":"ok"})",
       }) {
    expect_lossless(body_with(call + std::string(result)));
  }
  expect_lossless(body_with(
      R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}","x":1}},
         {"role":"function","name":"f","content":"ok"})"));
}

TEST(OpenAiChatHome, every_spelling_of_media_comes_home) {
  for (
      const std::string_view piece : {
          R"({"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=",
              "detail":"high"}})",
          R"({"type":"image_url","image_url":{"url":"https://e.com/a.png","detail":"","x":1},
              "y":2})",
          R"({"type":"image_url","image_url":"https://e.com/a.png"})",
          R"({"type":"image_url","image_url":"data:image/gif;base64,aGk="})",
          R"({"type":"image_url","image_url":{"url":"data:application/pdf;base64,aGk="}})",
          R"({"type":"image_url","image_url":{"url":"data:image/svg+xml,<svg/>"}})",
          R"({"type":"input_audio","input_audio":{"data":"aGk=","format":"mp3","x":1}})",
          R"({"type":"input_audio","input_audio":{"data":"aGk=","format":"flac"}})",
          R"({"type":"input_audio","input_audio":{"data":"aGk=","format":null}})",
          R"({"type":"file","file":{"filename":"a.pdf",
              "file_data":"data:application/pdf;base64,aGk="}})",
          R"({"type":"file","file":{"filename":"a.png","file_data":"data:image/png;base64,aGk="}})",
          R"({"type":"file","file":{"file_data":"aGk=","filename":""}})",
          R"({"type":"file","file":{"file_data":"https://e.com/a.pdf","x":null}})",
          R"({"type":"file","file":{"file_id":"f","file_data":"aGk="}})",
          R"({"type":"file","file":{"file_id":"f","filename":null}})",
          R"({"type":"file","file":{"file_url":"u"}})",
          R"({"type":"video_url","video_url":{"url":"data:video/mp4;base64,aGk=","fps":2}})",
          R"({"type":"video_url","video_url":"u"})",
          R"({"type":"image_url","image_url":"data:image/png;name=a.png;base64,aGk="})",
          R"({"type":"image_url","image_url":{"url":"data:;base64,aGk=","x":1}})",
          R"({"type":"image_url","image_url":{"url":"DATA:image/png;BASE64,aGk="}})",
          R"({"type":"video_url","video_url":{"url":"data:video/mp4;codecs=a;base64,aGk="}})",
          R"({"type":"file","file":{"file_data":"data:application/pdf;name=a.pdf;base64,aGk="}})",
          R"({"type":"input_audio","input_audio":{"data":"aGk=","format":"mpeg"}})",
          R"({"type":"input_audio","input_audio":{"data":"aGk=","format":"x-wav"}})",
          R"({"type":"odd","text":"t"})",
          R"({"text":"untyped"})",
      }) {
    expect_lossless(body_with(R"({"role":"user","content":[)" + std::string(piece) + "]}"));
  }
}

TEST(OpenAiChatHome, at_home_only_what_the_hints_say_changes) {
  const Request request = decoded(
      body_of(R"("stream":true,"stream_options":{"include_obfuscation":false},"max_tokens":5)"));
  EncodeHints hints;
  hints.model = "other";
  hints.stream = true;
  hints.want_usage = true;
  hints.completion_token_limit = true;
  EXPECT_EQ(canonical(encode_request(request, hints)->body),
            canonical(R"({"model":"other","messages":[{"role":"user","content":"Hi"}],
                "max_completion_tokens":5,"stream":true,
                "stream_options":{"include_obfuscation":false,"include_usage":true}})"));
  hints.stream = false;
  EXPECT_EQ(canonical(encode_request(request, hints)->body),
            canonical(R"({"model":"other","messages":[{"role":"user","content":"Hi"}],
                "max_completion_tokens":5})"));
}

TEST(OpenAiChatHome, a_spelling_gives_way_when_the_request_has_changed) {
  Request request = decoded(body_of(
      R"("tool_choice":{"type":"custom","custom":{"name":"f"}},"function_call":"auto",
         "response_format":{"type":"regex","pattern":"a"},"reasoning":{"effort":"low"},
         "thinking":{"type":"enabled"},"stop":"a")"));
  request.tool_choice = {.mode = chat::ToolChoice::Mode::none, .allowed = {}, .parallel = {}};
  request.format.kind = chat::OutputFormat::Kind::json;
  request.thinking = {
      .mode = chat::Thinking::Mode::on, .effort = "high", .budget_tokens = {}, .show_text = {}};
  request.sampling.stop.emplace_back("b");
  request.messages[0].parts.emplace_back().body = chat::Text{"more"};
  EXPECT_EQ(canonical(encode_request(request, {})->body),
            canonical(R"({"model":"m","messages":[{"role":"user","content":[
                {"type":"text","text":"Hi"},{"type":"text","text":"more"}]}],"tool_choice":"none",
                "response_format":{"type":"json_object"},"reasoning_effort":"high",
                "stop":["a","b"]})"));
}

TEST(OpenAiChatHome, a_seal_stays_with_its_issuer_even_at_home) {
  Request request = decoded(body_with(
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",
         "function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":{"thought_signature":"s"}}}]})"));
  chat::Part& call = request.messages[0].parts[0];
  EncodeHints hints;
  hints.seal_issuer = "google";
  for (const std::string_view issuer : {"", "google"}) {
    call.seal->issuer = issuer;
    EXPECT_NE(encode_request(request, hints)->body.find("thought_signature"), std::string::npos);
  }
  call.seal->issuer = "other";
  const Result<Outbound> sent = encode_request(request, hints);
  EXPECT_EQ(sent->body.find("thought_signature"), std::string::npos) << sent->body;
  ASSERT_EQ(sent->losses.entries().size(), 1U);
  EXPECT_EQ(sent->losses.entries()[0].row, &loss::seal);
  call.extras = {};  // a seal that somebody else remembered
  call.seal->issuer = "google";
  EXPECT_NE(encode_request(request, hints)->body.find(R"("google":{"thought_signature":"s"})"),
            std::string::npos);
}

TEST(OpenAiChatHome, broken_bodies_break_nothing) {
  const std::string body = body_with(
      R"({"role":"assistant","content":[{"type":"text","text":"\u00e9"},{"type":"image_url",
         "image_url":{"url":"data:image/png;base64,aGk="}}],"tool_calls":[{"id":"a","function":
         {"name":"f","arguments":"{}"}}],"reasoning_details":[{"text":"x"}]},
         {"role":"tool","content":[]})");
  for (std::size_t at = 0; at < body.size(); ++at) {
    EXPECT_FALSE(decode_request(body.substr(0, at)));
    for (const char c : {'[', '}', '"', '0', 'n'}) {
      std::string changed = body;
      changed[at] = c;
      const Result<Request> request = decode_request(changed);
      if (request) EXPECT_TRUE(encode_request(*request, {}));
    }
  }
}

/// What is declared as lost where the request goes to another dialect.
std::string lost_abroad(std::string_view members) {
  const auto sent =
      codec_for(chat::Dialect::anthropic).encode_request(decoded(body_of(members)), {});
  std::string names;
  for (const Losses::Entry& entry : sent->losses.entries()) {
    if (entry.row == &loss::foreign_member) names += entry.detail + " ";
  }
  return names;
}

TEST(OpenAiChatAbroad, settings_in_an_odd_spelling_are_not_lost) {
  for (const std::string_view members : {
           R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"auto"})",
           R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"any")",
           R"("tools":[{"type":"function","function":{"name":"f"}}],
              "tool_choice":{"type":"function","name":"f"})",
           R"("functions":[{"name":"f"}],"function_call":{"name":"f"})",
           R"("response_format":{"type":"text"})",
           R"("response_format":{"type":"json_schema","json_schema":{"schema":{}}})",
           R"("reasoning":{"effort":"low"})",
           R"("thinking":{"type":"enabled","budget_tokens":2000})",
           R"("reasoning":{"effort":"low"},"reasoning_effort":"low")",
           R"("max_tokens":5,"max_completion_tokens":6)",
           R"("messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c",
              "type":"function","function":{"name":"f","arguments":"{}"},
              "extra_content":{"google":{"thought_signature":"s"}}}],"reasoning":"a",
              "reasoning_details":[{"type":"reasoning.text","text":"a"}]},
              {"role":"tool","tool_call_id":"c","content":"b"}])",
       }) {
    EXPECT_EQ(lost_abroad(members), "") << members;
  }
  EXPECT_EQ(lost_abroad(R"("tool_choice":{"type":"web_search_preview"})"), "tool_choice ");
  EXPECT_EQ(lost_abroad(R"("response_format":{"type":"grammar"})"), "response_format ");
}

TEST(OpenAiChatAbroad, an_answer_that_openai_responses_gives_is_not_stored_unless_wanted) {
  const auto sent = [](std::string_view members) {
    return codec_for(chat::Dialect::openai_responses)
        .encode_request(decoded(body_of(members)), {})
        ->body;
  };
  EXPECT_NE(sent("").find(R"("store":false)"), std::string::npos);
  EXPECT_NE(sent(R"("store":null)").find(R"("store":false)"), std::string::npos);
  EXPECT_NE(sent(R"("store":false)").find(R"("store":false)"), std::string::npos);
  EXPECT_NE(sent(R"("store":true)").find(R"("store":true)"), std::string::npos);
}

}  // namespace
}  // namespace omni::dialect::openai_chat
