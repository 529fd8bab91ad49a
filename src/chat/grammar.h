#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/event.h"

namespace omni::chat {

/// Checks that events obey the grammar of event.h, and passes them on.  Stands between every
/// decoder and what listens to it in tests and fuzz targets.
class GrammarSink final : public EventSink {
 public:
  explicit GrammarSink(EventSink* next = nullptr) : next_(next) {}
  void on(const Event& event) override;

  /// The first violation in words, empty if there was none.
  const std::string& violation() const { return violation_; }
  /// Whether the reply came to its end, good or bad.
  bool ended() const { return ended_; }

 private:
  struct ChoiceState {
    bool begun = false;
    bool ended = false;
    int parts = 0;  // the open one is the last
    bool open = false;
    bool whole = false;  // as all below, of the open part
    bool reasoning = false;
    bool sealed = false;
    int summary = -1;
  };

  /// What is wrong with an event, or nothing.
  std::string_view check(const ReplyBegin& begin);
  std::string_view check(const PartBegin& begin);
  std::string_view check(const PartDelta& delta);
  std::string_view check(const PartEnd& end);
  std::string_view check(const Aside& aside);
  std::string_view check(const UsageSoFar& so_far);
  std::string_view check(const ChoiceEnd& end);
  std::string_view check(const ReplyEnd& end);
  std::string_view check(const ReplyFailed& failed);
  ChoiceState* enter(int number, std::string_view& fault);

  EventSink* next_;
  std::vector<ChoiceState> choices_;
  std::string violation_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace omni::chat
