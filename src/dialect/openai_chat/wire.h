#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "chat/reply.h"
#include "chat/request.h"
#include "dialect/codec.h"
#include "dialect/extras.h"
#include "dialect/object_writer.h"
#include "json/reader.h"

/// What the files of this codec share: the words of the dialect, each once for both directions, and
/// what is kept of members that the model has no name for.
namespace omni::dialect::openai_chat {

inline constexpr chat::Dialect own = chat::Dialect::openai_chat;

/// The bits of Extras::spelling.  0 is how the encoder spells it by itself.
namespace spelled {

// Of a Request
inline constexpr std::uint32_t max_completion_tokens = 1U << 0;  // else max_tokens
inline constexpr std::uint32_t bare_stop = 1U << 1;              // "stop":"text"
inline constexpr std::uint32_t stream_false = 1U << 2;           // said, not left out

// Of a Message
inline constexpr std::uint32_t listed_content = 1U << 0;  // where a string would do
inline constexpr std::uint32_t null_content = 1U << 1;
inline constexpr std::uint32_t no_content = 1U << 2;
inline constexpr std::uint32_t role_function = 1U << 3;  // the old name of role tool

// Of a Choice
inline constexpr std::uint32_t empty_content = 1U << 0;  // "", also beside calls or a refusal
inline constexpr std::uint32_t no_message_content = 1U << 1;
inline constexpr std::uint32_t no_refusal = 1U << 2;
inline constexpr std::uint32_t no_logprobs = 1U << 3;
inline constexpr std::uint32_t null_message_content = 1U << 4;  // null, also beside neither

// Of a Part
inline constexpr std::uint32_t made_id = 1U << 0;           // the wire had none
inline constexpr std::uint32_t no_type = 1U << 1;           // or an odd one, then in the extras
inline constexpr std::uint32_t old_call = 1U << 2;          // function_call instead of tool_calls
inline constexpr std::uint32_t empty_arguments = 1U << 3;   // ""
inline constexpr std::uint32_t no_arguments = 1U << 4;      // none, or null
inline constexpr std::uint32_t object_arguments = 1U << 5;  // not in a string
inline constexpr std::uint32_t odd_source = 1U << 6;        // Media: the extras say more of it
inline constexpr std::uint32_t listed_refusal = 1U << 7;    // a part of the content
inline constexpr std::uint32_t listed_call = 1U << 8;       // Opaque: stood in tool_calls
inline constexpr std::uint32_t as_reasoning = 1U << 9;      // else reasoning_content
inline constexpr std::uint32_t as_details = 1U << 10;       // reasoning_details alone
inline constexpr std::uint32_t as_image = 1U << 11;         // Media: image_url, whatever it holds
inline constexpr std::uint32_t as_file = 1U << 12;          // Media: file, likewise
inline constexpr std::uint32_t bare_data = 1U << 13;        // Media: base64 without its data URI
inline constexpr std::uint32_t bare_url = 1U << 14;         // Media: "image_url":"…"
inline constexpr std::uint32_t in_asides = 1U << 15;        // of a stream: asides tell it as well

// Of a Tool
inline constexpr std::uint32_t untyped = 1U << 0;         // or of an odd type, then in the extras
inline constexpr std::uint32_t flat = 1U << 1;            // members of `function` beside `type`
inline constexpr std::uint32_t in_functions = 1U << 2;    // the old name of tools
inline constexpr std::uint32_t search_options = 1U << 3;  // web_search_options

}  // namespace spelled

/// Settings that are plain numbers.
struct NumberName {
  std::string_view key;
  std::optional<double> chat::Sampling::*number;
};
inline constexpr std::array<NumberName, 4> number_names{{
    {"temperature", &chat::Sampling::temperature},
    {"top_p", &chat::Sampling::top_p},
    {"presence_penalty", &chat::Sampling::presence_penalty},
    {"frequency_penalty", &chat::Sampling::frequency_penalty},
}};
struct IntegerName {
  std::string_view key;
  std::optional<std::int64_t> chat::Sampling::*integer;
};
inline constexpr std::array<IntegerName, 3> integer_names{{
    {"top_k", &chat::Sampling::top_k},  // of many providers, not of OpenAI
    {"seed", &chat::Sampling::seed},
    {"n", &chat::Sampling::choices},
}};

/// Of what this codec has read itself only: at home.
inline bool is_spelled(const chat::Extras& extras, std::uint32_t bit) {
  return extras.dialect == own && (extras.spelling & bit) != 0;
}

inline void spell(chat::Extras& extras, std::uint32_t bit) {
  extras.dialect = own;
  extras.spelling |= bit;
}

/// A string, or nothing where something else stands.
inline std::string_view text_if(json::Value value) {
  return value.kind() == json::Kind::text ? value.text() : std::string_view{};
}

/// Something that another member can be told by: it holds something, and is no empty object.
bool says_something(json::Value value);

// extras.h, for this dialect.
inline void keep(chat::Extras& extras, std::string_view name, json::Value value) {
  dialect::keep(own, extras, name, value);
}
inline void keep_spelling(chat::Extras& extras, std::string_view name, json::Value value) {
  dialect::keep_spelling(own, extras, name, value);
}
inline const json::Raw* find_extra(const chat::Extras& extras, std::string_view name) {
  return dialect::find(own, extras, name);
}

/// The same extras, save those of these names.
chat::Extras without(const chat::Extras& extras, std::span<const std::string_view> names);

/// What is left of an inner object when its known members are taken out.  It stands among the
/// extras of the part or tool around it, under the inner object's name.
class Rest {
 public:
  /// What was read as well, if it is spelled oddly.
  void add(std::string_view name, std::string_view json);
  /// What was not.
  void add(std::string_view name, json::Value value);
  /// The object so far; empty if it has no members.
  std::string take() &&;
  void keep_as(std::string_view name, chat::Extras& extras) &&;

