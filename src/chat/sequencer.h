#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "chat/event.h"

namespace omni::chat {

/// Turns parts that a provider tells interleaved into parts that follow each other, as the grammar
/// wants.  One part of each choice is live and passes straight through.  Deltas of another wait
/// until the live one is closed, or, a tool call, until its input is a complete JSON value, for
/// then no more of it can come.  Nothing else is delayed.
///
/// A decoder names its parts by keys of its own (a tool's index, an item's number).  It must open a
/// key before it tells anything of it; what comes for a key that was closed is ignored.  The seed
/// of a ToolCall has no input, whatever stands there.
///
/// Anything but a tool call is closed as soon as another key is opened: what then comes for it
/// needs a new key, so ask is_open() first.
class Sequencer {
 public:
  using Key = std::int64_t;

  static constexpr int choices_max = 128;
  static constexpr std::size_t open_parts_max = 1024;                      // of a choice
  static constexpr std::size_t waiting_bytes_max = std::size_t{32} << 20;  // of a choice
  /// Of a reply, with what each part costs that has nothing in it.  Who listens may keep it all.
  static constexpr std::size_t reply_bytes_max = std::size_t{128} << 20;
  static constexpr int summaries_max = 1000;

  explicit Sequencer(EventSink& sink);
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;
  ~Sequencer();
  /// The sink changes with every call of a decoder.
  void set_sink(EventSink& sink) { sink_ = &sink; }

  bool is_open(int choice, Key key) const;
  void open(int choice, Key key, Part seed);
  void delta(int choice, Key key, std::string_view text, int summary = -1);
  void close(int choice, Key key, const Seal* seal = nullptr);
  /// Something about the choice; with the live part's number where one is live.
  void aside(int choice, Dialect dialect, std::string_view object);
  /// The same where it is certain that no part is meant.
  void aside_of_choice(int choice, Dialect dialect, std::string_view object);
  /// Closes whatever is open in the choice and ends it.  A choice that called a tool of the
  /// client's ends with tool_calls unless the answer was cut (length, content_filter).
  void end(int choice, Finish finish, std::string_view word, std::string_view stop_sequence);
  bool ended(int choice) const;
  /// Choices that began; those may have ended.
  std::size_t choices() const;
  /// Whether the choice has a tool call of the client's.
  bool called(int choice) const;
  /// Something was left out because it went beyond one of the limits above, or its choice had a
  /// negative number: the reply must fail.
  bool overflowed() const { return overflowed_; }

 private:
  struct ChoiceState;
  struct Waiting;

  ChoiceState* find(int choice);
  const ChoiceState* find(int choice) const;
  ChoiceState* begin(int choice);
  bool has_room(std::size_t bytes);
  void tell(ChoiceState& state, int choice, std::string_view text, int summary);
  void finish_live(ChoiceState& state, int choice);
  void start_next(ChoiceState& state, int choice);
  void settle(ChoiceState& state, int choice);

  EventSink* sink_;
  std::vector<ChoiceState> choices_;
  std::size_t bytes_ = 0;  // of the reply so far
  bool overflowed_ = false;
};

}  // namespace omni::chat
