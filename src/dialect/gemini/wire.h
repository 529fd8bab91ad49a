#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chat/reply.h"
#include "chat/request.h"
#include "dialect/object_writer.h"
#include "json/reader.h"

namespace omni::dialect::gemini {

inline constexpr chat::Dialect own = chat::Dialect::gemini;

/// A member that has two spellings, for servers take both, and the bit of Extras::spelling that
/// stands for the second one.
struct Key {
  std::string_view camel, snake;
  std::uint32_t bit;
};

// The spelling of a Request

inline constexpr Key system_instruction{"systemInstruction", "system_instruction", 1U << 0};
inline constexpr Key tool_config{"toolConfig", "tool_config", 1U << 1};
inline constexpr Key generation_config{"generationConfig", "generation_config", 1U << 2};
inline constexpr Key calling_config{"functionCallingConfig", "function_calling_config", 1U << 3};
inline constexpr Key allowed_names{"allowedFunctionNames", "allowed_function_names", 1U << 4};
inline constexpr Key top_p{"topP", "top_p", 1U << 5};
inline constexpr Key top_k{"topK", "top_k", 1U << 6};
inline constexpr Key max_output_tokens{"maxOutputTokens", "max_output_tokens", 1U << 7};
inline constexpr Key stop_sequences{"stopSequences", "stop_sequences", 1U << 8};
inline constexpr Key candidate_count{"candidateCount", "candidate_count", 1U << 9};
inline constexpr Key presence_penalty{"presencePenalty", "presence_penalty", 1U << 10};
inline constexpr Key frequency_penalty{"frequencyPenalty", "frequency_penalty", 1U << 11};
inline constexpr Key response_mime_type{"responseMimeType", "response_mime_type", 1U << 12};
inline constexpr Key response_schema{"responseSchema", "response_schema", 1U << 13};
inline constexpr Key response_json_schema{"responseJsonSchema", "response_json_schema", 1U << 14};
inline constexpr Key thinking_config{"thinkingConfig", "thinking_config", 1U << 15};
inline constexpr Key thinking_budget{"thinkingBudget", "thinking_budget", 1U << 16};
inline constexpr Key thinking_level{"thinkingLevel", "thinking_level", 1U << 17};
inline constexpr Key include_thoughts{"includeThoughts", "include_thoughts", 1U << 18};
/// One object where a list of one would do; servers take that, and Google's own examples have it.
inline constexpr std::uint32_t contents_single = 1U << 19;
inline constexpr std::uint32_t tools_single = 1U << 20;
inline constexpr std::uint32_t level_in_lower_case = 1U << 21;
inline constexpr std::uint32_t mode_in_lower_case = 1U << 22;
inline constexpr std::uint32_t mode_validated = 1U << 23;
inline constexpr std::uint32_t mime_type_absent = 1U << 24;  // though there is a schema
inline constexpr std::uint32_t in_response_schema = 1U << 25;

// of a Message

inline constexpr std::uint32_t role_absent = 1U << 0;
inline constexpr std::uint32_t parts_absent = 1U << 1;
inline constexpr std::uint32_t parts_single = 1U << 2;
inline constexpr std::uint32_t in_contents = 1U << 3;  // a system message among the others
inline constexpr std::uint32_t as_text = 1U << 4;      // a systemInstruction that is a string

// of a Part

inline constexpr Key inline_data{"inlineData", "inline_data", 1U << 0};
inline constexpr Key file_data{"fileData", "file_data", 1U << 1};
inline constexpr Key function_call{"functionCall", "function_call", 1U << 2};
inline constexpr Key function_response{"functionResponse", "function_response", 1U << 3};
inline constexpr Key thought_signature{"thoughtSignature", "thought_signature", 1U << 4};
inline constexpr Key mime_type{"mimeType", "mime_type", 1U << 5};
inline constexpr Key file_uri{"fileUri", "file_uri", 1U << 6};
inline constexpr Key display_name{"displayName", "display_name", 1U << 7};
inline constexpr std::uint32_t text_absent = 1U << 8;
inline constexpr std::uint32_t id_absent = 1U << 9;  // the id is ours
inline constexpr std::uint32_t args_absent = 1U << 10;
inline constexpr std::uint32_t response_absent = 1U << 11;
inline constexpr std::uint32_t in_result = 1U << 12;  // the text came as {"result": text}
inline constexpr std::uint32_t in_output = 1U << 13;  // or {"output": text}
inline constexpr std::uint32_t url_safe = 1U << 14;   // base64 in the alphabet of addresses

// of a Tool

inline constexpr Key function_declarations{"functionDeclarations", "function_declarations",
                                           1U << 0};
inline constexpr Key parameters_json_schema{"parametersJsonSchema", "parameters_json_schema",
                                            1U << 1};
inline constexpr std::uint32_t in_parameters = 1U << 2;
inline constexpr std::uint32_t begins_entry = 1U << 3;  // the first of its object in the list
inline constexpr std::uint32_t declaration_single = 1U << 4;

// of a Choice

inline constexpr std::uint32_t content_absent = 1U << 0;
inline constexpr std::uint32_t content_role_absent = 1U << 1;
inline constexpr std::uint32_t content_parts_absent = 1U << 2;
inline constexpr std::uint32_t index_absent = 1U << 3;
inline constexpr std::uint32_t prompt_blocked = 1U << 4;  // there is no candidate

/// Whether a member has this name, and notes how it is spelled.
inline bool is(std::string_view name, const Key& key, std::uint32_t& spelling) {
  if (name == key.camel) return true;
  if (name != key.snake) return false;
  spelling |= key.bit;
  return true;
}
inline std::string_view spelled(const Key& key, std::uint32_t spelling) {
  return (spelling & key.bit) != 0 ? key.snake : key.camel;
}

/// The bits, where they are ours.
inline std::uint32_t spelling_of(const chat::Extras& extras) {
  return extras.dialect == own ? extras.spelling : 0;
}
void set_spelling(chat::Extras& extras, std::uint32_t bits);

// Members of nested objects that have no place in the model stand among the extras of the whole
// thing under their path, "generationConfig.speechConfig".  A known member that holds nothing
// (null, an empty text or list) stands there too, as it came.

inline constexpr std::string_view at_top{};
inline constexpr std::string_view at_generation_config = "generationConfig.";
inline constexpr std::string_view at_thinking_config = "generationConfig.thinkingConfig.";
inline constexpr std::string_view at_tool_config = "toolConfig.";
inline constexpr std::string_view at_calling_config = "toolConfig.functionCallingConfig.";
inline constexpr std::string_view at_function_call = "functionCall.";
inline constexpr std::string_view at_function_response = "functionResponse.";
inline constexpr std::string_view at_inline_data = "inlineData.";
inline constexpr std::string_view at_file_data = "fileData.";
inline constexpr std::string_view at_content = "content.";
/// Here stands what the model has in its own words, for home alone, so it is no loss abroad.
inline constexpr std::string_view as_it_came = "#came.";

void keep(chat::Extras& extras, std::string_view path, std::string_view name, json::Value value);
/// The raw value that keep() was given; nullptr if there was none.
const json::Raw* kept(const chat::Extras& extras, std::string_view path, std::string_view name);
/// Writes what was kept at a path, and not at a longer one; of extras of another dialect nothing.
void write_kept(ObjectWriter& object, const chat::Extras& extras, std::string_view path,
                Losses& losses);

/// Reads a text or texts; false where there is nothing in it.
inline bool take(std::string& out, json::Value value) {
  out = value.text();
  return !out.empty();
}

inline bool take(std::vector<std::string>& out, json::Value list) {
  for (const json::Value item : list.items()) out.emplace_back(item.text());
  return !out.empty();
}

/// Calls `visit` for every item of a list, or for an object that stands for a list of one.
/// Whether it did.
template <typename Visit>
bool for_each(json::Value list, std::uint32_t single, std::uint32_t& spelling, Visit&& visit) {
  if (list.kind() == json::Kind::object) {
    spelling |= single;
    visit(list);
    return true;
  }
  bool any = false;
  for (const json::Value item : list.items()) {
    any = true;
    visit(item);
  }
  return any;
}

/// Calls `read` for a member that is an object, unless it is an empty one, which is better kept.
/// Whether it did.
template <typename Read>
bool descend(json::Value value, Read&& read) {
  const bool empty =
      value.kind() == json::Kind::object && value.slice().find('"') == std::string_view::npos;
  if (!empty) read(value);
  return !empty;
}

/// Writes an object as a member of another, unless it would be empty.
template <typename Write>
void write_object(ObjectWriter& parent, std::string_view name, Write&& write) {
  std::string text;
  json::Writer writer(text);
  ObjectWriter object(writer, own);
  write(object);
  object.end();
  if (text != "{}") parent.key(name).raw(text);
}

/// Words of the wire are in capitals.  Servers take them in lower case as well, as the model has
/// them; the bit notes that.  Empty for any other spelling.
std::string small_word(json::Value value, std::uint32_t in_lower_case, std::uint32_t& spelling);
std::string capitals(std::string_view word);

/// How an answer ended.  `broken` is a call that the model got wrong, so there is no answer.
struct FinishRow {
  std::string_view word;
  chat::Finish finish;
  bool broken;
};
/// That of STOP for a word we do not know.
const FinishRow& finish_row(std::string_view word);
std::string_view word_of(chat::Finish finish);

chat::Usage read_usage(json::Value object);
void write_usage(json::Writer& out, const chat::Usage& usage);

}  // namespace omni::dialect::gemini
