// The traps of traps_test.cc that are about answers, whole and streamed.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "dialect/tap.h"
#include "json/reader.h"
#include "wire/json_text.h"
#include "wire/pairs.h"
#include "wire/telling.h"

namespace omni::wire {
namespace {

using chat::Dialect;
using enum chat::Dialect;

std::string name(Dialect dialect) { return std::string(chat::name_of(dialect)); }

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
