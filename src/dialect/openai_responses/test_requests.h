#pragma once

#include <string_view>

namespace omni::dialect {

// For tests.

/// What Codex sends, made shorter.
inline constexpr std::string_view codex_request = R"({
  "model": "gpt-5.2-codex",
  "instructions": "You are a coding agent.",
  "input": [
    {"type": "message", "id": "msg_0", "role": "developer",
     "content": [{"type": "input_text", "text": "<permissions>workspace-write</permissions>"},
                 {"type": "input_text", "text": "<environment/>"}]},
    {"type": "message", "id": "msg_1", "role": "user",
     "content": [{"type": "input_text", "text": "Fix the bug."},
                 {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=",
                  "detail": "high"}]},
    {"type": "reasoning", "id": "rs_1",
     "summary": [{"type": "summary_text", "text": "**Looking**"}],
     "content": null, "encrypted_content": "gAAAAABoISQ"},
    {"type": "message", "id": "msg_2", "role": "assistant", "phase": "commentary",
     "content": [{"type": "output_text", "text": "I will look."}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "namespace": "mcp__docs",
     "name": "search", "arguments": "{\"query\":\"bug\"}"},
    {"type": "function_call_output", "id": "fco_1", "call_id": "call_1",
     "output": [{"type": "input_text", "text": "Found."}]},
    {"type": "custom_tool_call", "id": "ctc_1", "status": "completed", "call_id": "call_2",
     "name": "apply_patch", "input": "*** Begin Patch\n*** End Patch\n"},
    {"type": "custom_tool_call_output", "id": "ctco_1", "call_id": "call_2",
     "output": "{\"output\":\"Done\"}"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed",
     "action": {"type": "search", "query": "c++"}},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go on."}]}
  ],
  "tools": [
    {"type": "function", "name": "exec_command", "description": "Runs a command.", "strict": false,
     "parameters": {"type": "object", "properties": {"cmd": {"type": "string"}},
                    "required": ["cmd"], "additionalProperties": false}},
    {"type": "custom", "name": "apply_patch", "description": "Edits files.",
     "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch"}},
    {"type": "namespace", "name": "mcp__docs", "description": "Documentation.", "tools": [
      {"type": "function", "name": "search", "description": "Searches.", "strict": false,
       "parameters": {"type": "object", "properties": {"query": {"type": "string"}}}},
      {"type": "function", "name": "read", "description": "Reads.", "defer_loading": true,
       "parameters": {"type": "object", "properties": {}}}]},
    {"type": "web_search", "external_web_access": false}
  ],
  "tool_choice": "auto",
  "parallel_tool_calls": true,
  "reasoning": {"effort": "medium", "summary": "auto"},
  "store": false,
  "stream": true,
  "include": ["reasoning.encrypted_content"],
  "service_tier": null,
  "prompt_cache_key": "019a-thread",
  "text": {"verbosity": "low"},
  "client_metadata": {"x-codex-installation-id": "1b2c"}
})";

}  // namespace omni::dialect
