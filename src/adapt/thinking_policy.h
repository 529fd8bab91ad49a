#pragma once

#include <cstdint>
#include <string>

#include "chat/request.h"

namespace omni::adapt {

/// What the operator wants to have done about thinking, whatever clients ask for.
struct ThinkingPolicy {
  enum class Mode : std::uint8_t {
    passthrough,  // as the client says
    automatic,    // nothing is said: the provider decides
    custom,       // always custom_budget; 0 is off
    adaptive,     // by effort_level, more for longer and harder requests
  };
  Mode mode = Mode::passthrough;
  std::int64_t custom_budget = 10240;
  std::string effort_level = "medium";

  /// Whether it leaves every request as it is.
  bool idle() const { return mode == Mode::passthrough; }
};

inline constexpr std::int64_t thinking_budget_max = 131072;

/// `tokens_max` is the most that the model can think, 0 where nobody knows.
void apply(const ThinkingPolicy& policy, std::int64_t tokens_max, chat::Request& request);

/// A model named with "-thinking" at the end is the model without it and thinking switched on:
/// takes the ending off and says whether it was there.
bool take_thinking_suffix(std::string& model, chat::Request& request);

/// Likewise a model named with an effort at the end, "-low", "-high" or "-xhigh" for example.
bool take_effort_suffix(std::string& model, chat::Request& request);

}  // namespace omni::adapt
