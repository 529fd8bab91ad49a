#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chat/request.h"
#include "dialect/openai_chat/wire.h"

/// What the messages of requests and of replies have in common, both directions side by side.
namespace omni::dialect::openai_chat {

// ---- reading ----

/// The members of a message that the model has names for.  What holds nothing stays absent here,
/// save the content.
struct WireMessage {
  json::Value role, name, content, tool_call_id;
  json::Value refusal, reasoning_content, reasoning, reasoning_details, tool_calls, function_call;

  /// Calls other(key, value) for members that are not the role's, and those that hold nothing.
  template <class Other>
  static WireMessage read(json::Value object, chat::Role role, const Other& other) {
    WireMessage message;
    for (const auto [key, value] : object.members()) {
      json::Value* const place = message.place_of(key, role);
      if (place != nullptr && (place == &message.content || !holds_nothing(value))) {
        *place = value;
      } else {
        other(key, value);
      }
    }
    return message;
  }

 private:
  json::Value* place_of(std::string_view key, chat::Role role);
};

/// One piece of a list of content.
chat::Part read_piece(json::Value piece);

/// One item of reasoning_details, which OpenRouter has brought into the world.
struct ReasoningDetail {
  std::string_view text, summary, signature, data;
  static ReasoningDetail read(json::Value item);
};

/// Appends what was thought, of however many of its three members there are: one part, and one for
/// each thought that is encrypted.
void read_reasoning(const WireMessage& message, std::vector<chat::Part>& parts);

/// One item of tool_calls; the id is empty where there is none.
chat::Part read_call(json::Value item);
/// The old spelling: {"name":…,"arguments":…}.
chat::Part read_old_call(json::Value call);

/// The members of a call in which a seal may stand.  Gemini wants it in the first one; LiteLLM and
/// others leave the wrapping out.
inline constexpr std::array<std::string_view, 3> seal_names{"extra_content", "thought_signature",
                                                            "thoughtSignature"};

/// A thought of which there is nothing but the seal.
chat::Part encrypted_thought(std::string_view data);

/// What was thought in a piece {"type":"thinking","thinking":"…" | [{"type":"text",…}]}, as
/// Mistral's models say it; nothing for other pieces.
std::optional<chat::Part> read_thinking_piece(json::Value piece);

/// Appends the pictures that a model has drawn, which stand beside its content:
/// [{"type":"image_url","image_url":{"url":"data:…"}}].  Nothing, and false, where the list holds
/// anything else or nothing.
bool read_pictures(json::Value images, std::vector<chat::Part>& parts);

/// The thought signature in {"google":{"thought_signature":"…"}}; empty if there is none.
std::string_view signature_in(json::Value extra_content);

// ---- writing ----

/// For whom parts are written.
struct Addressee {
  Losses& losses;
  const ToolNames& names;
  std::string_view seal_issuer;
  bool home = false;          // it said them itself
  bool cache_marks = false;   // it takes cache_control
  bool custom_tools = false;  // it knows tools that take text
  bool every_seal = false;    // it may keep the seals of any provider: a client
};

using Parts = std::span<const chat::Part* const>;

/// Only in what the user says abroad there may be media.
enum class Place : std::uint8_t { user, elsewhere };

/// Those that can stand in a message's content; the others are declared or written elsewhere.
std::vector<const chat::Part*> pieces_of(Parts parts, Place place, const Addressee& to);

/// The member `content`: a string where that says it all, null or nothing as it was spelled.
void write_content(ObjectWriter& message, Parts pieces, const chat::Extras& extras,
                   const Addressee& to);
/// A list, whatever it holds.
void write_list(json::Writer& out, Parts pieces, const Addressee& to);

/// Whether it can stand among a reply's images.
bool is_picture(const chat::Media& media);

/// The members that tell the thoughts among the parts, if there are any.
void write_reasoning(ObjectWriter& message, Parts parts, const Addressee& to);

/// One item of tool_calls under that id.
void write_call(json::Writer& out, const chat::Part& part, std::string_view id,
                const Addressee& to);

/// What stands under function_call.
void write_old_call(json::Writer& out, const chat::Part& part);

/// About how many bytes a part takes.
std::size_t size_of(const chat::Part& part);

/// "type" of an item that only one dialect has.
std::string type_of(const json::Raw& item);

/// The words for an audio format and the type that it stands for; nothing where OpenAI has none.
std::string_view audio_format_of(std::string_view mime_type);

}  // namespace omni::dialect::openai_chat
