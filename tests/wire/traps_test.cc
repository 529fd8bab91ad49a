// The traps that gateways fall into, each by the number under which it is known.  Those that the
// conversation core can fall into are here; routing, caches and keys have tests of their own.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "adapt/adaptation.h"
#include "dialect/lane.h"
#include "json/reader.h"
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

/// The calls of a stream for an Anthropic client: one block each, whole.
void expect_blocks_in_order(std::string_view stream, std::size_t calls) {
  std::string open;
  std::map<std::string, std::string> inputs;
  for (const Frame& frame : frames_of(stream)) {
    const std::string type = at(frame.data, "type"), index = at(frame.data, "index");
    if (type == R"("content_block_start")") {
      EXPECT_EQ(open, "") << "a block opens before the last one is closed";
      open = index;
      if (at(frame.data, "content_block.type") == R"("tool_use")") {
        EXPECT_TRUE(inputs.emplace(index, "").second) << "opened twice";
        EXPECT_NE(at(frame.data, "content_block.name"), R"("")");
        EXPECT_EQ(at(frame.data, "content_block.input"), "{}");
      }
    } else if (type == R"("content_block_delta")") {
      EXPECT_EQ(index, open);
      json::Reader reader;
      const json::Value piece = reader.read(frame.data).find("delta").find("partial_json");
      if (piece) inputs[index] += piece.text();
    } else if (type == R"("content_block_stop")") {
      EXPECT_EQ(index, open);
      open.clear();
    }
  }
  EXPECT_EQ(inputs.size(), calls);
  for (const auto& [index, input] : inputs) EXPECT_TRUE(input.empty() || is_json(input)) << input;
}

TEST(Traps, T02_streamed_calls_are_whole_blocks_that_never_overlap) {
  const Case scenario = load_case("parallel_tool_calls");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    expect_blocks_in_order(told(scenario, provider, anthropic), 3);
  }
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

TEST(Traps, T08_usage_adds_up_and_cached_tokens_count_once) {
  const Case scenario = load_case("cache");
  const std::map<Dialect, std::int64_t> input{{openai_chat, 2310},
                                              {openai_responses, 2310},
                                              {anthropic, 2444},
                                              {gemini, 2290},
                                              {ollama, 2301}};
  const std::map<Dialect, std::int64_t> cached{{openai_chat, 2176},
                                               {openai_responses, 2176},
                                               {anthropic, 2048},
                                               {gemini, 2048},
                                               {ollama, 0}};
  for_pairs(scenario, "stream", [&](Dialect client, Dialect provider) {
    const Gathered read = gather(client, {told(scenario, provider, client)});
    ASSERT_TRUE(read.reply.usage);
    EXPECT_EQ(read.reply.usage->input(), input.at(provider));
    if (client != ollama) EXPECT_EQ(read.reply.usage->input_cache_read, cached.at(provider));
  });
}

TEST(Traps, T09_the_usage_chunk_comes_only_where_it_was_asked_for) {
  const std::string asked = R"({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
                               "stream": true, "stream_options": {"include_usage": true}})";
  const std::string silent = R"({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
                                "stream": true})";
  const Case text = load_case("text");
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    const std::string& stream = text.find("stream", provider)->text;
    const std::string with =
        Way(case_with("request", openai_chat, asked), openai_chat, provider).tell(stream).text;
    const std::string without =
        Way(case_with("request", openai_chat, silent), openai_chat, provider).tell(stream).text;
    EXPECT_EQ(times(with, R"("choices":[])"), 1U) << with;
    EXPECT_EQ(times(with, R"("prompt_tokens":)"), 1U) << with;
    EXPECT_FALSE(has(without, R"("choices":[])")) << without;
    EXPECT_FALSE(has(without, R"("prompt_tokens":)")) << without;
  }
}

TEST(Traps, T10_a_responses_stream_ends_with_the_whole_response) {
  for (const char* const file : {"text", "thinking", "tool_call", "parallel_tool_calls", "agent"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      const std::vector<Frame> frames = frames_of(told(scenario, provider, openai_responses));
      ASSERT_FALSE(frames.empty());
      const Frame& last = frames.back();
      EXPECT_EQ(last.event, "response.completed");
      EXPECT_EQ(at(last.data, "response.status"), R"("completed")");
      EXPECT_NE(at(last.data, "response.output"), "[]");
      EXPECT_NE(at(last.data, "response.model"), "");
      const bool counted =
          gather(provider, {scenario.find("stream", provider)->text}).reply.usage.has_value();
      EXPECT_EQ(at(last.data, "response.usage.total_tokens").empty(), !counted);
    }
  }
}

