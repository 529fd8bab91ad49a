#include "dialect/lane.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/test_answers.h"

namespace omni::dialect {
namespace {

using chat::Dialect;

EncodeHints asking(std::string_view model, bool stream = false) {
  EncodeHints hints;
  hints.model = model;
  hints.stream = stream;
  return hints;
}

/// The path, a blank and the body; or why there is none.
std::string forwarded(Dialect dialect, std::string_view body, const EncodeHints& hints,
                      std::string_view path = "/v1/x") {
  const Result<Outbound> out = forward_request(dialect, {path, body}, hints);
  if (!out) return out.error().message();
  EXPECT_TRUE(out->losses.empty());
  return out->path + " " + out->body;
}

TEST(ForwardRequest, exchanges_the_model_and_nothing_else) {
  EXPECT_EQ(forwarded(Dialect::openai_chat,
                      " {\"messages\" : [ {\"model\":\"x\",\"n\":1.0} ],\n \"model\" :\t\"a/b\" } ",
                      asking("gpt-\"5")),
            "/chat/completions  {\"messages\" : [ {\"model\":\"x\",\"n\":1.0} ],\n"
            " \"model\" :\t\"gpt-\\\"5\" } ");
  EXPECT_EQ(forwarded(Dialect::openai_responses, R"({"model":"a","input":"hi"})", asking("b")),
            R"(/responses {"model":"b","input":"hi"})");
}

TEST(ForwardRequest, keeps_every_byte_where_nothing_changes) {
  const std::string body = R"({ "model":"m\u0041", "stream":true , "x":[]})";
  for (const Dialect dialect :
       {Dialect::openai_chat, Dialect::openai_responses, Dialect::anthropic, Dialect::ollama}) {
    const Result<Outbound> out = forward_request(dialect, {"/", body}, asking("", true));
    ASSERT_TRUE(out);
    EXPECT_EQ(out->body, body);
  }
}

TEST(ForwardRequest, adds_a_model_that_was_not_said) {
  EXPECT_EQ(forwarded(Dialect::anthropic, R"({"messages":[]})", asking("m")),
            R"(/messages {"messages":[],"model":"m"})");
}

TEST(ForwardRequest, says_how_the_answer_is_wanted) {
  const Dialect chat = Dialect::openai_chat;
  EXPECT_EQ(forwarded(chat, R"({"stream":false})", asking("", true)),
            R"(/chat/completions {"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"stream":true})", asking("")),
            R"(/chat/completions {"stream":false})");
  EXPECT_EQ(forwarded(chat, R"({"stream":null})", asking("", true)),
            R"(/chat/completions {"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"stream":null})", asking("")),
            R"(/chat/completions {"stream":null})");
  EXPECT_EQ(forwarded(chat, R"({"a":1})", asking("", true)),
            R"(/chat/completions {"a":1,"stream":true})");
  EXPECT_EQ(forwarded(chat, R"({"a":1})", asking("")), R"(/chat/completions {"a":1})");
}

TEST(ForwardRequest, knows_that_ollama_streams_unless_told_otherwise) {
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"a":1})", asking("", true)), R"(/api/chat {"a":1})");
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"stream":null})", asking("")),
            R"(/api/chat {"stream":false})");
  EXPECT_EQ(forwarded(Dialect::ollama, R"({"a":1})", asking("")),
            R"(/api/chat {"a":1,"stream":false})");
}

TEST(ForwardRequest, asks_openai_chat_for_the_usage_of_a_stream) {
  EncodeHints hints = asking("", true);
  hints.want_usage = true;
  const Dialect chat = Dialect::openai_chat;
  EXPECT_EQ(forwarded(chat, R"({"stream":true})", hints),
            R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(forwarded(chat, R"({"stream":true,"stream_options":null})", hints),
            R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true}})");
  EXPECT_EQ(
      forwarded(chat, R"({"stream":true,"stream_options":{"include_usage":false, "x":1}})", hints),
      R"(/chat/completions {"stream":true,"stream_options":{"include_usage":true, "x":1}})");
  const std::string asked = R"({"stream":true,"stream_options":{"x":1, "include_usage":true }})";
  EXPECT_EQ(forwarded(chat, asked, hints), "/chat/completions " + asked);
  const std::string broken = R"({"stream":true,"stream_options":7})";
  EXPECT_EQ(forwarded(chat, broken, hints), "/chat/completions " + broken);
  EXPECT_EQ(forwarded(Dialect::openai_responses, R"({"stream":true})", hints),
            R"(/responses {"stream":true})");
}

