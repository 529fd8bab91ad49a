#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "chat/request.h"

namespace omni::chat {

/// Tokens of thought that an effort stands for: none and minimal 0, low 1024, medium 10240, high
/// and above 131072.  Nothing for a word we do not know.
std::optional<std::int64_t> budget_of(std::string_view effort);
/// "low", "medium", "high" or "xhigh"; "none" for 0; "medium" for -1, as the model sees fit.
std::string_view effort_of(std::int64_t budget_tokens);

/// The effort that was asked for, in words, whichever way it was said; empty where nothing was, or
/// the amount was left to the model.
std::string_view effort_of(const Thinking& thinking);
/// Likewise in tokens; -1 where the model decides; nothing where nothing was asked.
std::optional<std::int64_t> budget_of(const Thinking& thinking);

}  // namespace omni::chat