TEST(Traps, T11_events_of_a_responses_stream_are_numbered_without_gaps) {
  for (const char* const file :
       {"text", "thinking", "parallel_tool_calls", "agent", "midstream_error"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      const std::string stream = told(scenario, provider, openai_responses);
      std::size_t number = 0;
      for (const Frame& frame : frames_of(stream)) {
        EXPECT_EQ(at(frame.data, "sequence_number"), std::to_string(number++));
        EXPECT_EQ(at(frame.data, "type"), "\"" + frame.event + "\"");
      }
      EXPECT_FALSE(has(stream, "[DONE]"));
    }
  }
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

TEST(Traps, T16_errors_speak_the_dialect_of_the_client) {
  const Case scenario = load_case("error_429");
  const std::map<Dialect, std::string> where{{openai_chat, "error.message"},
                                             {openai_responses, "error.message"},
                                             {anthropic, "error.message"},
                                             {gemini, "error.message"},
                                             {ollama, "error"}};
  for_pairs(scenario, "error", [&](Dialect client, Dialect provider) {
    const std::string text =
        Way(scenario, client, provider).fail(429, scenario.find("error", provider)->text);
    EXPECT_NE(at(text, where.at(client)), "") << text;
    if (client == anthropic) EXPECT_EQ(at(text, "error.type"), R"("rate_limit_error")");
    if (client == gemini) EXPECT_EQ(at(text, "error.status"), R"("RESOURCE_EXHAUSTED")");
    if (client != openai_chat) return;
    const bool own = provider == openai_chat || provider == openai_responses;
    EXPECT_EQ(at(text, "error.type"), own ? R"("tokens")" : R"("rate_limit_error")");
  });
}

TEST(Traps, T16_an_error_amid_a_stream_speaks_the_dialect_of_the_client) {
  for (const char* const file : {"midstream_error", "truncated"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "stream", [&](Dialect client, Dialect provider) {
      const std::string stream = told(scenario, provider, client);
      const Gathered read = gather(client, {stream});
      ASSERT_TRUE(read.failure) << stream;
      EXPECT_EQ(telling_of(read.reply, client).content.find("text: Half an"),
                telling_of(read.reply, client).content.find("text:"));
      EXPECT_FALSE(has(stream, R"("finish_reason":"stop")")) << stream;
      EXPECT_FALSE(has(stream, "message_stop")) << stream;
      EXPECT_FALSE(has(stream, R"("finishReason")")) << stream;
      EXPECT_FALSE(has(stream, R"("done":true)")) << stream;
      EXPECT_FALSE(has(stream, "response.completed")) << stream;
      if (client == openai_responses) EXPECT_EQ(frames_of(stream).back().event, "response.failed");
    });
  }
}

TEST(Traps, T16_a_stream_that_breaks_off_on_the_byte_lane_ends_as_an_error) {
  const Case scenario = load_case("truncated");
  for (const Dialect dialect : chat::all_dialects) {
    SCOPED_TRACE(name(dialect));
    const Section* const cut = scenario.find("stream", dialect);
    if (cut == nullptr) continue;
    dialect::Tap tap(dialect, {});
    std::string out;
    tap.feed(cut->text, out);
    tap.feed(dialect == ollama ? "{\"mess" : "data: {\"ty", out);
    tap.finish(out);
    const Gathered read = gather(dialect, {out});
    EXPECT_EQ(read.violation, "");
    ASSERT_TRUE(read.failure) << out;
    for (const Frame& frame : frames_of(out)) {
      EXPECT_TRUE(frame.data == "[DONE]" || is_json(frame.data)) << frame.data;
    }
  }
}

TEST(Traps, T18_an_empty_stream_and_an_error_with_a_good_status_are_failures) {
  for (const Dialect provider : chat::all_dialects) {
    SCOPED_TRACE(name(provider));
    EXPECT_TRUE(gather(provider, {}).failure);
    EXPECT_TRUE(gather(provider, {""}).failure);
    EXPECT_TRUE(gather(provider, {"\n\n\n"}).failure);
    EXPECT_TRUE(gather(provider, {"<html><body>502 Bad Gateway</body></html>"}).failure);
  }
  const Case scenario = load_case("error_with_status_200");
  for_pairs(scenario, "reply", [&](Dialect client, Dialect provider) {
    const Way::Answer answer =
        Way(scenario, client, provider).answer(scenario.find("reply", provider)->text);
    ASSERT_TRUE(answer.failure);
    EXPECT_GE(answer.failure->status, 400);
  });
}

TEST(Traps, T22_heartbeats_keep_a_stream_open_and_are_no_events) {
  const Case scenario = load_case("text");
  for (const Dialect client : chat::all_dialects) {
    SCOPED_TRACE(name(client));
    const Way way(scenario, client, client);
    std::string out;
    const auto encoder = dialect::codec_for(client).stream_encoder(way.style(), out);
    encoder->heartbeat();
    EXPECT_EQ(out.empty(), client == ollama) << out;
    const std::string& stream = scenario.find("stream", client)->text;
    EXPECT_EQ(gather(client, {out, stream}).events, gather(client, {stream}).events);
  }
}

TEST(Traps, T22_heartbeats_of_a_provider_tell_nothing) {
  const Case scenario = load_case("text");
  const std::map<Dialect, std::string_view> heartbeats{
      {openai_chat, ": OPENROUTER PROCESSING\n\n"},
      {openai_responses, "event: keepalive\ndata: {\"type\":\"keepalive\"}\n\n"},
      {anthropic, "event: ping\ndata: {\"type\": \"ping\"}\n\n"},
      {gemini, ":\r\n\r\n"},
      {ollama, "\n"}};
  for (const auto& [provider, heartbeat] : heartbeats) {
    SCOPED_TRACE(name(provider));
    EXPECT_EQ(gather(provider, {heartbeat}).events, gather(provider, {}).events);
    const std::string_view stream = scenario.find("stream", provider)->text;
    const std::size_t frame = stream.find(provider == ollama ? "\n" : "\n\n");
    const std::size_t behind = frame + (provider == ollama ? 1 : 2);
    EXPECT_EQ(gather(provider, {heartbeat, stream.substr(0, behind), heartbeat,
                                stream.substr(behind), heartbeat})
                  .events,
              gather(provider, {stream}).events);
  }
}

TEST(Traps, T23_a_remembered_reply_is_told_in_the_way_its_reader_wants) {
  for (const char* const file : {"text", "thinking", "parallel_tool_calls"}) {
    const Case scenario = load_case(file);
    for_pairs(scenario, "reply", [&](Dialect client, Dialect provider) {
      const Way way(scenario, client, provider);
      const Way::Answer answer = way.answer(scenario.find("reply", provider)->text);
      const dialect::Codec& codec = dialect::codec_for(client);
      const auto whole = codec.decode_reply(answer.text);
      const Gathered stream = gather(client, {way.retell(answer.reply)});
      ASSERT_TRUE(std::holds_alternative<chat::Reply>(whole));
      EXPECT_FALSE(stream.failure);
      EXPECT_EQ(telling_of(stream.reply, client).content,
                telling_of(std::get<chat::Reply>(whole), client).content);
    });
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

TEST(Traps, T30_an_ollama_stream_has_one_last_line_with_a_reason_and_counts) {
  for (const char* const file : {"text", "tool_call", "max_tokens", "agent"}) {
    const Case scenario = load_case(file);
    for (const Dialect provider : chat::all_dialects) {
      SCOPED_TRACE(file + (" " + name(provider)));
      const std::string stream = told(scenario, provider, ollama);
      const std::vector<Frame> lines = frames_of(stream);
      ASSERT_FALSE(lines.empty());
      EXPECT_EQ(times(stream, R"("done":true)"), 1U) << stream;
      const std::string& last = lines.back().data;
      EXPECT_EQ(at(last, "done"), "true");
      EXPECT_EQ(at(last, "done_reason"),
                file == std::string("max_tokens") ? R"("length")" : R"("stop")");
      EXPECT_NE(at(last, "eval_count"), "");
      for (const Frame& line : lines) {
        EXPECT_NE(at(line.data, "created_at"), "");
        EXPECT_NE(at(line.data, "message.role"), "");
      }
      EXPECT_EQ(at(answered(scenario, provider, ollama), "done"), "true");
    }
  }
}

}  // namespace
}  // namespace omni::wire
