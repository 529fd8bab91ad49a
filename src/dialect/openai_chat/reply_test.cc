#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "chat/collector.h"
#include "chat/test_chat.h"
#include "dialect/codec.h"
#include "dialect/ids.h"
#include "dialect/openai_chat/wire.h"
#include "dialect/test_json.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Dialect;
using chat::Failure;
using chat::Finish;
using chat::Reply;

std::string reply_with(std::string_view choices, std::string_view members = {}) {
  std::string body = R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m",)";
  body.append(R"("choices":[)").append(choices).append("]");
  if (!members.empty()) body.append(",").append(members);
  return body + "}";
}

std::string choice_with(std::string_view message, std::string_view finish = R"("stop")") {
  std::string choice = R"({"index":0,"message":)";
  choice.append(message).append(R"(,"logprobs":null,"finish_reason":)").append(finish);
  return choice + "}";
}

Reply decoded(std::string_view body) {
  auto read = decode_reply(body);
  if (auto* reply = std::get_if<Reply>(&read)) return std::move(*reply);
  ADD_FAILURE() << describe(std::get<Failure>(read)) << "\n" << body;
  return {};
}

std::string failure_of(std::string_view body) {
  auto read = decode_reply(body);
  auto* failure = std::get_if<Failure>(&read);
  return failure == nullptr ? "none" : describe(*failure);
}

/// The parts and the end of one choice, without what they are spelled like.
std::string told(std::string_view message, std::string_view finish = R"("stop")") {
  Reply reply = decoded(reply_with(choice_with(message, finish)));
  for (chat::Choice& choice : reply.choices) {
    choice.extras = {};
    for (chat::Part& part : choice.parts) part.extras = {};
  }
  const std::string lines = describe(reply);
  return lines.substr(lines.find('\n') + 1);
}

void expect_lossless(const std::string& body) {
  Losses losses;
  EXPECT_EQ(canonical(encode_reply(decoded(body), {}, losses)), canonical(body));
  EXPECT_TRUE(losses.empty()) << body;
}

TEST(OpenAiChatReply, a_text_is_read) {
  EXPECT_EQ(describe(decoded(
                reply_with(choice_with(R"({"role":"assistant","content":"Hi","refusal":null})"),
                           R"("usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12},
                   "system_fingerprint":"fp")"))),
            "reply openai_chat id=\"chatcmpl-1\" model=\"m\" created=5"
            " extras(openai_chat system_fingerprint=\"fp\")\n0 text \"Hi\"\n"
            "0 finish stop word=\"stop\" extras(openai_chat =message={\"refusal\":null}"
            " logprobs=null)\n"
            "usage fresh=9 text=3 wire=opaque openai_chat "
            "{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}\n");
}

TEST(OpenAiChatReply, everything_that_can_be_said_stands_in_order) {
  EXPECT_EQ(told(R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":
                    {"name":"f","arguments":"{}"}}],"refusal":"No.","content":"Well.",
                    "reasoning_content":"Hm."})",
                 R"("tool_calls")"),
            "0 reasoning \"Hm.\"\n0 text \"Well.\"\n0 refusal \"No.\"\n"
            "0 call id=\"c\" name=\"f\" input=\"{}\"\n0 finish tool_calls word=\"tool_calls\"\n");
}

TEST(OpenAiChatReply, the_liberties_of_providers_are_read) {
  EXPECT_EQ(told(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},
                                {"type":"text","text":"Hi"}]})"),
            "0 reasoning \"Hm.\"\n0 text \"Hi\"\n0 finish stop word=\"stop\"\n");
  EXPECT_EQ(told(R"({"content":"Hi","reasoning":"Hm."})"),
            "0 reasoning \"Hm.\"\n0 text \"Hi\"\n0 finish stop word=\"stop\"\n");
  EXPECT_EQ(told(R"({"content":"","reasoning_details":[{"type":"reasoning.text","text":"Hm.",
                     "signature":"s"},{"type":"reasoning.encrypted","data":"e"}]})"),
            "0 reasoning \"Hm.\" seal=\":s\"\n0 reasoning redacted seal=\":e\"\n"
            "0 finish stop word=\"stop\"\n");
  EXPECT_EQ(told(R"({"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]})", "null"),
            "0 call name=\"f\" input=\"{\\\"a\\\":1}\"\n0 finish tool_calls\n");
  EXPECT_EQ(told(R"({"content":null,"function_call":{"name":"f","arguments":"{}"}})",
                 R"("function_call")"),
            "0 call name=\"f\" input=\"{}\"\n0 finish tool_calls word=\"function_call\"\n");
}

