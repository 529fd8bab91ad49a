#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/request.h"
#include "dialect/loss.h"

namespace omni::dialect {

/// What a dialect asks of a conversation that comes from another one.
struct TurnRules {
  bool system_apart = false;    // system texts stand beside the conversation, not in it
  bool merge_users = false;     // what the user said in a row is one turn
  bool user_first = false;      // the user has the first word
  bool no_blank_texts = false;  // a text of blanks alone is taken for an empty one
};

/// Fails where the client has said something and the list of what goes out, which `text` ends with,
/// is empty: no provider takes that.
Status check_said(const chat::Request& request, std::string_view text);

/// What one side says until it is the other's turn.
struct Turn {
  enum class Kind : std::uint8_t { system, user, assistant, results };
  Kind kind{};
  /// Of results: ToolResults alone, one for each call of the assistant's turn before it, in the
  /// order of the calls.
  std::vector<const chat::Part*> parts;
  std::vector<const chat::ToolCall*> calls;  // of results: the call that each of them answers
  std::string_view name;                     // of the speaker
  bool developer = false;                    // a system turn that was said as developer
};

/// A conversation put into the order that every dialect understands: what the assistant said in a
/// row is one turn; results follow the calls they answer at once; a call without a result gets an
/// empty one; a result without a call becomes text; of calls of one id the later ones get another;
/// empty texts and messages vanish, and so do calls that a provider ran itself.  Parts are borrowed
/// from the request where nothing of them changes.
class Turns {
 public:
  Turns(const chat::Request& request, const TurnRules& rules, Losses& losses);
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// What was said as system or developer, where it stands apart.
  const std::vector<const chat::Part*>& system() const { return system_; }
  const std::vector<Turn>& turns() const { return turns_; }

 private:
  class Walk;

  std::vector<const chat::Part*> system_;
  std::vector<Turn> turns_;
  std::deque<chat::Part> made_;  // parts that the request does not hold
};

}  // namespace omni::dialect
