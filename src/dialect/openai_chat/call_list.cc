// "tool_calls": [{"index": 0, "id": "call_1", "type": "function",
//                "function": {"name": "get", "arguments": "{\"ci"}}]
//
// Id and name come with the first delta of a call, or later, or with every one.

#include "dialect/openai_chat/call_list.h"

#include <algorithm>

#include "dialect/openai_chat/message.h"

namespace omni::dialect::openai_chat {
namespace {

using json::Kind;
using json::Value;

/// {"name":…,"arguments":…}, or {"name":…,"input":…} of a freeform tool.
void read_function(Value function, CallDelta& delta) {
  if (function.kind() != Kind::object) return;
  for (const auto [key, value] : function.members()) {
    if (key == "name") {
      delta.name = text_if(value);
    } else if (key == (delta.custom ? "input" : "arguments")) {
      delta.arguments = value.kind() == Kind::object ? value.slice() : text_if(value);
    }
  }
}

}  // namespace

CallDelta CallDelta::read(Value item) {
  CallDelta delta;
  if (item.kind() != Kind::object) return delta;
  for (const auto [key, value] : item.members()) {
    if (key == "index") {
      if (value.kind() == Kind::number) delta.index = whole_part(value);
    } else if (key == "id") {
      delta.id = text_if(value);
    } else if ((key == "function" || key == "custom") && value.kind() == Kind::object) {
      delta.custom = key == "custom";
      read_function(value, delta);
    } else if (key == seal_names[0]) {
      delta.signature = signature_in(value);
    } else if (std::ranges::find(seal_names, key) != seal_names.end()) {
      delta.signature = text_if(value);
    }
  }
  return delta;
}

CallDelta CallDelta::read_old(Value function) {
  CallDelta delta;
  delta.index = -1;
  delta.old = true;
  read_function(function, delta);
  return delta;
}

bool Call::is_other(const CallDelta& delta) const {
  if (delta.name.empty()) return false;
  if (!delta.id.empty() && !id.empty()) return delta.id != id;
  return !name.empty() && delta.name != name;
}

void Call::learn(const CallDelta& delta) {
  if (id.empty()) id = delta.id;
  if (name.empty()) name = delta.name;
  if (delta.custom) form = chat::ToolCall::Form::freeform;
  if (delta.old) old = true;
  if (!delta.signature.empty()) seal = chat::Seal{{}, std::string(delta.signature)};
}

Call* CallList::find(const CallDelta& delta) {
  auto found = calls_.end();
  if (delta.index) {
    found = std::ranges::find(calls_, *delta.index, &Call::index);
  } else if (!delta.id.empty()) {
    found = std::ranges::find(calls_, delta.id, &Call::id);
  } else if (!calls_.empty() && (delta.name.empty() || calls_.back().name.empty())) {
    found = calls_.end() - 1;
  }
  return found == calls_.end() ? nullptr : &*found;
}

Call* CallList::add(const CallDelta& delta) {
  if (calls_.size() == calls_max) return nullptr;
  const std::int64_t next = calls_.empty() ? 0 : calls_.back().index + 1;
  Call& call = calls_.emplace_back();
  call.index = delta.index.value_or(next);
  return &call;
}

}  // namespace omni::dialect::openai_chat