TEST(OpenAiChatReply, every_word_for_the_end_is_understood) {
  const auto finish = [](std::string_view word) {
    const Reply reply = decoded(reply_with(choice_with(R"({"content":"x"})", word)));
    return std::string(chat::name_of(reply.choices.at(0).finish));
  };
  for (const std::string_view word :
       {R"("stop")", R"("eos")", R"("end_turn")", R"("STOP")", R"("stop_sequence")", "null"}) {
    EXPECT_EQ(finish(word), "stop") << word;
  }
  for (const std::string_view word : {R"("length")", R"("max_tokens")", R"("MAX_TOKENS")",
                                      R"("model_length")", R"("insufficient_system_resource")"}) {
    EXPECT_EQ(finish(word), "length") << word;
  }
  for (const std::string_view word : {R"("tool_calls")", R"("function_call")", R"("tool_use")"}) {
    EXPECT_EQ(finish(word), "tool_calls") << word;
  }
  for (const std::string_view word :
       {R"("content_filter")", R"("SAFETY")", R"("refusal")", R"("sensitive")"}) {
    EXPECT_EQ(finish(word), "content_filter") << word;
  }
}

TEST(OpenAiChatReply, whoever_calls_a_tool_ends_with_tool_calls_unless_he_was_cut) {
  const std::string_view call =
      R"({"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]})";
  EXPECT_NE(told(call, R"("stop")").find("finish tool_calls\n"), std::string::npos);
  EXPECT_NE(told(call, R"("length")").find("finish length word=\"length\"\n"), std::string::npos);
}

TEST(OpenAiChatReply, counts_become_buckets_that_do_not_overlap) {
  const auto usage = [](std::string_view object) {
    Reply reply = decoded(reply_with("{}", R"("usage":)" + std::string(object)));
    if (!reply.usage) return std::string("none");
    reply.usage->wire.reset();
    return describe(*reply.usage);
  };
  EXPECT_EQ(usage(R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
                      "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10,
                                               "cache_creation_tokens":10,"audio_tokens":5},
                      "completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":8}})"),
            "usage fresh=25 cache_read=60 cache_write=10 audio_in=5 text=12 reasoning=30 "
            "audio_out=8");
  // DeepSeek, Moonshot, and those who count as Anthropic does
  EXPECT_EQ(usage(R"({"prompt_tokens":100,"completion_tokens":5,"prompt_cache_hit_tokens":64,
                      "prompt_cache_miss_tokens":36})"),
            "usage fresh=36 cache_read=64 text=5");
  EXPECT_EQ(usage(R"({"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4})"),
            "usage fresh=6 cache_read=4 text=5");
  EXPECT_EQ(usage(R"({"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":4})"),
            "usage fresh=6 cache_read=4 text=5");
  // xAI counts thoughts beside the completion
  EXPECT_EQ(usage(R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,
                      "completion_tokens_details":{"reasoning_tokens":20}})"),
            "usage fresh=10 text=5 reasoning=20");
}

TEST(OpenAiChatReply, counts_that_make_no_sense_never_become_negative) {
  const auto usage = [](std::string_view object) {
    return decoded(reply_with("{}", R"("usage":)" + std::string(object))).usage;
  };
  const auto read = usage(R"({"prompt_tokens":10,"completion_tokens":-5,
      "prompt_tokens_details":{"cached_tokens":60,"audio_tokens":null},
      "completion_tokens_details":{"reasoning_tokens":9.0}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->input(), 10);
  EXPECT_EQ(read->input_cache_read, 10);
  EXPECT_EQ(read->input_fresh, 0);
  EXPECT_EQ(read->output(), 0);
  for (const std::string_view none : {"null", "{}", "[]", R"({"cost":1})", R"("many")"}) {
    EXPECT_FALSE(usage(none)) << none;
  }
}

