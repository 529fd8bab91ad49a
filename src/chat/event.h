#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "chat/failure.h"
#include "chat/reply.h"

namespace omni::chat {

// A streamed reply is the tree of Reply told in order.  The grammar, which GrammarSink checks:
//
//     stream = ReplyBegin (choice events, of several choices in any order)* (ReplyEnd |
//     ReplyFailed) choice = (PartBegin PartDelta* PartEnd)* ChoiceEnd
//
// Only one part of a choice is open at a time; parts are numbered from 0 without gaps.  ReplyEnd
// comes when every choice that began has ended.  UsageSoFar may come anywhere after ReplyBegin; the
// last one counts.  ReplyFailed may come at any time, even first.  Views and references are valid
// only during the call that delivers the event.

struct ReplyBegin {
  Dialect source{};
  std::string_view id, model;
  std::int64_t created = 0;
  const Extras* extras = nullptr;
};

/// `seed` is the part without what its deltas will bring: text, thoughts, the input of a call.
/// Media, ToolResult and Opaque come whole and have no deltas.
struct PartBegin {
  int choice = 0;
  int part = 0;
  const Part& seed;
};

/// More of a part's text, or of the summary of that number of a Reasoning; numbers never go down.
struct PartDelta {
  int choice = 0;
  int part = 0;
  std::string_view text;
  int summary = -1;
};

/// A seal that stands in the seed is not told again.  That of text and thoughts that can be read
/// always comes here, for their deltas come first.
struct PartEnd {
  int choice = 0;
  int part = 0;
  const Seal* seal = nullptr;
};

/// Something about a choice that only one dialect says, as an object of that dialect.  It may stand
/// between the choice's other events; `part` is the open part or -1.
struct Aside {
  int choice = 0;
  int part = -1;
  Dialect dialect{};
  std::string_view object;
};

struct UsageSoFar {
  const Usage& usage;
};

struct ChoiceEnd {
  int choice = 0;
  Finish finish{};
  std::string_view finish_word;
  std::string_view stop_sequence;
  std::uint32_t spelling = 0;  // that of the choice's extras
};

struct ReplyEnd {};

struct ReplyFailed {
  const Failure& failure;
};

using Event = std::variant<ReplyBegin, PartBegin, PartDelta, PartEnd, Aside, UsageSoFar, ChoiceEnd,
                           ReplyEnd, ReplyFailed>;

/// Who listens to a reply.  Sinks stack: one that changes events passes them on to another.
class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace omni::chat
