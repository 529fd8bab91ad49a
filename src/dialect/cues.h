#pragma once

#include <string>
#include <vector>

#include "dialect/transcription.h"

namespace omni::dialect {

/// What is shown at a time: the transcript's segments, or its words in lines that can be read, or
/// all of it for as long as it lasts.  None where no time is known.
std::vector<Transcript::Passage> cues_of(const Transcript& transcript);

/// SubRip, and WebVTT.
std::string write_srt(const std::vector<Transcript::Passage>& cues);
std::string write_vtt(const std::vector<Transcript::Passage>& cues);

}  // namespace omni::dialect
