#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "chat/collector.h"
#include "chat/reply.h"
#include "dialect/codec.h"

namespace omni::dialect {
namespace {

/// An answer with members that only its dialect has, in every place where there may be some.
struct Answer {
  chat::Dialect dialect;
  std::string_view body;
};
constexpr std::array<Answer, 5> answers{{
    {chat::Dialect::openai_chat, R"({"id": "x", "model": "q", "service_tier": "t", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "a",
                                 "annotations": [{"type": "url_citation"}]},
         "logprobs": {"content": [{"token": "a"}]}, "finish_reason": "stop"}]})"},
    {chat::Dialect::openai_responses, R"({"id": "r", "object": "response", "created_at": 1,
        "model": "g", "status": "completed", "metadata": {"a": "b"}, "output": [
        {"type": "message", "id": "m1", "status": "completed", "role": "assistant", "content": [
          {"type": "output_text", "text": "a", "logprobs": [{"token": "a"}],
           "annotations": [{"type": "url_citation", "url": "u"}]}]},
        {"type": "web_search_call", "id": "w", "status": "completed"}]})"},
    {chat::Dialect::anthropic, R"({"id": "m", "type": "message", "role": "assistant", "model": "c",
        "content": [{"type": "text", "text": "a", "citations": [{"type": "x"}]},
                    {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}],
        "stop_reason": "end_turn", "container": {"id": "c"},
        "usage": {"input_tokens": 1, "output_tokens": 1}})"},
    {chat::Dialect::gemini, R"({"candidates": [{"content": {"role": "model", "parts": [
          {"text": "a"}, {"executableCode": {"code": "1"}}]}, "finishReason": "STOP",
          "groundingMetadata": {"a": 1}, "avgLogprobs": -1}],
        "modelVersion": "g", "promptFeedback": {"x": 1}})"},
    {chat::Dialect::ollama, R"({"model": "l", "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": "a", "zz": 1}, "done": true,
        "done_reason": "stop", "yy": 1, "total_duration": 5})"},
}};

std::string listed(const Losses& losses) {
  std::set<std::string> names;
  for (const Losses::Entry& entry : losses.entries())
    names.insert(std::string(entry.row->name) + "(" + entry.detail + ")");
  std::string list;
  for (const std::string& name : names) list += name + " ";
  return list;
}

TEST(ReplyLosses, AreTheSameWholeAndStreamed) {
  for (const Answer& answer : answers) {
    const auto decoded = codec_for(answer.dialect).decode_reply(answer.body);
    const auto* const reply = std::get_if<chat::Reply>(&decoded);
    ASSERT_NE(reply, nullptr) << answer.body;
    for (const chat::Dialect client : chat::all_dialects) {
      const ReplyStyle style{.id = "012345678901234567890123"};
      Losses whole;
      codec_for(client).encode_reply(*reply, style, whole);
      std::string out;
      const auto stream = codec_for(client).stream_encoder(style, out);
      chat::replay(*reply, *stream);
      EXPECT_EQ(listed(whole), listed(stream->losses()))
          << chat::name_of(answer.dialect) << " to " << chat::name_of(client);
      EXPECT_EQ(whole.empty(), client == answer.dialect)
          << chat::name_of(answer.dialect) << " to " << chat::name_of(client);
    }
  }
}

}  // namespace
}  // namespace omni::dialect
