// What the requests, replies and streams of this dialect have in common.
//
//     "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4,
//                       "toolUsePromptTokenCount": 2, "candidatesTokenCount": 5,
//                       "thoughtsTokenCount": 7, "totalTokenCount": 24,
//                       "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}]}

#include "dialect/gemini/wire.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace omni::dialect::gemini {

using chat::Finish;
using json::Value;

void set_spelling(chat::Extras& extras, std::uint32_t bits) {
  if (bits == 0) return;
  extras.dialect = own;
  extras.spelling |= bits;
}

namespace {

constexpr std::array<std::string_view, 10> nested{
    "generationConfig.", "thinkingConfig.",   "toolConfig.", "functionCallingConfig.",
    "functionCall.",     "functionResponse.", "inlineData.", "fileData.",
    "content.",          as_it_came};

bool is_nested(std::string_view name) {
  return std::any_of(nested.begin(), nested.end(),
                     [&](std::string_view path) { return name.starts_with(path); });
}

}  // namespace

void keep(chat::Extras& extras, std::string_view path, std::string_view name, Value value) {
  extras.dialect = own;
  std::string key(path);
  if (is_nested(name) && !name.starts_with(note)) key += verbatim;  // no path, but a name like one
  extras.members.emplace_back(key.append(extra_name(name)), value.raw());
}

const json::Raw* kept(const chat::Extras& extras, std::string_view path, std::string_view name) {
  if (extras.dialect != own) return nullptr;
  for (const auto& [key, value] : extras.members) {
    const std::string_view whole = key;
    if (whole.starts_with(path) && whole.substr(path.size()) == name) return &value;
  }
  return nullptr;
}

void write_kept(ObjectWriter& object, const chat::Extras& extras, std::string_view path,
                Losses& losses) {
  if (extras.dialect != own || extras.members.empty()) return;
  chat::Extras here;
  here.dialect = own;
  for (const auto& [key, value] : extras.members) {
    const std::string_view whole = key;
    if (!whole.starts_with(path)) continue;
    const std::string_view name = whole.substr(path.size());
    if (!is_nested(name)) here.members.emplace_back(name, value);
  }
  object.extras(here, losses);
}

std::string small_word(Value value, std::uint32_t in_lower_case, std::uint32_t& spelling) {
  const std::string_view word = value.text();
  const auto has_between = [&](char first, char last) {
    return std::any_of(word.begin(), word.end(), [=](char c) { return c >= first && c <= last; });
  };
  const bool capital = has_between('A', 'Z'), small = has_between('a', 'z');
  if (capital == small) return {};
  if (small) spelling |= in_lower_case;
  return to_lower(word);
}

std::string capitals(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

namespace {

/// Of each finish the first row is the word that we write.
constexpr std::array<FinishRow, 21> finishes{{
    {"STOP", Finish::stop, false},
    {"MAX_TOKENS", Finish::length, false},
    {"SAFETY", Finish::content_filter, false},
    {"RECITATION", Finish::content_filter, false},
    {"LANGUAGE", Finish::content_filter, false},
    {"BLOCKLIST", Finish::content_filter, false},
    {"PROHIBITED_CONTENT", Finish::content_filter, false},
    {"SPII", Finish::content_filter, false},
    {"MODEL_ARMOR", Finish::content_filter, false},
    {"IMAGE_SAFETY", Finish::content_filter, false},
    {"IMAGE_PROHIBITED_CONTENT", Finish::content_filter, false},
    {"IMAGE_RECITATION", Finish::content_filter, false},
    {"OTHER", Finish::stop, false},
    {"NO_IMAGE", Finish::stop, false},
    {"IMAGE_OTHER", Finish::stop, false},
    {"FINISH_REASON_UNSPECIFIED", Finish::stop, false},
    {"MALFORMED_FUNCTION_CALL", Finish::stop, true},
    {"UNEXPECTED_TOOL_CALL", Finish::stop, true},
    {"TOO_MANY_TOOL_CALLS", Finish::stop, true},
    {"MISSING_THOUGHT_SIGNATURE", Finish::stop, true},
    {"MALFORMED_RESPONSE", Finish::stop, true},
}};

}  // namespace

const FinishRow& finish_row(std::string_view word) {
  for (const FinishRow& row : finishes) {
    if (row.word == word) return row;
  }
  return finishes.front();
}

std::string_view word_of(Finish finish) {
  for (const FinishRow& row : finishes) {
    if (row.finish == finish) return row.word;
  }
  return finishes.front().word;
}

namespace {

/// A count that can be added to others whatever a provider said.
std::int64_t count_of(Value value) {
  constexpr std::int64_t count_max = std::int64_t{1} << 53;
  return std::clamp<std::int64_t>(value.integer(), 0, count_max);
}

std::int64_t tokens_of(std::string_view wanted, Value details) {
  std::int64_t tokens = 0;
  for (const Value detail : details.items()) {
    std::string_view modality;
    std::int64_t count = 0;
    for (const auto [key, value] : detail.members()) {
      if (value.is_null()) continue;
      if (key == "modality") modality = value.text();
      if (key == "tokenCount") count = count_of(value);
    }
    if (modality == wanted) tokens = std::max(tokens, count);
  }
  return tokens;
}

}  // namespace

chat::Usage read_usage(Value object) {
  chat::Usage usage;
  std::int64_t prompt = 0, tool_use = 0, cached = 0, candidates = 0;
  std::int64_t audio_in = 0, audio_cached = 0, audio_out = 0, image_out = 0;
  for (const auto [key, value] : object.members()) {
    if (value.is_null()) continue;
    if (key == "promptTokenCount") {
      prompt = count_of(value);
    } else if (key == "candidatesTokenCount") {
      candidates = count_of(value);
    } else if (key == "thoughtsTokenCount") {
      usage.output_reasoning = count_of(value);
    } else if (key == "cachedContentTokenCount") {
      cached = count_of(value);
    } else if (key == "toolUsePromptTokenCount") {
      tool_use = count_of(value);
    } else if (key == "promptTokensDetails") {
      audio_in = tokens_of("AUDIO", value);
    } else if (key == "cacheTokensDetails") {
      audio_cached = tokens_of("AUDIO", value);
    } else if (key == "candidatesTokensDetails") {
      audio_out = tokens_of("AUDIO", value);
      image_out = tokens_of("IMAGE", value);
    }
  }
  const std::int64_t input = prompt + tool_use;
  usage.input_cache_read = std::min(cached, input);
  usage.input_audio =
      std::clamp<std::int64_t>(audio_in - audio_cached, 0, input - usage.input_cache_read);
  usage.input_fresh = input - usage.input_cache_read - usage.input_audio;
  usage.output_audio = std::min(audio_out, candidates);
  usage.output_image = std::min(image_out, candidates - usage.output_audio);
  usage.output_text = candidates - usage.output_audio - usage.output_image;
  usage.wire = chat::Opaque{own, object.raw()};
  return usage;
}

void write_usage(json::Writer& out, const chat::Usage& usage) {
  if (usage.wire && usage.wire->dialect == own) {
    out.raw(usage.wire->item);
    return;
  }
  out.begin_object();
  out.key("promptTokenCount").integer(usage.input());
  out.key("candidatesTokenCount").integer(usage.output() - usage.output_reasoning);
  out.key("totalTokenCount").integer(usage.input() + usage.output());
  if (usage.input_cache_read > 0)
    out.key("cachedContentTokenCount").integer(usage.input_cache_read);
  if (usage.output_reasoning > 0) out.key("thoughtsTokenCount").integer(usage.output_reasoning);
  out.end_object();
}

}  // namespace omni::dialect::gemini
