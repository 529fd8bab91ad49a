#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/part.h"

namespace omni::chat {

enum class Role : std::uint8_t { system, developer, user, assistant, tool };

/// What one side said.  Messages stand as the client sent them: several in a row may have one role.
struct Message {
  Role role{};
  std::vector<Part> parts;
  std::string name;  // of the speaker
  Extras extras;
};

struct Tool {
  /// function: called with a JSON object of `schema`; freeform: called with text; builtin: run by
  /// the provider, such as "web_search", the one name that every codec knows.
  enum class Kind : std::uint8_t { function, freeform, builtin };
  Kind kind{};
  std::string space;  // the namespace it is in, for dialects that have them
  std::string name;
  std::string description;
  std::optional<json::Raw> schema;  // function: its parameters; freeform: its grammar
  std::optional<bool> strict;
  std::optional<json::Raw> cache_control;
  Extras extras;  // of a builtin: the whole definition's members
};

struct ToolChoice {
  enum class Mode : std::uint8_t { unset, automatic, none, required };
  Mode mode{};
  /// Only these may be called; with mode required and one name, that one must be.
  std::vector<std::string> allowed;
  std::optional<bool> parallel;
};

struct Sampling {
  std::optional<double> temperature, top_p, presence_penalty, frequency_penalty;
  std::optional<std::int64_t> top_k, seed, choices;
  std::vector<std::string> stop;
};

/// How much the model may think, as the client said it: by effort, by budget, or just on or off.
/// effort.h converts.
struct Thinking {
  enum class Mode : std::uint8_t { unset, off, on, adaptive };
  Mode mode{};
  std::string effort;  // "minimal", "low", "medium", "high", …; empty where it was not said
  std::optional<std::int64_t> budget_tokens;  // -1: as the model sees fit
  std::optional<bool> show_text;              // whether the client wants to read the thoughts
  /// Not said by the client, so the rest of the request was not made for it: what it is at odds
  /// with is fitted to it at home as well, and extras of what the client has said of it are void.
  bool imposed = false;
};

struct OutputFormat {
  enum class Kind : std::uint8_t { text, json, schema };
  Kind kind{};
  std::string name;
  std::string description;
  std::optional<json::Raw> schema;
  std::optional<bool> strict;
};

/// One question to a model: the whole conversation so far and how to answer it.
struct Request {
  Dialect source{};   // the dialect it was said in; there it is written back as it came
  std::string model;  // as the client wrote it
  std::vector<Message> messages;
  std::vector<Tool> tools;
  ToolChoice tool_choice;
  Sampling sampling;
  Thinking thinking;
  OutputFormat format;
  std::optional<std::int64_t> max_output_tokens;
  bool stream = false;
  bool stream_usage = false;     // the client wants to read the usage at the end of a stream
  bool stream_as_array = false;  // Gemini without alt=sse: the stream is one JSON array
  std::string end_user;
  Extras extras;
};

}  // namespace omni::chat
