#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/part.h"
#include "chat/sequencer.h"
#include "json/reader.h"

namespace omni::dialect::openai_chat {

/// What a chunk of a stream says about a call; views of the chunk.
struct CallDelta {
  std::optional<std::int64_t> index;
  std::string_view id, name, signature, arguments;
  bool custom = false;
  bool old = false;

  /// One item of tool_calls.
  static CallDelta read(json::Value item);
  /// The old spelling, function_call.
  static CallDelta read_old(json::Value function);
};

/// A call of a stream as far as it has been told.
struct Call {
  std::int64_t index = 0;
  std::string id, name;
  chat::ToolCall::Form form = chat::ToolCall::Form::object;
  bool old = false;
  std::optional<chat::Seal> seal;
  std::string held;  // arguments that came before the name
  bool open = false;
  chat::Sequencer::Key key = 0;  // once it is open

  /// Whether the delta is of another call, though it goes by the same index: one that has a name
  /// and another id, or without ids another name.
  bool is_other(const CallDelta& delta) const;
  /// What is said again later does not count.
  void learn(const CallDelta& delta);
};

/// The calls of one choice.  Providers tell them apart by index, by id, or not at all.
class CallList {
 public:
  /// The call that the delta goes on with; nullptr if it begins a new one.
  Call* find(const CallDelta& delta);
  /// nullptr for one too many.
  Call* add(const CallDelta& delta);
  std::vector<Call>& all() { return calls_; }

 private:
  static constexpr std::size_t calls_max = 1024;
  std::vector<Call> calls_;
};

}  // namespace omni::dialect::openai_chat
