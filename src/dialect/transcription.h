#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "chat/reply.h"

namespace omni::dialect {

/// What a client wants of a recording, beside the recording itself.
struct TranscriptionRequest {
  enum class Format : std::uint8_t { json, text, srt, verbose_json, vtt, diarized_json };
  using Field = std::pair<std::string, std::string>;

  std::string model;     // as the provider knows it
  std::string language;  // empty: to be found out
  Format format = Format::json;
  bool wants_words = false;     // with their times, in verbose_json
  bool wants_segments = false;  // the same; they come where nothing is wanted, too
  bool stream = false;
  /// What the client's form says, in its order, without `file` and `model`: for OpenAI's kin.
  std::vector<Field> fields;
  std::string file_name;
  std::string media_type;  // of the file, as the client says it; may be empty
};

/// Understands a field of the form, and keeps it.
Status add_field(std::string_view name, std::string_view value, TranscriptionRequest& request);
/// As the client says it, or else by the name of the file.
std::string_view media_type_of(const TranscriptionRequest& request);

/// What was said in a recording.  Times are seconds from its beginning.
struct Transcript {
  struct Passage {
    std::string text;
    double begin = 0;
    double end = 0;
  };

  std::string text;
  std::string language;  // empty: not known
  double duration = 0;   // 0: not known
  std::vector<Passage> words;
  std::vector<Passage> segments;  // sentences, or what comes near
};

/// The time that was listened to; nothing where it is not known.
std::optional<chat::Usage> usage_of(const Transcript& transcript);

/// A transcript on its way to the client.
struct TranscriptReply {
  std::string type;  // of its content
  std::string body;
  /// Nothing where the provider does not count.
  std::optional<chat::Usage> usage = {};
};

/// In the form that was asked for, with what was used as far as its times say; an error where the
/// transcript lacks what that form is made of.
Result<TranscriptReply> write_transcript(const Transcript& transcript,
                                         const TranscriptionRequest& request);

}  // namespace omni::dialect