TEST(OpenAiChatReply, an_error_with_a_good_status_is_a_failure) {
  EXPECT_EQ(failure_of(R"({"error":{"message":"Slow down","type":"rate_limit_error","code":429}})"),
            "failed 429 \"Slow down\" type=\"rate_limit_error\" code=\"429\"");
  EXPECT_EQ(failure_of(R"({"error":{"message":"No","code":"insufficient_quota"}})"),
            "failed 429 \"No\" code=\"insufficient_quota\"");
  EXPECT_EQ(failure_of(R"({"error":"odd"})"), "failed 502 \"odd\"");
  EXPECT_EQ(
      failure_of(reply_with(R"({"finish_reason":"error","error":{"message":"Gone","code":503}})")),
      "failed 503 \"Gone\" code=\"503\"");
  EXPECT_EQ(failure_of(reply_with(choice_with(R"({"content":"Half"})", R"("error")"))),
            "failed 502 \"Upstream broke off its answer\"");
  EXPECT_EQ(failure_of(reply_with("{}", R"("error":null)")), "none");
}

TEST(OpenAiChatReply, what_is_no_reply_is_a_failure) {
  EXPECT_EQ(failure_of(""), "failed 502 \"Provider returned empty content\"");
  EXPECT_EQ(failure_of(" \n"), "failed 502 \"Provider returned empty content\"");
  EXPECT_EQ(failure_of("<html>"), "failed 502 \"Invalid JSON response from provider\"");
  EXPECT_EQ(failure_of("[]"), "failed 502 \"Invalid JSON response from provider\"");
  EXPECT_EQ(failure_of("{}"), "failed 502 \"Provider returned empty content\"");
  EXPECT_EQ(failure_of(R"({"choices":5})"), "failed 502 \"choices: expected an array\"");
  EXPECT_EQ(failure_of(reply_with(choice_with(R"({"content":5})"))),
            "failed 502 \"choices[0].message.content: expected a string\"");
}

TEST(OpenAiChatReply, replies_come_home_as_they_were) {
  for (const std::string_view choice : {
           R"({"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},
               "logprobs":null,"finish_reason":"stop"})",
           R"({"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"eos",
               "stop_reason":null,"content_filter_results":{"hate":{"filtered":false}}})",
           R"({"index":0,"message":{"role":"assistant","content":"Hi","refusal":null,
               "annotations":[{"type":"url_citation"}],"audio":null,"x":1},
               "logprobs":{"content":[],"refusal":null},"finish_reason":"length"})",
           R"({"index":0,"message":{"role":"assistant","content":null,"refusal":"No.",
               "audio":{"id":"a"}},"logprobs":null,"finish_reason":"content_filter"})",
           R"({"index":0,"message":{"role":"assistant","content":"","refusal":null,"tool_calls":[
               {"id":"c","type":"function","function":{"name":"f","arguments":""}},
               {"id":"d","type":"custom","custom":{"name":"g","input":"x"}},
               {"id":"e","type":"mcp","mcp":{}}]},"logprobs":null,"finish_reason":"tool_calls"})",
           R"({"index":0,"message":{"role":"assistant","content":null,"refusal":null,
               "function_call":{"name":"f","arguments":"{}"}},"logprobs":null,
               "finish_reason":"function_call"})",
           R"({"index":0,"message":{"role":"assistant","content":"x","refusal":null,
               "reasoning_content":"r"},"logprobs":null,"finish_reason":"stop"})",
           R"({"index":0,"message":{"role":"assistant","content":"x","refusal":null,"reasoning":"r",
               "reasoning_details":[{"type":"reasoning.text","text":"r","signature":"s"},
                                    {"type":"reasoning.encrypted","data":"e"}]},
               "logprobs":null,"finish_reason":"stop","native_finish_reason":"STOP"})",
           R"({"index":0,"message":{"role":"assistant","content":null,"refusal":null,
               "reasoning_content":null},"logprobs":null,"finish_reason":"stop"})",
           R"({"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"As said "},
               {"type":"reference","reference_ids":[1]},{"type":"text","text":"."}],
               "refusal":null},"logprobs":null,"finish_reason":"stop"})",
       }) {
    expect_lossless(reply_with(choice, R"("usage":{"prompt_tokens":1,"completion_tokens":1,
        "total_tokens":2,"cost":0.5},"system_fingerprint":null,"service_tier":"default","x":[1])"));
  }
  expect_lossless(reply_with(R"({"index":0,"message":{"role":"assistant","content":"a"},
      "finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"b"},
      "finish_reason":"length"})"));
}

