#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "chat/reply.h"
#include "chat/request.h"
#include "dialect/codec.h"
#include "dialect/extras.h"
#include "json/reader.h"

/// What the files of this codec share: how the dialect spells things and what a spelling bit means.
namespace omni::dialect::openai_responses {

inline constexpr chat::Dialect own = chat::Dialect::openai_responses;

// The bits of Extras::spelling.  0 is how the encoder spells it by itself.
namespace spelled {

// Of a Request
inline constexpr std::uint32_t bare_input = 1U << 0;      // "input":"text"
inline constexpr std::uint32_t stream_false = 1U << 1;    // said, not left out
inline constexpr std::uint32_t text_format = 1U << 2;     // "text":{"format":{"type":"text"}}
inline constexpr std::uint32_t custom_choice = 1U << 3;   // tool_choice {"type":"custom"}
inline constexpr std::uint32_t allowed_choice = 1U << 4;  // tool_choice {"type":"allowed_tools"}
inline constexpr std::uint32_t empty_tools = 1U << 5;     // "tools":[]
inline constexpr unsigned summary_shift = 6;              // two bits: 1 + the number of the word
inline constexpr std::uint32_t summary_mask = 3U << summary_shift;

// Of a Message
inline constexpr std::uint32_t in_input = 1U << 0;      // a system text that is an item
inline constexpr std::uint32_t untyped = 1U << 1;       // a message without "type"
inline constexpr std::uint32_t bare_content = 1U << 2;  // "content":"text"

// Of a Part; those of one line exclude each other
inline constexpr std::uint32_t input_text = 1U << 0;      // of an assistant
inline constexpr std::uint32_t output_text = 1U << 1;     // of somebody else
inline constexpr std::uint32_t plain_text = 1U << 2;      // "type":"text"
inline constexpr std::uint32_t in_content = 1U << 3;      // Opaque: a piece of a message, no item
inline constexpr std::uint32_t same_item = 1U << 4;       // of a reply: goes on with the message
inline constexpr std::uint32_t from_extras = 1U << 5;     // Media: the extras say it better
inline constexpr std::uint32_t bare_base64 = 1U << 6;     // file_data that is no data URI
inline constexpr std::uint32_t content_said = 1U << 7;    // Reasoning: "content" with one text
inline constexpr std::uint32_t local_shell = 1U << 8;     // call and result of that tool
inline constexpr std::uint32_t empty_input = 1U << 9;     // "arguments":""
inline constexpr std::uint32_t custom_output = 1U << 10;  // the result of a freeform tool
inline constexpr std::uint32_t listed_output = 1U << 11;  // a list where a text would do
inline constexpr std::uint32_t no_summary = 1U << 12;     // Reasoning

// Of a Choice
inline constexpr std::uint32_t no_status = 1U << 0;

// Of a Tool
inline constexpr std::uint32_t opens_space = 1U << 0;        // the first of its namespace object
inline constexpr std::uint32_t empty_description = 1U << 1;  // "description":""
inline constexpr std::uint32_t in_item = 1U << 2;            // stands in an item of the input

}  // namespace spelled

/// Extras under which members of another object travel: of a namespace with its first tool, of a
/// message with the first part of it in a reply, of the request that an answer repeats; and all of
/// an item that brings tools, with a message that says nothing.
inline constexpr std::string_view space_members = "#namespace";
inline constexpr std::string_view item_members = "#item";
inline constexpr std::string_view echo_members = "#echo";
inline constexpr std::string_view item_of_tools = "#tools";

/// Words for reasoning.summary, in the order of the spelling bits.
inline constexpr std::array<std::string_view, 3> summary_words{"auto", "concise", "detailed"};

/// All web search tools, the first of which is ours to write.
inline constexpr std::array<std::string_view, 4> web_search_types{
    "web_search", "web_search_preview", "web_search_2025_08_26", "web_search_preview_2025_03_11"};

/// How an answer ended.  A reason stands in incomplete_details.
struct Ending {
  std::string_view status;
  std::string_view reason;
  chat::Finish finish;
};
inline constexpr std::array<Ending, 7> endings{{
    // Of a finish the first row counts.
    {"completed", "", chat::Finish::stop},
    {"incomplete", "max_output_tokens", chat::Finish::length},
    {"incomplete", "content_filter", chat::Finish::content_filter},
    {"completed", "", chat::Finish::tool_calls},
    {"completed", "", chat::Finish::paused},
    {"in_progress", "", chat::Finish::stop},
    {"queued", "", chat::Finish::stop},
}};
const Ending& ending_of(chat::Finish finish);

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

/// The extras that a JSON object makes, for members that travel under a name of their own.
chat::Extras members_of(const json::Raw& object);

/// Of what this codec has read itself only.
inline bool is_spelled(const chat::Extras& extras, std::uint32_t bit) {
  return extras.dialect == own && (extras.spelling & bit) != 0;
}

/// Whether a part is a piece of a message and not an item.
bool is_piece(const chat::Part& part);

/// "type" of an item or part that only one dialect has; empty where there is none.
std::string type_of(const json::Raw& item);

// The directions of the codec, each in its own file.
Result<chat::Request> decode_request(std::string_view body);
Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints);
std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body);
std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses);
std::unique_ptr<StreamDecoder> make_stream_decoder();
std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out);
/// Of an object that says so in its members, or in those of its member "error".
chat::Failure read_failure(json::Value object);
/// The word for it in a response object.
std::string_view failure_code(const chat::Failure& failure);

}  // namespace omni::dialect::openai_responses
