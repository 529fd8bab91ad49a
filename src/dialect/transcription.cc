#include "dialect/transcription.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/strings.h"
#include "dialect/cues.h"
#include "json/writer.h"

namespace omni::dialect {
namespace {

using Format = TranscriptionRequest::Format;
using Passage = Transcript::Passage;

// In the order of the enumeration.
constexpr std::array<std::string_view, 6> formats{"json",         "text", "srt",
                                                  "verbose_json", "vtt",  "diarized_json"};
static_assert(formats.size() == static_cast<std::size_t>(Format::diarized_json) + 1);

constexpr double seconds_max = 1e7;  // no recording lasts longer than some months
constexpr std::string_view unknown_media = "application/octet-stream";
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

struct Extension {
  std::string_view end, media;
};
constexpr std::array extensions{
    Extension{".mp3", "audio/mpeg"},  Extension{".mpga", "audio/mpeg"},
    Extension{".mpeg", "audio/mpeg"}, Extension{".wav", "audio/wav"},
    Extension{".m4a", "audio/mp4"},   Extension{".mp4", "audio/mp4"},
    Extension{".flac", "audio/flac"}, Extension{".ogg", "audio/ogg"},
    Extension{".oga", "audio/ogg"},   Extension{".opus", "audio/ogg"},
    Extension{".webm", "audio/webm"}};

bool is_yes(std::string_view value) {
  return value == "1" || equals_ignoring_case(value, "true");
}

/// "en", "pt-BR", or for some the word.
bool is_language(std::string_view text) {
  constexpr std::size_t bytes_max = 64;
  return text.size() <= bytes_max && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

Status set_format(std::string_view value, TranscriptionRequest& request) {
  const auto* const found = std::ranges::find(formats, value);
  if (found == formats.end()) {
    return Error(Error::Kind::bad_request,
                 "response_format must be json, text, srt, verbose_json, vtt or diarized_json");
  }
  request.format = static_cast<Format>(found - formats.begin());
  return Nothing{};
}

void write_words(const std::vector<Passage>& words, json::Writer& out) {
  out.key("words").begin_array();
  for (const Passage& word : words) {
    out.begin_object().key("word").text(word.text).key("start").number(word.begin);
    out.key("end").number(word.end).end_object();
  }
  out.end_array();
}

/// Clients read members of which only Whisper knows anything; they stand here as if nothing was
/// remarkable.
void write_segments(const std::vector<Passage>& segments, json::Writer& out) {
  out.key("segments").begin_array();
  std::int64_t id = 0;
  for (const Passage& segment : segments) {
    out.begin_object().key("id").integer(id++).key("seek").integer(0);
    out.key("start").number(segment.begin).key("end").number(segment.end);
    out.key("text").text(segment.text).key("tokens").begin_array().end_array();
    for (const std::string_view name :
         {"temperature", "avg_logprob", "compression_ratio", "no_speech_prob"}) {
      out.key(name).number(0);
    }
    out.end_object();
  }
  out.end_array();
}

std::string write_json(const Transcript& transcript, const TranscriptionRequest& request) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("text").text(transcript.text).key("task").text("transcribe");
  const std::string& language =
      transcript.language.empty() ? request.language : transcript.language;
  out.key("language").text(language).key("duration").number(transcript.duration);
  if (request.format == Format::verbose_json) {
    const bool only_words = request.wants_words && !request.wants_segments;
    if (request.wants_words) write_words(transcript.words, out);
    if (!only_words) write_segments(cues_of(transcript), out);
  }
  out.end_object();
  return text;
}

/// As a stream tells it that has heard all at once.
std::string write_events(const Transcript& transcript) {
  std::string text;
  const auto write_event = [&](std::string_view type, std::string_view member) {
    text.append("data: ");
    json::Writer out(text);
    out.begin_object().key("type").text(type).key(member).text(transcript.text).end_object();
    text.append("\n\n");
  };
  write_event("transcript.text.delta", "delta");
  write_event("transcript.text.done", "text");
  return text;
}

Result<TranscriptReply> write_cues(const Transcript& transcript, Format format) {
  const std::vector<Passage> cues = cues_of(transcript);
  if (cues.empty() && !trim(transcript.text).empty()) {
    return Error(Error::Kind::bad_request,
                 "This model tells no times, so it makes neither srt nor vtt");
  }
  if (format == Format::srt) {
    return TranscriptReply{.type = std::string(plain_text), .body = write_srt(cues)};
  }
  return TranscriptReply{.type = "text/vtt; charset=utf-8", .body = write_vtt(cues)};
}

Result<TranscriptReply> write(const Transcript& transcript, const TranscriptionRequest& request) {
  switch (request.format) {
    case Format::text:
      return TranscriptReply{.type = std::string(plain_text), .body = transcript.text + "\n"};
    case Format::srt:
    case Format::vtt:
      return write_cues(transcript, request.format);
    case Format::diarized_json:
      return Error(Error::Kind::bad_request, "This model does not tell who speaks");
    case Format::json:
    case Format::verbose_json:
      break;
  }
  if (request.stream && request.format == Format::json) {
    return TranscriptReply{.type = "text/event-stream", .body = write_events(transcript)};
  }
  return TranscriptReply{.type = "application/json", .body = write_json(transcript, request)};
}

}  // namespace

Status add_field(std::string_view name, std::string_view value, TranscriptionRequest& request) {
  if (name == "response_format") {
    if (Status known = set_format(value, request); !known) return known;
  } else if (name == "language") {
    if (!is_language(value)) {
      return Error(Error::Kind::bad_request, "language must be a code such as en");
    }
    request.language = value;
  } else if (name == "stream") {
    request.stream = is_yes(value);
  } else if (name == "timestamp_granularities[]" || name == "timestamp_granularities") {
    request.wants_words = request.wants_words || value == "word";
    request.wants_segments = request.wants_segments || value == "segment";
  }
  request.fields.emplace_back(name, value);
  return Nothing{};
}

std::string_view media_type_of(const TranscriptionRequest& request) {
  if (!request.media_type.empty() && request.media_type != unknown_media) {
    return request.media_type;
  }
  const std::string name = to_lower(request.file_name);
  const auto* const found = std::ranges::find_if(
      extensions, [&](const Extension& each) { return name.ends_with(each.end); });
  return found == extensions.end() ? unknown_media : found->media;
}

std::optional<chat::Usage> usage_of(const Transcript& transcript) {
  if (!(transcript.duration > 0)) return std::nullopt;
  chat::Usage usage;
  usage.audio_ms = std::llround(std::min(transcript.duration, seconds_max) * 1000);
  return usage;
}

Result<TranscriptReply> write_transcript(const Transcript& transcript,
                                         const TranscriptionRequest& request) {
  Result<TranscriptReply> reply = write(transcript, request);
  if (reply) reply->usage = usage_of(transcript);
  return reply;
}

}  // namespace omni::dialect
