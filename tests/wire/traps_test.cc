// The traps that gateways fall into, each by the number under which it is known.  Those that the
// conversation core can fall into with requests are here, those of answers in answer_traps_test.cc,
// and those of a request on its way from account to account in the tests of src/pipeline.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "adapt/adaptation.h"
#include "wire/json_text.h"
#include "wire/pairs.h"
#include "wire/telling.h"

namespace omni::wire {
namespace {

using chat::Dialect;
using enum chat::Dialect;

std::string name(Dialect dialect) { return std::string(chat::name_of(dialect)); }

TEST(Traps, T01_every_system_text_reaches_every_provider_in_order) {
  const Case scenario = load_case("system_prompts");
  for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
    const std::string body = sent(scenario, client, provider);
    std::size_t at = 0;
    for (const char* const text :
         {"You are a polite assistant.", "Answer in Spanish.", "Be brief."}) {
      const std::size_t found = body.find(text);
      ASSERT_NE(found, std::string::npos) << text << "\n" << body;
      EXPECT_GE(found, at) << text;
      at = found;
    }
    const std::string_view late = "The user has the role guest.";
    EXPECT_EQ(has(body, late), client != gemini) << body;
  });
}

TEST(Traps, T03_names_of_tools_come_back_as_the_client_knows_them) {
  const Case scenario = load_case("tool_names");
  for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
    const Way way(scenario, client, provider);
    ASSERT_TRUE(way.sent());
    for (const chat::Tool& tool : way.request().tools) {
      chat::ToolCall call;
      call.name = std::string(way.sent()->names.wire(tool.space, tool.name));
      // Ollama has no choice of tools: it is only told of the one that was chosen.
      EXPECT_TRUE(provider == ollama || has(way.sent()->body, "\"" + call.name + "\""))
          << call.name;
      EXPECT_FALSE(call.name.starts_with("proxy_"));
      way.sent()->names.restore(call);
      EXPECT_EQ(call.name, tool.name);
    }
  });
}

TEST(Traps, T04_results_follow_their_calls_and_none_is_missing) {
  for (const char* const file : {"tool_results", "lost_results", "agent"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
      if (client == provider) return;
      const std::string body = sent(scenario, client, provider);
      const dialect::Codec& codec = dialect::codec_for(provider);
      const auto read = codec.decode_request({request_of(scenario, provider).path, body});
      ASSERT_TRUE(read) << read.error().message();
      std::vector<std::string> open;  // calls that wait for their results
      for (const chat::Message& message : read->messages) {
        for (const chat::Part& part : message.parts) {
          if (const auto* const call = std::get_if<chat::ToolCall>(&part.body)) {
            open.push_back(call->id);
          } else if (const auto* const result = std::get_if<chat::ToolResult>(&part.body)) {
            ASSERT_FALSE(open.empty()) << body;
            EXPECT_EQ(result->call_id, open.front()) << body;
            open.erase(open.begin());
          } else if (message.role == chat::Role::user) {
            EXPECT_TRUE(open.empty()) << "the user speaks before the results\n" << body;
          }
        }
      }
      EXPECT_TRUE(open.empty()) << body;
    });
  }
}

TEST(Traps, T05_empty_arguments_are_an_object_in_every_pair) {
  const Case scenario = load_case("empty_arguments");
  const std::map<Dialect, std::string> where{
      {openai_chat, "messages.1.tool_calls.0.function.arguments"},
      {openai_responses, "input.1.arguments"},
      {anthropic, "messages.1.content.0.input"},
      {gemini, "contents.1.parts.0.functionCall.args"},
      {ollama, "messages.1.tool_calls.0.function.arguments"}};
  for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
    if (client == provider) return;
    const std::string input = at(sent(scenario, client, provider), where.at(provider));
    EXPECT_TRUE(input == "{}" || input == R"("{}")") << input;
  });
  const std::map<Dialect, std::string> replied{
      {openai_chat, "choices.0.message.tool_calls.0.function.arguments"},
      {openai_responses, "output.0.arguments"},
      {anthropic, "content.0.input"},
      {gemini, "candidates.0.content.parts.0.functionCall.args"},
      {ollama, "message.tool_calls.0.function.arguments"}};
  for_pairs(scenario, "reply", [&](Dialect client, Dialect provider) {
    if (client == provider) return;
    const std::string input = at(answered(scenario, provider, client), replied.at(client));
    EXPECT_TRUE(input == "{}" || input == R"("{}")") << input;
  });
}

