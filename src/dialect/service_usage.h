#pragma once

#include <optional>

#include "chat/reply.h"
#include "json/reader.h"

namespace omni::dialect {

/// What a provider of OpenAI's kind says was used by what is no conversation: images, completions,
/// transcripts, rankings.  Nothing where it counts no tokens.
std::optional<chat::Usage> read_service_usage(json::Value usage);

}  // namespace omni::dialect