TEST(OpenAiChatReply, a_word_that_no_longer_fits_is_not_told) {
  Losses losses;
  const std::string body =
      encode_reply(decoded(reply_with(choice_with(
                       R"({"content":null,"tool_calls":[{"id":"c","function":{"name":"f",
              "arguments":"{}"}}]})"))),
                   {}, losses);
  EXPECT_NE(body.find(R"("finish_reason":"tool_calls")"), std::string::npos) << body;
}

Reply foreign_reply() {
  Reply reply;
  reply.source = Dialect::anthropic;
  reply.id = "msg_1";
  reply.model = "claude";
  chat::Choice& choice = reply.choices.emplace_back();
  choice.finish = Finish::stop;
  choice.finish_word = "end_turn";
  return reply;
}

chat::Part part(auto body) {
  chat::Part part;
  part.body = std::move(body);
  return part;
}

TEST(OpenAiChatReply, a_foreign_reply_has_all_that_clients_demand) {
  Reply reply = foreign_reply();
  auto& parts = reply.choices[0].parts;
  parts.push_back(part(chat::Reasoning{.text = "Hm.", .summary = {}, .redacted = false}));
  parts.back().seal = chat::Seal{"anthropic", "s"};
  parts.push_back(part(chat::Reasoning{.text = "", .summary = {"A", "B"}, .redacted = false}));
  parts.push_back(part(chat::Text{"Hel"}));
  parts.push_back(part(chat::Text{"lo"}));
  chat::ToolCall call;
  call.name = "f";
  parts.push_back(part(call));
  parts.back().seal = chat::Seal{"google", "g"};
  call.id = "toolu_1";
  call.form = chat::ToolCall::Form::freeform;
  call.input = "ls";
  parts.push_back(part(call));
  reply.choices[0].finish = Finish::tool_calls;
  reply.usage.emplace();
  reply.usage->input_fresh = 10;
  reply.usage->input_cache_read = 5;
  reply.usage->input_cache_write = 2;
  reply.usage->input_cache_write_1h = 1;
  reply.usage->output_text = 7;
  reply.usage->output_reasoning = 3;
  reply.usage->wire = chat::Opaque{Dialect::anthropic, json::Raw::trusted("{}")};
  Losses losses;
  const ReplyStyle style{.model = "shown", .id = "Zq3vB8nT5kXw1LmPc7RyD2hJ", .now = 99};
  const std::string made = "\"" + made_id("call_", "chatcmpl-msg_1", 0, 4) + "\"";
  EXPECT_EQ(canonical(encode_reply(reply, style, losses)),
            canonical(R"({"id":"chatcmpl-msg_1","object":"chat.completion","created":99,
      "model":"shown","choices":[{"index":0,"logprobs":null,"finish_reason":"tool_calls","message":{
        "role":"assistant","content":"Hello","refusal":null,"reasoning_content":"Hm.\n\nA\n\nB",
        "tool_calls":[{"id":)" +
                      made + R"(,"type":"function","function":{"name":"f","arguments":"{}"},
            "extra_content":{"google":{"thought_signature":"g"}}},
          {"id":"toolu_1","type":"custom","custom":{"name":"f","input":"ls"}}]}}],
      "usage":{"prompt_tokens":18,"completion_tokens":10,"total_tokens":28,
        "prompt_tokens_details":{"cached_tokens":5,"cache_creation_tokens":3,
            "cache_write_tokens":3},
        "completion_tokens_details":{"reasoning_tokens":3}}})"));
  EXPECT_TRUE(losses.empty());
}

