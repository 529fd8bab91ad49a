#include "dialect/tap.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/collector.h"
#include "chat/grammar.h"
#include "dialect/framing.h"
#include "dialect/test_answers.h"

namespace omni::dialect {
namespace {

using chat::Dialect;

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
  std::string seen, fed, out;  // fed: what came out before the end

  Tapped(Dialect dialect, const ReplyStyle& style, std::initializer_list<std::string_view> pieces) {
    Tap tap(dialect, style);
    for (const std::string_view piece : pieces) tap.feed(piece, out);
    fed = out;
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
  Tapped bytewise(answer.dialect, style, {});
  bytewise.fed = out;
  tap.finish(out);
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

TEST(Tap, passes_comments_on_at_once_for_they_keep_the_client_waiting) {
  Tap tap(Dialect::openai_chat, {});
  std::string out;
  tap.feed(": one\n", out);
  tap.feed(": tw", out);
  EXPECT_EQ(out, ": one\n");
  tap.feed("o\ndata", out);
  EXPECT_EQ(out, ": one\n: two\n");
}

/// The frames that are whole in the first bytes of a stream.
std::string whole_frames(const Answer& answer, std::size_t length) {
  const std::string_view begun = std::string_view(answer.text).substr(0, length);
  const std::string_view end = answer.dialect == Dialect::ollama   ? "\n"
                               : answer.dialect == Dialect::gemini ? "\r\n\r\n"
                                                                   : "\n\n";
  const std::size_t last = begun.rfind(end);
  return last == std::string_view::npos ? "" : std::string(begun.substr(0, last + end.size()));
}

/// What a client reads who gets what came out of a Tap.
std::string read_back(Dialect dialect, std::string_view out) {
  chat::Collector collector;
  chat::GrammarSink grammar(&collector);
  const auto decoder = codec_for(dialect).stream_decoder();
  decoder->feed(out, grammar);
  decoder->finish(grammar);
  EXPECT_EQ(grammar.violation(), "");
  if (!collector.failure()) return "no failure";
  return std::to_string(collector.failure()->status) + " " + collector.failure()->message;
}

class CutStream : public testing::TestWithParam<Answer> {};

TEST_P(CutStream, ends_with_a_failure_behind_its_whole_frames_wherever_it_is_cut) {
  const Answer& answer = GetParam();
  const auto* const message = "Upstream ended the stream before the answer was complete";
  for (std::size_t length = 0; length < answer.text.size(); length += 3) {
    const std::string start = answer.text.substr(0, length);
    Tap tap(answer.dialect, with_usage());
    std::string out;
    for (std::size_t at = 0; at < length; at += 7) tap.feed(start.substr(at, 7), out);
    const std::string whole = out;
    EXPECT_TRUE(whole.starts_with(whole_frames(answer, length)));
    tap.finish(out);
    if (!tap.seen().failure) {
      EXPECT_EQ(out, start) << "the answer was complete at " << length;
      continue;
    }
    ASSERT_TRUE(out.starts_with(whole));
    ASSERT_GT(out.size(), whole.size());
    EXPECT_NE(read_back(answer.dialect, out).find(tap.seen().failure->message), std::string::npos)
        << "cut at " << length << ": " << out.substr(whole.size());
  }
  const std::string half = answer.text.substr(0, answer.text.find("Hi") + 1);
  const Tapped tapped(answer.dialect, with_usage(), {whole_frames(answer, half.size())});
  EXPECT_NE(read_back(answer.dialect, tapped.out).find(message), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Tap, CutStream, testing::ValuesIn(streams()),
                         [](const auto& row) { return std::string(name_of(row.param.dialect)); });

/// What a client gets behind the frame with "Hi" when nothing more comes.
std::string last_word(const Answer& answer) {
  const std::string& text = answer.text;
  const bool lines = answer.dialect == Dialect::ollama;
  const std::size_t end = text.find(lines                               ? "\n"
                                    : answer.dialect == Dialect::gemini ? "\r\n\r\n"
                                                                        : "\n\n",
                                    text.find("Hi"));
  const std::string start = text.substr(0, end + (lines                               ? 1
                                                  : answer.dialect == Dialect::gemini ? 4
                                                                                      : 2));
  const Tapped tapped(answer.dialect, with_usage(), {start, answer.text.substr(start.size(), 9)});
  EXPECT_TRUE(tapped.out.starts_with(start));
  return tapped.out.substr(start.size());
}

TEST(Tap, tells_that_a_stream_broke_off_as_its_dialect_does) {
  const std::vector<Answer> all = streams();
  EXPECT_TRUE(last_word(all[0]).starts_with("data: {\"error\":{\"message\":")) << last_word(all[0]);
  EXPECT_TRUE(last_word(all[0]).ends_with("}\n\ndata: [DONE]\n\n"));
  EXPECT_TRUE(last_word(all[2]).starts_with("event: error\ndata: {\"type\":\"error\",\"error\":{"));
  EXPECT_TRUE(last_word(all[3]).starts_with("data: {\"error\":{\"code\":502,"));
  EXPECT_TRUE(last_word(all[4]).starts_with("{\"error\":\""));
}

TEST(Tap, goes_on_counting_where_a_responses_stream_broke_off) {
  const Answer answer = streams()[1];
  const std::string last = last_word(answer);
  EXPECT_TRUE(last.starts_with("event: error\ndata: {\"type\":\"error\",")) << last;
  EXPECT_NE(last.find("\"sequence_number\":4}\n\nevent: response.failed\n"), std::string::npos)
      << last;
  EXPECT_NE(last.find("\"id\":\"resp_1\""), std::string::npos) << last;
  EXPECT_NE(last.find("\"model\":\"gpt-5\""), std::string::npos) << last;
  EXPECT_TRUE(last.ends_with("\"sequence_number\":5}\n\n")) << last;
  const Tapped nothing(Dialect::openai_responses, {}, {});
  EXPECT_TRUE(nothing.out.starts_with("event: response.created\n")) << nothing.out;
}

TEST(Tap, says_nothing_more_where_the_provider_told_of_its_failure) {
  const std::string failed =
      "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
      "\"message\":\"busy\"},\"request_id\":\"r\"}\n\n";
  EXPECT_EQ(Tapped(Dialect::anthropic, {}, {failed}).out, failed);
  EXPECT_EQ(Tapped(Dialect::anthropic, {}, {failed, "data: {\"hal"}).out, failed);
}

TEST(Tap, breaks_off_before_a_frame_that_is_garbage) {
  for (const Answer& answer : streams()) {
    const bool lines = answer.dialect == Dialect::ollama;
    const std::string begun = whole_frames(answer, answer.text.find("Hi") + 1);
    const std::string garbage = lines ? "{garbage\n" : "data: {garbage\n\n";
    const Tapped tapped(answer.dialect, with_usage(), {begun + garbage + answer.text, answer.text});
    ASSERT_TRUE(tapped.out.starts_with(begun)) << tapped.out;
    EXPECT_EQ(tapped.out.find("garbage"), std::string::npos) << tapped.out;
    EXPECT_TRUE(
        read_back(answer.dialect, tapped.out).ends_with(" Invalid JSON in the provider's stream"))
        << tapped.out;
    EXPECT_TRUE(tapped.seen.ends_with(" failed 502")) << tapped.seen;
  }
}

TEST(Tap, passes_on_what_stands_behind_the_end) {
  for (const Answer& answer : streams()) {
    const std::string late = answer.dialect == Dialect::ollama ? "{}" : ": late";
    const Tapped tapped(answer.dialect, with_usage(), {answer.text, late});
    EXPECT_EQ(tapped.out, answer.text + late);
  }
}

TEST(Tap, tells_of_a_failure_that_came_in_no_frame) {
  const std::string bare = R"({"error":{"code":429,"message":"slow down","status":"X"}})";
  for (const Answer& answer : streams()) {
    const Tapped tapped(answer.dialect, with_usage(), {bare});
    EXPECT_NE(read_back(answer.dialect, tapped.out), "no failure") << tapped.out;
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
  with_every_split(answer, {}, [&](const Tapped& tapped) { EXPECT_EQ(tapped.fed, rest + rest); });
}

TEST(Tap, knows_a_usage_chunk_in_any_spelling) {
  const std::string usage =
      "data:{ \"usage\" : { \"a\":1 },\ndata: \"object\":1 , \"choices\" : [ ] }\n\n";
  EXPECT_EQ(Tapped(Dialect::openai_chat, {}, {usage}).fed, "");
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
  const std::string stop = "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n";
  const std::string text =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\\"usage\\\"\"}}],"
      "\"usage\":{\"prompt_tokens\":1}}\n\n"
      "data: {\"choices\":[],\"usage\":null}\n\n"
      "data: {\"usage\":{}}\n\n" +
      stop;
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

TEST(Tap, ends_a_stream_with_an_endless_frame) {
  for (const Answer& answer : {streams().front(), streams().back()}) {
    Tap tap(answer.dialect, {});
    const std::string much(frame_bytes_max / 3, 'x');
    std::string out;
    tap.feed("data: {", out);
    for (int i = 0; i < 3; ++i) tap.feed(much, out);
    tap.feed("x", out);
    EXPECT_TRUE(tap.seen().failure);
    EXPECT_NE(read_back(answer.dialect, out).find(tap.seen().failure->message), std::string::npos)
        << out;
    const std::string told = out;
    tap.feed("\n\n" + answer.text, out);
    tap.finish(out);
    EXPECT_EQ(out, told);
  }
}

TEST(Tap, sees_that_a_stream_was_cut_off) {
  for (const Answer& answer : streams()) {
    const std::size_t first = answer.text.find("Hi") + 2;
    const std::string start = answer.text.substr(0, answer.text.find('\n', first) + 1) + "\n";
    const Tapped tapped(answer.dialect, with_usage(), {start});
    EXPECT_TRUE(tapped.out.starts_with(start));
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
