#include "pipeline/failures.h"

#include <algorithm>
#include <utility>

namespace omni::pipeline {
namespace {

using account::Verdict;
using chat::Failure;

void name_obstacles(const route::Combo& combo, std::size_t depth, std::string& text) {
  for (const route::Step& step : combo.steps) {
    if (step.nested != nullptr && depth > 1) name_obstacles(*step.nested, depth - 1, text);
    if (step.obstacle.empty()) continue;
    text += (text.empty() ? "" : ", ") + step.name + " (" + step.obstacle + ")";
  }
}

}  // namespace

void Failures::note(Failure failure, const Verdict& verdict) {
  const bool of_request =
      verdict.blame == Verdict::Blame::client || verdict.blame == Verdict::Blame::model;
  if (of_request && !of_request_) of_request_ = failure;
  if (failure.retry_after_ms) {
    const std::int64_t earliest = resting_
                                      ? std::min(*resting_->retry_after_ms, *failure.retry_after_ms)
                                      : *failure.retry_after_ms;
    if (!resting_) resting_ = failure;
    resting_->retry_after_ms = earliest;
  }
  (verdict.blame == Verdict::Blame::nobody ? unasked_ : last_) = std::move(failure);
}

Failure Failures::told() const {
  for (const auto* failure : {&of_request_, &resting_, &last_, &unasked_}) {
    if (*failure) return **failure;
  }
  return Failure::of(Error(Error::Kind::unavailable, "All accounts unavailable"));
}

Failure told_of(const catalog::Target& target, Failure failure) {
  failure.message =
      "[" + target.provider->prefix() + "/" + target.model_id + "] " + failure.message;
  return failure;
}

Failure nobody_to_ask() {
  Failure failure;
  failure.status = 503;
  failure.message = "Service temporarily unavailable: all upstream accounts are inactive";
  failure.type = "service_unavailable";
  return failure;
}

Failure nobody_to_ask(const route::Combo& without_targets) {
  std::string obstacles;
  name_obstacles(without_targets, route::combo_depth_max, obstacles);
  Failure failure = nobody_to_ask();
  failure.message = "The combo " + without_targets.name +
                    " has no account to ask for any of its models: " + obstacles;
  return failure;
}

}  // namespace omni::pipeline