TEST(OpenAiChatReply, what_clients_have_no_place_for_is_declared) {
  Reply reply = foreign_reply();
  auto& parts = reply.choices[0].parts;
  chat::Media sound;
  sound.kind = chat::Media::Kind::audio;
  parts.push_back(part(sound));
  parts.push_back(part(chat::Opaque{Dialect::anthropic, json::Raw::trusted(R"({"type":"x"})")}));
  chat::ToolCall hosted;
  hosted.id = "srv";
  hosted.name = "web_search";
  hosted.runner = chat::ToolCall::Runner::provider;
  parts.push_back(part(hosted));
  reply.choices[0].finish = Finish::paused;
  reply.extras = {.dialect = Dialect::anthropic,
                  .spelling = 0,
                  .members = {{"container", json::Raw::trusted("[1]")}}};
  Losses losses;
  const std::string body = encode_reply(reply, {}, losses);
  std::string names;
  for (const auto& entry : losses.entries()) {
    names += std::string(entry.row->name) + "(" + entry.detail + ") ";
  }
  EXPECT_EQ(names,
            "output_media() foreign_item(x) hosted_call(web_search) finish_reason() "
            "foreign_member(container) ");
  EXPECT_NE(body.find(R"("content":"","refusal":null)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("finish_reason":"stop")"), std::string::npos);
  EXPECT_EQ(body.find("tool_calls"), std::string::npos);
}

TEST(OpenAiChatReply, ids_of_calls_from_abroad_fit_forty_characters) {
  Reply reply = foreign_reply();
  chat::ToolCall call;
  call.id = std::string(60, 'x');
  call.name = "f";
  reply.choices[0].parts.push_back(part(call));
  Losses losses;
  const std::string body = encode_reply(reply, {}, losses);
  EXPECT_EQ(body.find(std::string(41, 'x')), std::string::npos);
  ASSERT_EQ(losses.entries().size(), 1U);
  EXPECT_EQ(losses.entries()[0].row, &loss::call_id);
}

TEST(OpenAiChatReply, a_reply_without_an_id_gets_that_of_the_style) {
  Reply reply = foreign_reply();
  reply.id.clear();
  Losses losses;
  const ReplyStyle style{.id = "abc"};
  EXPECT_NE(encode_reply(reply, style, losses).find(R"("id":"chatcmpl-abc")"), std::string::npos);
}

TEST(OpenAiChatReply, broken_replies_break_nothing) {
  const std::string body = reply_with(
      choice_with(
          R"({"content":[{"type":"text","text":"\u00e9"}],"tool_calls":[{"id":"c","function":
          {"name":"f","arguments":"{}"}}],"reasoning_details":[{"data":"x"}]})"),
      R"("usage":{"prompt_tokens":1e3,"prompt_tokens_details":{"cached_tokens":1}})");
  for (std::size_t at = 0; at < body.size(); ++at) {
    EXPECT_TRUE(std::holds_alternative<Failure>(decode_reply(body.substr(0, at))));
    for (const char c : {'[', '}', '"', '9', 'n'}) {
      std::string changed = body;
      changed[at] = c;
      const auto read = decode_reply(changed);
      Losses losses;
      if (const auto* reply = std::get_if<Reply>(&read)) encode_reply(*reply, {}, losses);
    }
  }
}

/// What is declared as lost where a client of another dialect gets it.
std::string lost_abroad(std::string_view body) {
  Losses losses;
  codec_for(Dialect::anthropic).encode_reply(decoded(body), {}, losses);
  std::string names;
  for (const Losses::Entry& entry : losses.entries()) {
    names.append(entry.row->name).append("(").append(entry.detail).append(") ");
  }
  return names;
}

