#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/dialect.h"
#include "json/raw.h"

namespace omni::chat {

/// What one dialect says and this model has no name for.  Only a codec of the same dialect writes
/// it back, so nothing foreign leaks upstream; a codec of another one declares it as a loss.
struct Extras {
  Dialect dialect{};
  /// Which of several spellings of the same thing was used (a bare string or a list of one block).
  /// The bits are the codec's own; 0 is the spelling that it would choose itself.
  std::uint32_t spelling = 0;
  json::RawMembers members;

  bool empty() const { return spelling == 0 && members.empty(); }
};

/// Proof that a part came from a provider; worthless to any other provider.
struct Seal {
  std::string issuer;  // provider id; empty where nobody knows
  std::string bytes;   // signature, thought signature or encrypted content
};

struct Part;

struct Text {
  std::string text;
};

struct Refusal {
  std::string text;
};

/// What a model thought: the thoughts, or summaries of them, or neither where the provider keeps
/// them to itself and only seals them.
struct Reasoning {
  std::string text;
  std::vector<std::string> summary;
  bool redacted = false;  // the seal holds the thoughts themselves, unreadable
};

struct Media {
  enum class Kind : std::uint8_t { image, audio, video, document };
  /// What `payload` is.
  enum class Form : std::uint8_t { base64, url, file_id, text };
  Kind kind{};
  Form form{};
  std::string payload;
  std::string mime_type;  // "image/png"; may be empty for url and file_id
  std::string name;       // a file name or title
  std::string detail;     // how closely to look: "low", "high", "auto"
};

/// A model asks for a tool to be run.
struct ToolCall {
  /// What `input` is: a JSON object that was checked; the text of a freeform tool; or what should
  /// have been an object and is none, not even empty.
  enum class Form : std::uint8_t { object, freeform, broken };
  enum class Runner : std::uint8_t { client, provider };
  std::string id;
  std::string space;  // the namespace the tool is in, for dialects that have them
  std::string name;
  std::string input = "{}";
  Form form = Form::object;
  Runner runner = Runner::client;
};

struct ToolResult {
  std::string call_id;
  std::string name;  // of the tool, where the dialect says it
  std::vector<Part> content;
  bool is_error = false;
};

/// A whole item that one dialect has and this model has no name for.
struct Opaque {
  Dialect dialect{};
  json::Raw item = json::Raw::trusted("null");
};

/// One piece of a message, in the order in which it was said.
struct Part {
  std::variant<Text, Media, Reasoning, ToolCall, ToolResult, Refusal, Opaque> body;
  std::optional<Seal> seal;
  std::optional<json::Raw> cache_control;
  Extras extras;
};

/// Decides the form of an input that was meant to be an object: `object` if it is one, else
/// `broken`.  A text of nothing, of blanks or of null becomes `{}`.
void check_input(ToolCall& call);

/// The text of a Text, Refusal or Reasoning (whose summary is joined where it has no text), the
/// input of a ToolCall; empty for the others.
std::string text_of(const Part& part);

}  // namespace omni::chat
