#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/event.h"
#include "dialect/codec.h"
#include "upstream/special/played.h"

namespace omni::upstream {

/// Makes of a reply that is told the pieces of a stream: a word, or a fragment of a call's input,
/// at a time, each with its pause.  The usage is told as providers do, first what went in and at
/// the end all of it.
class Telling final : public chat::EventSink {
 public:
  struct Pace {
    Millis word_pause{0};
    /// After so many words the answer fails.
    std::optional<std::size_t> words_before_failure;
  };

  Telling(const dialect::Codec& codec, const dialect::ReplyStyle& style, const Pace& pace)
      : encoder_(codec.stream_encoder(style, out_)), pace_(pace) {}

  void on(const chat::Event& event) override;
  std::vector<Played::Piece> take() && { return std::move(pieces_); }

 private:
  void pass_on(const chat::Event& event, Millis pause = Millis{0});
  void tell(const chat::PartDelta& delta);
  void tell(const chat::Usage& usage);
  void fail();

  std::string out_;
  std::unique_ptr<dialect::StreamEncoder> encoder_;
  Pace pace_;
  std::optional<chat::Usage> usage_;
  bool in_call_ = false;
  bool failed_ = false;
  std::vector<Played::Piece> pieces_;
};

}  // namespace omni::upstream
