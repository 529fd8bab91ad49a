// POST /audio/transcriptions, a form with file, model, response_format, … →
// {"text","usage"}, {"task","language","duration","text","words":[{"word","start","end"}],
//   "segments":[{"text","start","end",…}]}, or the text of response_format text, srt and vtt.
// usage: {"type":"tokens","input_tokens","input_token_details":{"audio_tokens"},"output_tokens"} or
//   {"type":"duration","seconds"}
#include "dialect/openai_chat/transcription.h"

#include "base/strings.h"
#include "dialect/service_usage.h"
#include "json/envelope.h"
#include "json/scratch_reader.h"

namespace omni::dialect {
namespace {

using Format = TranscriptionRequest::Format;
using Passage = Transcript::Passage;

bool is_json(Format format) {
  return format == Format::json || format == Format::verbose_json ||
         format == Format::diarized_json;
}

std::string media_of(std::string_view type) { return to_lower(trim(cut(type, ';'))); }

std::optional<chat::Usage> read_usage(json::Value usage) {
  if (usage.kind() != json::Kind::object) return std::nullopt;
  if (usage.find("type").text() != "duration") return read_service_usage(usage);
  return usage_of(Transcript{.duration = usage.find("seconds").number()});
}

std::vector<Passage> read_passages(json::Value list, std::string_view text) {
  std::vector<Passage> passages;
  for (const json::Value item : list.items()) {
    passages.push_back({.text = std::string(trim(item.find(text).text())),
                        .begin = item.find("start").number(),
                        .end = item.find("end").number()});
  }
  return passages;
}

struct Read {
  Transcript transcript;
  std::optional<chat::Usage> usage;
};

Result<Read> read_object(std::string_view body) {
  json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  Read read;
  Transcript& transcript = read.transcript;
  transcript.text = root.at("text").text();
  transcript.language = root.find("language").text();
  transcript.duration = root.find("duration").number();
  transcript.words = read_passages(root.find("words"), "word");
  transcript.segments = read_passages(root.find("segments"), "text");
  read.usage = read_usage(root.find("usage"));
  if (Status whole = reader->finish(); !whole) return whole.error();
  return read;
}

/// What we promise and it does not say.
Result<std::string> completed(std::string_view body, const TranscriptionRequest& request) {
  const Result<json::Envelope> said = json::Envelope::scan(body);
  if (!said) return Error(Error::Kind::upstream, said.error().message());
  std::vector<json::Envelope::Edit> edits;
  const auto add = [&](std::string_view name, json::Raw value) {
    if (said->find(name) == nullptr) edits.push_back({name, std::move(value)});
  };
  add("task", json::Raw::quote("transcribe"));
  add("language", json::Raw::quote(request.language));
  json::ScratchReader reader;
  const json::Value usage = reader->read(body).find("usage");
  const json::Value seconds =
      usage.kind() == json::Kind::object ? usage.find("seconds") : json::Value();
  const bool known = seconds.kind() == json::Kind::number;
  add("duration", known ? seconds.raw() : json::Raw::trusted("0"));
  return said->splice(edits);
}

/// It was asked for JSON and answers with the bare text, or the other way round.
bool answers_otherwise(bool has_json, Format format) { return has_json != is_json(format); }

}  // namespace

std::vector<TranscriptionRequest::Field> openai_fields(const TranscriptionRequest& request) {
  std::vector<TranscriptionRequest::Field> fields{{"model", request.model}};
  fields.insert(fields.end(), request.fields.begin(), request.fields.end());
  return fields;
}

Result<TranscriptReply> read_openai_transcript(std::string_view type, std::string body,
                                               const TranscriptionRequest& request) {
  const std::string media = media_of(type);
  const bool has_json = media == "application/json";
  if (!has_json) {
    if (media == "text/html" || !is_utf8(body)) {
      return Error(Error::Kind::upstream, "The answer is no transcript");
    }
    if (!answers_otherwise(has_json, request.format)) {
      return TranscriptReply{.type = std::string(type), .body = std::move(body)};
    }
    return write_transcript({.text = std::string(trim(body))}, request);
  }
  Result<Read> read = read_object(body);
  if (!read) return read.error();
  TranscriptReply reply;
  if (answers_otherwise(has_json, request.format)) {
    Result<TranscriptReply> written = write_transcript(read->transcript, request);
    if (!written) return written;
    reply = *std::move(written);
  } else {
    Result<std::string> whole = completed(body, request);
    if (!whole) return whole.error();
    reply = {.type = "application/json", .body = *std::move(whole)};
  }
  reply.usage = read->usage ? std::move(read->usage) : usage_of(read->transcript);
  return reply;
}

void TranscriptTap::feed(std::string_view bytes) {
  reader_.feed(bytes);
  look();
}

void TranscriptTap::finish() {
  reader_.finish();
  look();
}

void TranscriptTap::look() {
  while (const std::optional<SseReader::Event> event = reader_.next()) {
    json::ScratchReader reader;
    const json::Value root = reader->read(event->data);
    if (root.kind() != json::Kind::object) continue;
    if (root.find("type").text() != "transcript.text.done") continue;
    ended_ = true;
    if (auto usage = read_usage(root.find("usage")); usage && !reader->failed()) usage_ = usage;
  }
}

}  // namespace omni::dialect