TEST(OpenAiChatReply, what_is_carried_or_says_nothing_is_not_declared_as_lost) {
  EXPECT_EQ(lost_abroad(reply_with(choice_with(
                R"({"role":"assistant","content":"Hi","refusal":null,"annotations":[],
                    "audio":null,"reasoning":"a","reasoning_content":"a",
                    "reasoning_details":[{"type":"reasoning.text","text":"a"}],
                    "tool_calls":[{"id":"c","type":"function","function":{"name":"f",
                      "arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]})",
                R"("tool_calls")"))),
            "");
  EXPECT_EQ(lost_abroad(reply_with(choice_with(
                R"({"role":"assistant","content":"Hi","annotations":[{"type":"url_citation"}]})"))),
            "foreign_member(message) ");
}

TEST(OpenAiChatReply, pictures_stand_beside_the_content) {
  const std::string drawn = reply_with(choice_with(
      R"({"role":"assistant","content":"Here.","refusal":null,
          "images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},
                     "index":0},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]})"));
  const Reply reply = decoded(drawn);
  ASSERT_EQ(reply.choices.front().parts.size(), 3U);
  EXPECT_TRUE(describe(reply).find("media image base64") != std::string::npos) << describe(reply);
  expect_lossless(drawn);
  expect_lossless(reply_with(choice_with(
      R"({"role":"assistant","content":"Here.","refusal":null,"images":[{"type":"new"}]})")));
  expect_lossless(reply_with(
      choice_with(R"({"role":"assistant","content":"Here.","refusal":null,"images":[]})")));
}

TEST(OpenAiChatReply, pictures_from_abroad_are_shown_as_others_show_them) {
  Reply reply;
  reply.source = Dialect::gemini;
  chat::Part& part = reply.choices.emplace_back().parts.emplace_back();
  part.body = chat::Media{.kind = chat::Media::Kind::image,
                          .form = chat::Media::Form::base64,
                          .payload = "AAAA",
                          .mime_type = "image/png",
                          .name = {},
                          .detail = {}};
  Losses losses;
  const std::string body = encode_reply(reply, {}, losses);
  EXPECT_NE(
      body.find(
          R"("images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}])"),
      std::string::npos)
      << body;
  EXPECT_TRUE(losses.empty());
}

TEST(OpenAiChatReply, the_text_that_stopped_a_model_of_vllm_is_known) {
  const auto stopped_by = [](std::string_view stop_reason) {
    std::string choice = R"({"index":0,"message":{"role":"assistant","content":"a",
        "refusal":null},"logprobs":null,"finish_reason":"stop","stop_reason":)";
    choice.append(stop_reason).append("}");
    const std::string body = reply_with(choice);
    expect_lossless(body);
    return decoded(body).choices.front().stop_sequence;
  };
  EXPECT_EQ(stopped_by(R"("END")"), "END");
  EXPECT_EQ(stopped_by("null"), "");
  EXPECT_EQ(stopped_by("128009"), "");
  EXPECT_EQ(stopped_by(R"("end_turn")"), "");
  EXPECT_EQ(stopped_by(R"("stop")"), "");
}

TEST(OpenAiChatReply, spellings_survive_the_steps_that_hear_a_reply_as_a_stream) {
  for (const std::string_view message : {
           R"({"role":"assistant","content":"","refusal":null})",
           R"({"role":"assistant","content":null})",
           R"({"role":"assistant"})",
           R"({"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function",
               "function":{"name":"f","arguments":"{}"}}]})",
           R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",
               "function":{"name":"f","arguments":"{}"}}]})",
       }) {
    const bool calls = message.find("tool_calls") != std::string_view::npos;
    std::string choice = R"({"index":0,"message":)";
    choice.append(message).append(calls ? R"(,"finish_reason":"tool_calls"})"
                                        : R"(,"finish_reason":"stop"})");
    const std::string body = reply_with(choice);
    expect_lossless(body);
    chat::Collector collector;
    chat::replay(decoded(body), collector);
    Losses losses;
    EXPECT_EQ(canonical(encode_reply(collector.reply(), {}, losses)), canonical(body));
  }
}

TEST(OpenAiChatReply, an_answer_without_choices_is_none) {
  EXPECT_EQ(failure_of(reply_with("")), "failed 502 \"Provider returned empty content\"");
  EXPECT_EQ(failure_of(R"({"choices":null})"), "failed 502 \"Provider returned empty content\"");
}

}  // namespace
}  // namespace omni::dialect::openai_chat
