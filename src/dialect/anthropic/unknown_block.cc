// {"type":"mcp_tool_use","name":"…","input":{}} and then {"type":"input_json_delta",
// "partial_json":"…"}, or {"type":"compaction","content":null} and {"…_delta","content":"…"}.

#include "dialect/anthropic/unknown_block.h"

#include <algorithm>

#include "json/writer.h"

namespace omni::dialect::anthropic {

using json::Raw;
using json::Value;

UnknownBlock::UnknownBlock(Value block) {
  for (const auto [key, value] : block.members()) join(key, value);
}

void UnknownBlock::take(Value delta) {
  for (const auto [key, value] : delta.members()) {
    if (key == "partial_json" && value.kind() == json::Kind::text) {
      input_ += value.text();
      bytes_ += value.text().size();
    } else if (key != "type") {
      join(key, value);
    }
  }
}

void UnknownBlock::join(std::string_view key, Value value) {
  const std::string_view slice = value.slice();
  const auto member = std::ranges::find(
      members_, key, [](const auto& each) -> std::string_view { return each.first; });
  if (member == members_.end()) {
    if (members_.size() == members_max) return;
    members_.emplace_back(key, slice);
  } else if (value.kind() == json::Kind::text && member->second.starts_with('"')) {
    member->second.pop_back();
    member->second.append(slice.substr(1));
  } else {
    member->second = slice;
  }
  bytes_ += key.size() + slice.size();
}

Raw UnknownBlock::whole() const {
  std::string object;
  json::Writer out(object);
  out.begin_object();
  for (const auto& [key, value] : members_) {
    if (key != "input" || input_.empty()) out.key(key).raw(value);
  }
  if (!input_.empty()) {
    const Result<Raw> input = Raw::parse(input_);
    out.key("input").raw(input ? *input : Raw::quote(input_));
  }
  out.end_object();
  return Raw::trusted(std::move(object));
}

}  // namespace omni::dialect::anthropic
