#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/dialect.h"

namespace omni::dialect {

// For tests: what each dialect says to tell "Hi", nine tokens in and two out.  Lines are folded
// here: one that begins with two blanks belongs to the line before it.

inline constexpr std::string_view chat_stream = R"(
data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5","choices":[{"index":0,
  "delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

: keepalive

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5","choices":[{"index":0,
  "delta":{"content":"Hi"},"finish_reason":null}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5","choices":[{"index":0,
  "delta":{},"finish_reason":"stop"}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-5","choices":[],
  "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}

data: [DONE]

)";

inline constexpr std::string_view responses_stream = R"(
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response",
  "created_at":1,"status":"in_progress","model":"gpt-5","output":[]}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,
  "item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,
  "content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,
  "content_index":0,"delta":"Hi"}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,
  "content_index":0,"text":"Hi"}

event: response.content_part.done
data: {"type":"response.content_part.done","sequence_number":5,"item_id":"msg_1","output_index":0,
  "content_index":0,"part":{"type":"output_text","text":"Hi","annotations":[]}}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,
  "item":{"id":"msg_1","type":"message","status":"completed","role":"assistant",
  "content":[{"type":"output_text","text":"Hi","annotations":[]}]}}

event: response.completed
data: {"type":"response.completed","sequence_number":7,"response":{"id":"resp_1",
  "object":"response","created_at":1,"status":"completed","model":"gpt-5",
  "output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant",
  "content":[{"type":"output_text","text":"Hi","annotations":[]}]}],
  "usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,
  "output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}}}

)";

inline constexpr std::string_view anthropic_stream = R"(
event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",
  "model":"claude","content":[],"stop_reason":null,"stop_sequence":null,
  "usage":{"input_tokens":9,"output_tokens":1}}}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},
  "usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

)";

inline constexpr std::string_view gemini_stream = R"(
data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"index":0}],
  "modelVersion":"gemini","responseId":"r1"}

data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP",
  "index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11},
  "modelVersion":"gemini","responseId":"r1"}

)";

inline constexpr std::string_view ollama_stream = R"(
{"model":"llama","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hi"},
  "done":false}
{"model":"llama","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":""},
  "done":true,"done_reason":"stop","total_duration":5,"load_duration":1,"prompt_eval_count":9,
  "prompt_eval_duration":1,"eval_count":2,"eval_duration":2}
)";

inline constexpr std::string_view chat_reply = R"(
{"id":"c1","object":"chat.completion","created":1,"model":"gpt-5","choices":[{"index":0,
  "message":{"role":"assistant","content":"Hi","refusal":null},"finish_reason":"stop",
  "logprobs":null}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}})";

inline constexpr std::string_view responses_reply = R"(
{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"gpt-5",
  "output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant",
  "content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":9,
  "input_tokens_details":{"cached_tokens":0},"output_tokens":2,
  "output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}})";

inline constexpr std::string_view anthropic_reply = R"(
{"id":"msg_1","type":"message","role":"assistant","model":"claude",
  "content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,
  "usage":{"input_tokens":9,"output_tokens":2}})";

inline constexpr std::string_view gemini_reply = R"(
{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP",
  "index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"totalTokenCount":11},
  "modelVersion":"gemini","responseId":"r1"})";

inline constexpr std::string_view ollama_reply = R"(
{"model":"llama","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":"Hi"},
  "done":true,"done_reason":"stop","total_duration":5,"load_duration":1,"prompt_eval_count":9,
  "prompt_eval_duration":1,"eval_count":2,"eval_duration":2})";

inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// What a model answered, unfolded.
struct Answer {
  chat::Dialect dialect;
  std::string model;
  std::string text;

  Answer(chat::Dialect speaks, std::string by, std::string_view folded)
      : dialect(speaks),
        model(std::move(by)),
        text(replaced(std::string(folded.substr(1)), "\n  ", "")) {}
};

inline std::vector<Answer> streams() {
  Answer gemini(chat::Dialect::gemini, "gemini", gemini_stream);
  gemini.text = replaced(gemini.text, "\n", "\r\n");
  return {{chat::Dialect::openai_chat, "gpt-5", chat_stream},
          {chat::Dialect::openai_responses, "gpt-5", responses_stream},
          {chat::Dialect::anthropic, "claude", anthropic_stream},
          std::move(gemini),
          {chat::Dialect::ollama, "llama", ollama_stream}};
}

inline std::vector<Answer> replies() {
  return {{chat::Dialect::openai_chat, "gpt-5", chat_reply},
          {chat::Dialect::openai_responses, "gpt-5", responses_reply},
          {chat::Dialect::anthropic, "claude", anthropic_reply},
          {chat::Dialect::gemini, "gemini", gemini_reply},
          {chat::Dialect::ollama, "llama", ollama_reply}};
}

}  // namespace omni::dialect