TEST(Traps, T06_the_limit_of_the_client_is_not_raised) {
  const Case scenario = load_case("max_tokens");
  for_pairs(scenario, "request", [&](Dialect client, Dialect provider) {
    const std::string body = sent(scenario, client, provider);
    // Responses takes no limit below 16.
    const bool responses = client == openai_responses || provider == openai_responses;
    const std::string limit = responses ? "16" : "4";
    const std::map<Dialect, std::vector<std::string>> where{
        {openai_chat, {"max_tokens", "max_completion_tokens"}},
        {openai_responses, {"max_output_tokens"}},
        {anthropic, {"max_tokens"}},
        {gemini, {"generationConfig.maxOutputTokens"}},
        {ollama, {"options.num_predict"}}};
    std::string said;
    for (const std::string& path : where.at(provider)) said += at(body, path);
    EXPECT_EQ(said, limit) << body;
  });
}

TEST(Traps, T07_whether_to_stream_is_said_explicitly_whatever_the_client_left_out) {
  Case silent;
  for_pairs(load_case("text"), "request", [&](Dialect client, Dialect provider) {
    const Way way(silent, client, provider);
    const bool streams = client == ollama || client == gemini;  // the plain path of Gemini streams
    EXPECT_EQ(way.request().stream, streams);
    ASSERT_TRUE(way.sent());
    if (provider == gemini) {
      EXPECT_EQ(has(way.sent()->path, ":streamGenerateContent?alt=sse"), streams);
    } else if (client != provider) {
      EXPECT_EQ(at(way.sent()->body, "stream"), streams ? "true" : "false");
    }
  });
}