TEST(ForwardRequest, takes_the_stream_options_away_with_the_stream) {
  EXPECT_EQ(
      forwarded(Dialect::openai_chat, R"({"stream":true,"stream_options":{},"a":1})", asking("")),
      R"(/chat/completions {"stream":false,"a":1})");
}

TEST(ForwardRequest, keeps_the_query_of_an_anthropic_client_only) {
  EXPECT_EQ(forwarded(Dialect::anthropic, "{}", asking(""), "/v1/messages?beta=true"),
            "/messages?beta=true {}");
  EXPECT_EQ(forwarded(Dialect::openai_chat, "{}", asking(""), "/v1/chat/completions?key=k"),
            "/chat/completions {}");
}

TEST(ForwardRequest, says_model_and_delivery_in_the_path_for_gemini) {
  const std::string body = R"({"contents":[], "model":"x","stream":7})";
  const std::string_view path = "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse&key=k";
  EXPECT_EQ(forwarded(Dialect::gemini, body, asking("", true), path),
            "/models/gemini-3-pro:streamGenerateContent?alt=sse " + body);
  EXPECT_EQ(forwarded(Dialect::gemini, body, asking("g"), path),
            "/models/g:generateContent " + body);
}

TEST(ForwardRequest, refuses_what_is_no_object) {
  for (const Dialect dialect : chat::all_dialects) {
    for (const auto* body : {"", "[]", "{\"a\":1", "{\"a\":1,\"a\":2}", "null", "{} x"}) {
      EXPECT_EQ(forwarded(dialect, body, asking("m")), "Invalid JSON body") << body;
    }
  }
}

TEST(ForwardRequest, refuses_a_gemini_path_without_model_unless_it_is_told_one) {
  EXPECT_FALSE(forward_request(Dialect::gemini, {"/v1beta/models", "{}"}, asking("")));
  EXPECT_TRUE(forward_request(Dialect::gemini, {"/v1beta/models", "{}"}, asking("g")));
}

std::string shown(const Seen& seen) {
  std::string out = seen.model + (seen.ended ? " ended" : "") + (seen.content ? " content" : "");
  if (seen.finish) out += " finish " + std::to_string(static_cast<int>(*seen.finish));
  if (seen.usage) {
    out += " " + std::to_string(seen.usage->input()) + "/" + std::to_string(seen.usage->output());
  }
  if (seen.failure) out += " failed " + std::to_string(seen.failure->status);
  return out;
}

std::string all_well(const Answer& answer) { return answer.model + " ended content finish 0 9/2"; }

ReplyStyle with_usage() {
  ReplyStyle style;
  style.include_usage = true;
  return style;
}

/// What a Tap saw and what came out of it.
struct Tapped {
  std::string seen, out;

  Tapped(Dialect dialect, const ReplyStyle& style, std::initializer_list<std::string_view> pieces) {
    Tap tap(dialect, style);
    for (const std::string_view piece : pieces) tap.feed(piece, out);
    tap.finish(out);
    seen = shown(tap.seen());
  }
};

/// The stream in two pieces, however it is cut, and byte by byte.
template <typename Check>
void with_every_split(const Answer& answer, const ReplyStyle& style, const Check& check) {
  const std::string_view text = answer.text;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    check(Tapped(answer.dialect, style, {text.substr(0, cut), text.substr(cut)}));
    if (testing::Test::HasFailure()) FAIL() << name_of(answer.dialect) << " cut at " << cut;
  }
  Tap tap(answer.dialect, style);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) tap.feed(text.substr(i, 1), out);
  tap.finish(out);
  Tapped bytewise(answer.dialect, style, {});
  bytewise.out = out;
  bytewise.seen = shown(tap.seen());
  check(bytewise);
}

