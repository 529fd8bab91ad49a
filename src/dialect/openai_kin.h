#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "chat/request.h"
#include "json/writer.h"

namespace omni::dialect {

// What the codecs of OpenAI Chat and OpenAI Responses have in common.

/// The word for how much to think.  Many models refuse the effort "none", so off is said by saying
/// nothing, unless the client has found a word for it.
std::string_view openai_effort(const chat::Thinking& thinking);
/// Whether that is not what the client has said, or not all of it.
bool converts_effort(const chat::Thinking& thinking);

/// What a function takes, for a provider: OpenAI refuses an object of which no properties are told,
/// even if it has none.
void write_parameters(json::Writer& out, const std::optional<json::Raw>& schema);

/// Members of a request that OpenAI Chat and OpenAI Responses spell and mean alike, so that the
/// codec of one may write what that of the other has kept among the extras.  `verbosity` is not
/// among them: Responses has it inside of `text`.
inline constexpr std::array<std::string_view, 9> openai_kin_members{"metadata",
                                                                    "moderation",
                                                                    "prompt_cache_key",
                                                                    "prompt_cache_options",
                                                                    "prompt_cache_retention",
                                                                    "safety_identifier",
                                                                    "service_tier",
                                                                    "store",
                                                                    "top_logprobs"};

constexpr bool is_openai(chat::Dialect dialect) {
  return dialect == chat::Dialect::openai_chat || dialect == chat::Dialect::openai_responses;
}

/// Whether a codec of either of the two may write this extra of a request.
constexpr bool may_write_to_openai_kin(chat::Dialect extra_of, std::string_view name) {
  return is_openai(extra_of) &&
         std::ranges::find(openai_kin_members, name) != openai_kin_members.end();
}

}  // namespace omni::dialect