TEST(Traps, T12_what_goes_into_responses_is_what_it_takes) {
  const Case scenario = load_case("agent");
  for (const Dialect client : {openai_chat, anthropic, gemini, ollama}) {
    SCOPED_TRACE(name(client));
    const std::string body = sent(scenario, client, openai_responses);
    EXPECT_FALSE(has(body, R"("type":"text")")) << body;
    EXPECT_FALSE(has(body, R"("status":)")) << body;
    EXPECT_FALSE(has(body, R"("id":"rs_)")) << body;
    EXPECT_FALSE(has(body, R"("id":"msg_)")) << body;
  }
}

TEST(Traps, T12_another_account_gets_neither_thoughts_nor_ids_of_the_first) {
  const Case scenario = load_case("foreign_seals");
  const RequestText text = request_of(scenario, openai_responses);
  const dialect::Codec& codec = dialect::codec_for(openai_responses);
  const auto request = codec.decode_request({text.path, text.body});
  ASSERT_TRUE(request);
  ManualClock clock;
  adapt::SealMemory memory(clock, {});
  chat::Seal seal = *request->messages.at(1).parts.at(0).seal;
  seal.issuer = "first";
  memory.note(seal);

  const adapt::Adaptation first({}, {.provider = "first"}, {}, memory);
  EXPECT_TRUE(first.takes_byte_lane(openai_responses, openai_responses, {text.path, text.body}));
  const adapt::Adaptation second({}, {.provider = "second"}, {}, memory);
  EXPECT_FALSE(second.takes_byte_lane(openai_responses, openai_responses, {text.path, text.body}));
  chat::Request adapted = *request;
  dialect::EncodeHints hints;
  second.adapt(adapted);
  second.adapt(hints);
  const auto sent = codec.encode_request(adapted, hints);
  ASSERT_TRUE(sent);
  EXPECT_TRUE(has(sent->body, R"("type":"function_call")")) << sent->body;
  for (const char* const lost : {"rs_", "fc_", "encrypted_content\":"}) {
    EXPECT_FALSE(has(sent->body, lost)) << lost << "\n" << sent->body;
  }
}

TEST(Traps, T13_gemini_clients_get_gemini_and_nothing_else) {
  const Case scenario = load_case("text");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::string stream = told(scenario, provider, gemini);
    EXPECT_FALSE(has(stream, "[DONE]"));
    EXPECT_FALSE(has(stream, "event:"));
    EXPECT_EQ(times(stream, R"("finishReason")"), 1U) << stream;
    for (const Frame& frame : frames_of(stream)) {
      EXPECT_NE(at(frame.data, "candidates.0.content.role"), "") << frame.data;
    }
    const Case array = case_with("request", gemini,
                                 "/v1beta/models/gemini-3-pro:streamGenerateContent\n"
                                 R"({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]})");
    const Way way(array, gemini, provider);
    ASSERT_TRUE(way.request().stream_as_array);
    const std::string whole = way.tell(scenario.find("stream", provider)->text).text;
    EXPECT_TRUE(is_json(whole)) << whole;
    EXPECT_TRUE(whole.starts_with("[")) << whole;
  }
}

TEST(Traps, T14_thought_signatures_return_on_the_first_call) {
  const Case scenario = load_case("gemini_cli");
  const std::string body = sent(scenario, gemini, gemini);
  EXPECT_NE(at(body, "contents.1.parts.1.thoughtSignature"), "");
  const Case chat = load_case("sealed_thoughts");
  const std::string from_chat = sent(chat, openai_chat, gemini);
  EXPECT_NE(at(from_chat, "contents.1.parts.0.functionCall"), "") << from_chat;
  EXPECT_NE(at(from_chat, "contents.1.parts.0.thoughtSignature"), "") << from_chat;
}

TEST(Traps, T15_schemas_for_gemini_keep_properties_that_are_named_like_keywords) {
  const std::string body = sent(load_case("hard_schemas"), openai_chat, gemini);
  for (const char* const property : {"title", "format", "default", "kind", "tags", "parent"}) {
    EXPECT_TRUE(has(body, "\"" + std::string(property) + "\":{")) << property << "\n" << body;
  }
}

TEST(Traps, T26_marks_for_the_cache_stay_where_they_are) {
  const Case scenario = load_case("claude_code");
  const std::string body = sent(scenario, anthropic, anthropic);
  EXPECT_EQ(times(body, R"("cache_control")"),
            times(request_of(scenario, anthropic).body, R"("cache_control")"));
  for (const Dialect provider : {openai_chat, openai_responses, gemini, ollama}) {
    SCOPED_TRACE(name(provider));
    EXPECT_FALSE(has(sent(scenario, anthropic, provider), "cache_control"));
  }
}

TEST(Traps, T27_what_was_said_is_not_altered) {
  const std::string odd = "<think>a</think>\n\n\n\nb  \n(empty) [Proxy Error]\t";
  const std::string quoted = canonical(json::Raw::quote(odd).text());
  const Case said =
      case_with("reply", openai_chat,
                R"({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
          {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": )" +
                    quoted + "}}]}");
  for (const Dialect client : chat::all_dialects) {
    SCOPED_TRACE(name(client));
    EXPECT_TRUE(has(canonical(answered(said, openai_chat, client)), quoted));
  }
  const Case asked =
      case_with("request", openai_chat,
                R"({"model": "m", "messages": [{"role": "user", "content": )" + quoted + "}]}");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    EXPECT_TRUE(has(canonical(sent(asked, openai_chat, provider)), quoted));
  }
}

TEST(Traps, T28_pictures_and_documents_arrive) {
  const Case images = load_case("images");
  for_pairs(images, "request", [&](Dialect client, Dialect provider) {
    EXPECT_TRUE(has(sent(images, client, provider), "iVBORw0KGgo"));
    // By its address to who fetches it, and declared where only bytes have a place.
    if (request_of(images, client).body.find("https://") == std::string::npos) return;
    const Way way(images, client, provider);
    bool declared = false;
    for (const auto& lost : way.sent()->losses.entries()) {
      declared |= lost.row == &dialect::loss::media_url;
    }
    EXPECT_NE(has(way.sent()->body, "https://example.com/cat.jpg"), declared);
    EXPECT_EQ(declared, client != provider && (provider == gemini || provider == ollama));
  });
  const Case documents = load_case("documents");
  for_pairs(documents, "request", [&](Dialect client, Dialect provider) {
    if (provider == ollama) return;  // has no place for them, which its losses say
    EXPECT_TRUE(has(sent(documents, client, provider), "JVBERi0xLjQ"));
  });
  const Case results = load_case("tool_results");
  for (const Dialect client : {openai_responses, anthropic, gemini}) {
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(name(client) + " -> " + name(provider));
      EXPECT_TRUE(has(sent(results, client, provider), "iVBORw0KGgo"));
    }
  }
}

TEST(Traps, T29_names_of_models_may_have_slashes) {
  const Case scenario = case_with("request", gemini,
                                  "/v1beta/models/nebius/Qwen/Qwen3-235B:generateContent\n"
                                  R"({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]})");
  const Way way(scenario, gemini, openai_chat);
  EXPECT_EQ(way.request().model, "nebius/Qwen/Qwen3-235B");
  EXPECT_FALSE(way.request().stream);
}

}  // namespace
}  // namespace omni::wire
