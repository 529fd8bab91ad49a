#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "chat/part.h"

namespace omni::dialect {

/// Gives calls and results that came without an id one of ours: "call_<n>", counted through the
/// conversation.  A result answers the call of its id, else the first of its tool's name that
/// waits for one, where no name means any tool.
class CallIds {
 public:
  /// Both say whether the id is ours.
  bool name(chat::ToolCall& call);
  bool name(chat::ToolResult& result);

  /// Whether an id is only a count, as ours are: in another conversation it names another call.
  static bool is_count(std::string_view id);

 private:
  struct Waiting {
    std::string id, tool;
  };
  /// More calls than this do not wait at a time: the oldest are given up, so that a hostile
  /// conversation costs no more than a long one.
  static constexpr std::size_t waiting_max = 256;

  std::string made();
  /// A number that somebody has taken is not given a second time.
  void note_taken(std::string_view id);

  std::deque<Waiting> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace omni::dialect
