#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "chat/event.h"

namespace omni::dialect {

/// What has been seen of a reply.
struct Seen {
  std::optional<chat::Usage> usage;
  std::optional<chat::Finish> finish;  // of the first choice
  std::optional<chat::Failure> failure;
  std::string model;
  bool content = false;  // something that a client can use has come
  std::size_t content_bytes = 0;
  std::size_t deltas = 0;  // in how many pieces it came
  bool ended = false;
};

/// Notes what a reply is about, and passes its events on to whoever listens as well.
class Witness final : public chat::EventSink {
 public:
  /// `next` may be null.
  explicit Witness(chat::EventSink* next = nullptr) : next_(next) {}

  void on(const chat::Event& event) override;

  const Seen& seen() const { return seen_; }
  /// Of the reply.
  const std::string& id() const { return id_; }

 private:
  void see(const chat::ReplyBegin& begin);
  void see(const chat::PartBegin& begin);
  void see(const chat::PartDelta& delta) {
    seen_.content |= !delta.text.empty();
    seen_.content_bytes += delta.text.size();
    ++seen_.deltas;
  }
  void see(const chat::UsageSoFar& usage) { seen_.usage = usage.usage; }
  void see(const chat::ChoiceEnd& end);
  void see(const chat::ReplyEnd&) { seen_.ended = true; }
  void see(const chat::ReplyFailed& failed);
  void see(const chat::PartEnd&) {}
  void see(const chat::Aside&) {}

  chat::EventSink* next_;
  Seen seen_;
  std::string id_;
};

}  // namespace omni::dialect
