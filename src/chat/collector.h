#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/event.h"

namespace omni::chat {

/// Gathers a streamed reply into a whole one (for clients that do not stream, caches, logs).
/// Asides of the reply's own dialect become extras of their part or choice, at the end: arrays
/// under the same key are joined, objects merged, of other values the last one counts.
class Collector final : public EventSink {
 public:
  void on(const Event& event) override;

  /// Whether ReplyEnd has come.
  bool complete() const { return complete_; }
  /// Set after ReplyFailed.
  const std::optional<Failure>& failure() const { return failure_; }
  /// What came so far.
  const Reply& reply() const { return reply_; }
  Reply take() && { return std::move(reply_); }

 private:
  void tell(const ReplyBegin& begin);
  void tell(const PartBegin& begin);
  void tell(const PartDelta& delta);
  void tell(const PartEnd& end);
  void tell(const Aside& aside);
  void tell(const UsageSoFar& so_far);
  void tell(const ChoiceEnd& end);
  void tell(const ReplyEnd& end);
  void tell(const ReplyFailed& failed);

  Choice& choice(int number);
  Part* open_part(int choice, int part);
  void merge_asides();

  Reply reply_;
  /// By choice and part, -1 for the choice itself.
  std::map<std::pair<int, int>, std::vector<std::string>> asides_;
  std::optional<Failure> failure_;
  bool complete_ = false;
};

/// Tells a whole reply as a stream (cache hits, providers that cannot stream).  What a Collector
/// gathers from it equals the reply, save inputs that check_input has not seen yet.
void replay(const Reply& reply, EventSink& sink);

}  // namespace omni::chat
