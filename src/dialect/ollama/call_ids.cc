#include "dialect/ollama/call_ids.h"

#include <algorithm>

namespace omni::dialect::ollama {

std::string CallIds::made() { return "call_" + std::to_string(count_++); }

std::string CallIds::of_call(std::string_view id, std::string_view name) {
  if (waiting_.size() == waiting_max) waiting_.erase(waiting_.begin());
  waiting_.push_back({id.empty() ? made() : std::string(id), std::string(name)});
  return waiting_.back().id;
}

std::string CallIds::of_result(std::string_view id, std::string_view name) {
  const auto call = std::ranges::find_if(waiting_, [&](const Waiting& waiting) {
    return id.empty() ? name.empty() || waiting.name == name : waiting.id == id;
  });
  if (call == waiting_.end()) return id.empty() ? made() : std::string(id);
  std::string found = std::move(call->id);
  waiting_.erase(call);
  return found;
}

}  // namespace omni::dialect::ollama
