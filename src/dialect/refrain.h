#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/event.h"
#include "dialect/framing.h"

namespace omni::dialect {

/// Most events of a streamed answer are, byte for byte, the event before with other words in it.
/// Such an event need not be read as JSON: what stands around its words says what it said before.
///
///     if (auto words = refrain.words_of(event)) return go_on(*words);  // where the last ones went
///     refrain.begin();
///     …  // reads the event, and tells what it says to the refrain
///     refrain.end(event);
///
/// It stands before the sink to see whether an event has said some words and nothing else.
class Refrain final : public chat::EventSink {
 public:
  /// Who listens changes with every call of a decoder.
  void set_sink(chat::EventSink& sink) { sink_ = &sink; }
  void on(const chat::Event& event) override;

  /// If the event differs in nothing but its words from the last one that was read.
  std::optional<std::string_view> words_of(const SseReader::Event& event) const;
  void begin();
  void end(const SseReader::Event& event);

 private:
  void learn(const SseReader::Event& event);

  chat::EventSink* sink_ = nullptr;
  int told_ = 0;            // by the event that is being read
  std::string_view words_;  // of it
  bool known_ = false;
  std::string name_, before_, after_;  // what stands around the words
};

}  // namespace omni::dialect
