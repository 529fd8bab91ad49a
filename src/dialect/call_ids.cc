#include "dialect/call_ids.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"

namespace omni::dialect {
namespace {

constexpr std::string_view prefix = "call_";
/// Longer numbers are not ours: nobody has so many calls.
constexpr std::size_t digits_max = 9;

std::optional<std::uint64_t> number_in(std::string_view id) {
  if (!id.starts_with(prefix) || id.size() > prefix.size() + digits_max) return std::nullopt;
  return parse_unsigned(id.substr(prefix.size()));
}

}  // namespace

bool CallIds::is_count(std::string_view id) { return number_in(id).has_value(); }

std::string CallIds::made() { return std::string(prefix).append(std::to_string(next_++)); }

void CallIds::note_taken(std::string_view id) {
  if (const std::optional<std::uint64_t> number = number_in(id))
    next_ = std::max(next_, *number + 1);
}

bool CallIds::name(chat::ToolCall& call) {
  const bool ours = call.id.empty();
  if (ours) {
    call.id = made();
  } else {
    note_taken(call.id);
  }
  if (waiting_.size() == waiting_max) waiting_.pop_front();
  waiting_.push_back({call.id, call.name});
  return ours;
}

bool CallIds::name(chat::ToolResult& result) {
  const bool ours = result.call_id.empty();
  const auto call = std::ranges::find_if(waiting_, [&](const Waiting& waiting) {
    if (!ours) return waiting.id == result.call_id;
    return result.name.empty() || waiting.tool == result.name;
  });
  if (call == waiting_.end()) {
    if (ours) result.call_id = made();
    return ours;
  }
  if (ours) result.call_id = std::move(call->id);
  waiting_.erase(call);
  return ours;
}

}  // namespace omni::dialect
