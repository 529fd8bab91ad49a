// POST /upload, the recording as the body → {"upload_url"}
// POST /transcript {"audio_url","speech_model","language_detection" or "language_code"} → {"id"}
// GET /transcript/ID → {"id","status":"queued|processing|completed|error","error","text",
//   "language_code","audio_duration" in seconds,"words":[{"text","start","end"}] in milliseconds}
#include "dialect/assemblyai.h"

#include <algorithm>

#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

constexpr std::size_t id_bytes_max = 128;

/// It becomes a part of a path.
bool is_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= id_bytes_max && std::ranges::all_of(text, fits);
}

AssemblyaiJob::State state_named(std::string_view status) {
  if (status == "completed") return AssemblyaiJob::State::done;
  return status == "error" ? AssemblyaiJob::State::failed : AssemblyaiJob::State::waits;
}

}  // namespace

Result<std::string> read_upload(std::string_view body) {
  json::ScratchReader reader;
  std::string url(reader->read(body, Error::Kind::upstream).at("upload_url").text());
  if (Status read = reader->finish(); !read) return read.error();
  return url;
}

std::string assemblyai_job(const TranscriptionRequest& request, std::string_view recording_url) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("audio_url").text(recording_url);
  out.key("speech_model").text(request.model);
  if (request.language.empty()) {
    out.key("language_detection").boolean(true);
  } else {
    out.key("language_code").text(request.language);
  }
  out.end_object();
  return text;
}

Result<AssemblyaiJob> read_job(std::string_view body) {
  json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  AssemblyaiJob job;
  const json::Value id = root.at("id");
  job.id = id.text();
  if (!is_id(job.id)) id.refuse("expected the name of a job");
  job.state = state_named(root.find("status").text());
  if (job.state == AssemblyaiJob::State::failed) job.why = root.find("error").text();
  if (Status read = reader->finish(); !read) return read.error();
  return job;
}

Result<Transcript> read_assemblyai(std::string_view body) {
  constexpr double millis = 1000;
  json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  Transcript transcript;
  transcript.text = root.find("text").text();
  transcript.language = root.find("language_code").text();
  transcript.duration = root.find("audio_duration").number();
  for (const json::Value word : root.find("words").items()) {
    transcript.words.push_back({.text = std::string(word.find("text").text()),
                                .begin = word.find("start").number() / millis,
                                .end = word.find("end").number() / millis});
  }
  if (Status read = reader->finish(); !read) return read.error();
  return transcript;
}

}  // namespace omni::dialect
