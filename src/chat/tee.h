#pragma once

#include "chat/event.h"

namespace omni::chat {

/// Two who listen to one reply.  Either may be null.
class Tee final : public EventSink {
 public:
  Tee(EventSink* first, EventSink* second) : first_(first), second_(second) {}

  void on(const Event& event) override {
    if (first_ != nullptr) first_->on(event);
    if (second_ != nullptr) second_->on(event);
  }

 private:
  EventSink* first_;
  EventSink* second_;
};

}  // namespace omni::chat