TEST(Tap, passes_every_byte_on_and_sees_the_reply_however_it_is_cut) {
  for (const Answer& answer : streams()) {
    with_every_split(answer, with_usage(), [&](const Tapped& tapped) {
      EXPECT_EQ(tapped.out, answer.text);
      EXPECT_EQ(tapped.seen, all_well(answer));
    });
  }
}

TEST(Tap, passes_bytes_on_at_once) {
  for (const Answer& answer : streams()) {
    Tap tap(answer.dialect, with_usage());
    std::string out;
    tap.feed(answer.text.substr(0, 7), out);
    EXPECT_EQ(out, answer.text.substr(0, 7));
  }
}

/// Without the frame of the usage.
std::string without_usage(const std::string& stream) {
  const std::size_t usage = stream.find("\"choices\":[]");
  const std::size_t begin = stream.rfind("data:", usage);
  return stream.substr(0, begin) + stream.substr(stream.find("data:", usage));
}

TEST(Tap, leaves_the_usage_chunk_out_for_a_client_that_did_not_ask) {
  const Answer as_sent = streams().front();
  for (const auto* line_end : {"\n", "\r\n", "\r"}) {
    Answer answer = as_sent;
    answer.text = replaced(as_sent.text, "\n", line_end);
    with_every_split(answer, {}, [&](const Tapped& tapped) {
      EXPECT_EQ(tapped.out, without_usage(answer.text));
      EXPECT_EQ(tapped.seen, all_well(answer));
    });
  }
}

TEST(Tap, leaves_several_usage_chunks_out) {
  const std::string usage = "data: {\"choices\":[],\"usage\":{}}\r\n\r\n";
  const std::string rest = "data: {\"choices\":[]}\r\n\r\n";
  Answer answer = streams().front();
  answer.text = usage + usage + rest + usage + usage + usage + rest;
  with_every_split(answer, {}, [&](const Tapped& tapped) { EXPECT_EQ(tapped.out, rest + rest); });
}

TEST(Tap, knows_a_usage_chunk_in_any_spelling) {
  const std::string usage =
      "data:{ \"usage\" : { \"a\":1 },\ndata: \"object\":1 , \"choices\" : [ ] }\n\n";
  EXPECT_EQ(Tapped(Dialect::openai_chat, {}, {usage}).out, "");
}

TEST(Tap, passes_on_what_was_begun_when_the_stream_is_cut_off) {
  const std::string text = streams().front().text;
  for (const std::size_t length : {std::size_t{9}, std::size_t{100}, text.find("keepalive")}) {
    const std::string cut = text.substr(0, length);
    EXPECT_EQ(Tapped(Dialect::openai_chat, {}, {cut}).out, cut);
  }
}

TEST(Tap, notes_why_the_first_choice_ended) {
  Tap tap(Dialect::openai_chat, {});
  std::string out;
  tap.feed(
      "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
      "\"a\"},\"finish_reason\":\"length\"},{\"index\":1,\"delta\":{\"content\":\"b\"},"
      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
      out);
  tap.finish(out);
  EXPECT_EQ(tap.seen().finish, chat::Finish::length);
}

TEST(Tap, leaves_it_out_even_if_nothing_follows_it) {
  const std::string text = streams().front().text;
  const std::string cut = text.substr(0, text.find("\n\ndata: [DONE]"));
  const Tapped tapped(Dialect::openai_chat, {}, {cut});
  EXPECT_EQ(tapped.out + "data: [DONE]\n\n", without_usage(text));
}

