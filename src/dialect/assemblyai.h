#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dialect/transcription.h"

namespace omni::dialect {

// AssemblyAI is asked three times: it takes the bytes and says where they are, it takes that for a
// job with a number, and it says how that job is until it is done.

/// Where the recording is, as the answer to its bytes says.
Result<std::string> read_upload(std::string_view body);
/// The job.
std::string assemblyai_job(const TranscriptionRequest& request, std::string_view recording_url);

/// What it says of a job.
struct AssemblyaiJob {
  enum class State : std::uint8_t { waits, done, failed };
  std::string id;
  State state = State::waits;
  std::string why;  // it failed
};
Result<AssemblyaiJob> read_job(std::string_view body);
/// Of a job that is done.
Result<Transcript> read_assemblyai(std::string_view body);

}  // namespace omni::dialect
