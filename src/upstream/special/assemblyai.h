#pragma once

#include <memory>

#include "dialect/transcription.h"
#include "net/spool.h"
#include "upstream/upstream.h"

namespace omni::upstream {

/// The code of an error that says in AssemblyAI's words why a recording cannot be written down.
inline constexpr std::string_view unheard_code = "transcript_failed";

/// Gives AssemblyAI a recording and asks again and again until it has been written down: the answer
/// is what it said last.  `Upstream::polling` counts from the beginning of the job.
net::Task<Result<std::unique_ptr<Answer>>> ask_assemblyai(
    Upstream& upstream, const Destination& destination,
    const dialect::TranscriptionRequest& request, net::ByteSource& recording);

}  // namespace omni::upstream