TEST(Tap, keeps_usage_that_comes_with_something_else) {
  const std::string text =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\"usage\\\"\"}}],"
      "\"usage\":{\"prompt_tokens\":1}}\n\n"
      "data: {\"choices\":[],\"usage\":null}\n\n"
      "data: {\"usage\":{}}\n\ndata: {\"choices\":[],\"usage\n\ndata: [\"usage\"]\n\n";
  EXPECT_EQ(Tapped(Dialect::openai_chat, {}, {text}).out, text);
}

TEST(Tap, passes_a_frame_on_as_soon_as_it_is_whole) {
  Tap tap(Dialect::openai_chat, {});
  std::string out;
  tap.feed("data: {\"choices\":[]}\n\ndata: {", out);
  EXPECT_EQ(out, "data: {\"choices\":[]}\n\n");
  tap.feed("\"choices\":[]}\n", out);
  EXPECT_EQ(out, "data: {\"choices\":[]}\n\n");
  tap.feed("\n", out);
  EXPECT_EQ(out, "data: {\"choices\":[]}\n\ndata: {\"choices\":[]}\n\n");
}

TEST(Tap, keeps_an_endless_frame_flowing) {
  Tap tap(Dialect::openai_chat, {});
  const std::string much = "data: " + std::string(std::size_t{9} << 20, 'x');
  std::string out;
  std::size_t bytes = 0;
  for (int i = 0; i < 5; ++i) {
    tap.feed(much, out);
    bytes += out.size();
    out.clear();
  }
  EXPECT_EQ(bytes, 5 * much.size());
  EXPECT_TRUE(tap.seen().failure);
}

TEST(Tap, sees_that_a_stream_was_cut_off) {
  for (const Answer& answer : streams()) {
    const std::size_t first = answer.text.find("Hi") + 2;
    const std::string start = answer.text.substr(0, answer.text.find('\n', first) + 1) + "\n";
    const Tapped tapped(answer.dialect, with_usage(), {start});
    EXPECT_EQ(tapped.out, start);
    EXPECT_TRUE(tapped.seen.find(" ended content") != std::string::npos) << tapped.seen;
    EXPECT_TRUE(tapped.seen.ends_with(" failed 502")) << tapped.seen;
  }
}

TEST(Tap, sees_no_content_before_it_comes) {
  Tap tap(Dialect::anthropic, {});
  const std::string text = streams()[2].text;
  std::string out;
  tap.feed(text.substr(0, text.find("event: content_block_delta")), out);
  EXPECT_FALSE(tap.seen().content);
  EXPECT_FALSE(tap.seen().ended);
  EXPECT_EQ(tap.seen().model, "claude");
}

TEST(Tap, takes_a_call_for_content) {
  Tap tap(Dialect::anthropic, {});
  std::string out;
  tap.feed(
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":"
      "\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,"
      "\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
      "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n",
      out);
  EXPECT_TRUE(tap.seen().content);
}

TEST(Tap, sees_an_error_in_the_stream) {
  const Tapped tapped(Dialect::anthropic, {},
                      {"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                       "\"overloaded_error\",\"message\":\"busy\"}}\n\n"});
  EXPECT_TRUE(tapped.seen.starts_with(" ended failed 5")) << tapped.seen;
}

TEST(LookAtReply, sees_what_a_tap_sees) {
  for (const Answer& answer : replies()) {
    EXPECT_EQ(shown(look_at_reply(answer.dialect, answer.text)), all_well(answer));
  }
}

TEST(LookAtReply, sees_a_failure) {
  for (const Dialect dialect : chat::all_dialects) {
    const Seen seen = look_at_reply(dialect, "<html>");
    EXPECT_TRUE(seen.failure) << name_of(dialect);
    EXPECT_TRUE(seen.ended);
    EXPECT_FALSE(seen.content);
  }
}

TEST(LookAtReply, sees_that_there_is_no_content) {
  const std::string text = replaced(replies().front().text, "\"Hi\"", "\"\"");
  EXPECT_FALSE(look_at_reply(Dialect::openai_chat, text).content);
}

}  // namespace
}  // namespace omni::dialect
