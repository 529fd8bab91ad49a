// Fuzzes what providers of transcripts answer.  The first byte says which of them; what it is, the
// client gets JSON that is valid, or subtitles whose cues have their times, or an error.

#include <cstdint>
#include <string>
#include <string_view>

#include "dialect/assemblyai.h"
#include "dialect/deepgram.h"
#include "dialect/openai_chat/transcription.h"
#include "json/raw.h"
#include "target.h"

namespace omni::dialect {
namespace {

using Format = TranscriptionRequest::Format;
using fuzz::require;

void check(const Result<TranscriptReply>& reply, Format format) {
  if (!reply) return;
  const std::string& body = reply->body;
  const bool is_json = reply->type == "application/json";
  if (is_json) require(static_cast<bool>(json::Raw::parse(body)), "valid JSON");
  if (format == Format::text) require(!is_json, "bare text");
  if (reply->usage) require(reply->usage->audio_ms >= 0, "time that has passed");
  if (reply->usage) require(reply->usage->input() >= 0, "tokens that were counted");
}

Result<TranscriptReply> read(char provider, std::string_view body,
                             const TranscriptionRequest& request) {
  if (provider == 'o') {
    const std::string_view type = body.starts_with('{') ? "application/json" : "text/plain";
    return read_openai_transcript(type, std::string(body), request);
  }
  const Result<Transcript> transcript =
      provider == 'd' ? read_deepgram(body) : read_assemblyai(body);
  if (!transcript) return transcript.error();
  return write_transcript(*transcript, request);
}

}  // namespace
}  // namespace omni::dialect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace omni::dialect;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.front() == 'a') {
    if (const auto job = read_job(input.substr(1))) omni::fuzz::require(!job->id.empty(), "an id");
  }
  for (const Format format : {Format::json, Format::text, Format::srt, Format::verbose_json,
                              Format::vtt, Format::diarized_json}) {
    TranscriptionRequest request;
    request.format = format;
    request.wants_words = true;
    check(read(input.front(), input.substr(1), request), format);
  }
  TranscriptTap tap;
  tap.feed(input);
  tap.finish();
  return 0;
}
