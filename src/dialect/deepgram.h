#pragma once

#include <string>
#include <string_view>

#include "dialect/transcription.h"

namespace omni::dialect {

/// Where Deepgram takes the bytes of a recording, and how: all that it is told stands in the query.
std::string deepgram_path(const TranscriptionRequest& request);
Result<Transcript> read_deepgram(std::string_view body);

}  // namespace omni::dialect
