#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/framing.h"
#include "dialect/transcription.h"

namespace omni::dialect {

/// The fields of a form for OpenAI's kin, without the file: what the client's said, of another
/// model.
std::vector<TranscriptionRequest::Field> openai_fields(const TranscriptionRequest& request);

/// What came of such a form.  What is in the client's format goes through with all that it says;
/// of JSON that lacks what clients of this gateway are promised, that is added.
Result<TranscriptReply> read_openai_transcript(std::string_view type, std::string body,
                                               const TranscriptionRequest& request);

/// Looks for what was used in a stream of `transcript.text.…` events that goes through as it comes.
class TranscriptTap {
 public:
  void feed(std::string_view bytes);
  void finish();
  bool ended() const { return ended_; }
  const std::optional<chat::Usage>& usage() const { return usage_; }

 private:
  void look();

  SseReader reader_;
  bool ended_ = false;
  std::optional<chat::Usage> usage_;
};

}  // namespace omni::dialect
