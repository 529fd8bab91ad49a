#pragma once

#include <string>

#include "chat/event.h"
#include "chat/reply.h"

namespace omni::wire {

/// Writes events down, adjacent deltas of a part as one, so that equal texts mean equal replies
/// told in an equal order.
class Recorder final : public chat::EventSink {
 public:
  void on(const chat::Event& event) override;
  const std::string& text() const { return text_; }

 private:
  void write(const chat::ReplyBegin& begin);
  void write(const chat::PartBegin& begin);
  void write(const chat::PartDelta& delta);
  void write(const chat::PartEnd& end);
  void write(const chat::Aside& aside);
  void write(const chat::UsageSoFar& usage);
  void write(const chat::ChoiceEnd& end);
  void write(const chat::ReplyEnd& end);
  void write(const chat::ReplyFailed& failed);

  std::string text_;
  std::string open_delta_;  // the head of the delta that the next one may belong to
};

/// What a reply tells, in words, as far as a dialect can say it: thoughts, texts, calls, why it
/// ended, what it consumed.
struct Telling {
  std::string content;
  std::string usage;

  friend bool operator==(const Telling&, const Telling&) = default;
};
Telling telling_of(const chat::Reply& reply, chat::Dialect as_far_as);
std::string describe(const Telling& telling);

std::string describe(const chat::Failure& failure);

}  // namespace omni::wire