 private:
  std::string object_;
  bool says_something_ = false;
};

/// Ends an inner object with what Rest has kept of it.
void end_with_rest(ObjectWriter& object, const chat::Extras& extras, std::string_view name);

/// The members of a JSON object, or none.
chat::Extras members_of(std::string_view object);

/// An unknown word means that the model stopped.
chat::Finish finish_of(std::string_view word);
/// The provider's own word where it says the same, else ours.
std::string_view finish_word(chat::Finish finish, std::string_view own_word);

/// Whether what stands under stop_reason is the text at which the model stopped, as vLLM tells it,
/// and not one more word for why.
bool is_stop_sequence(std::string_view stop_reason);

/// Of a number that should have been whole and is at least 0.
std::int64_t whole_part(json::Value number);

/// Nothing where the object counts nothing.
std::optional<chat::Usage> read_usage(json::Value usage);
void write_usage(json::Writer& out, const chat::Usage& usage);

/// As chat::check_input, and says in the extras how the arguments were spelled.
void read_arguments(json::Value value, chat::ToolCall& call, chat::Extras& extras);

/// Under which ids a client is told of a reply and of its calls: at home as they came.
class ClientIds {
 public:
  ClientIds() = default;
  ClientIds(chat::Dialect source, std::string_view id, const ReplyStyle& style);

  const std::string& reply() const { return reply_; }
  std::string of_call(const chat::ToolCall& call, int choice, int part, Losses& losses) const;

 private:
  bool home_ = false;
  std::string reply_;
};

/// A finish_reason that says that there is no answer.
inline constexpr std::string_view broken_off = "error";
chat::Failure broken_off_failure();

/// Letters, digits, "_" and "-", so long at the most.
inline constexpr std::size_t call_id_length_max = 40;

// The directions of the codec, each in its own file.
Result<chat::Request> decode_request(std::string_view body);
Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints);
std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body);
std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses);
std::unique_ptr<StreamDecoder> make_stream_decoder();
std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out);

}  // namespace omni::dialect::openai_chat
