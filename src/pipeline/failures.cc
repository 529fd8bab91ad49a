#include "pipeline/failures.h"

#include <algorithm>
#include <utility>

namespace omni::pipeline {
namespace {

using account::Verdict;
using chat::Failure;

/// So many of a combo's obstacles are told to its clients.
constexpr std::size_t obstacles_told = 3;

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

Failure nobody_to_ask(const route::Plan& plan) {
  Failure failure = nobody_to_ask();
  failure.message = "The combo " + plan.combo->name + " has no model that can be asked";
  const std::size_t told = std::min(plan.obstacles.size(), obstacles_told);
  for (std::size_t i = 0; i < told; ++i) {
    failure.message.append(i == 0 ? ": " : ", ").append(plan.obstacles[i]);
  }
  if (told < plan.obstacles.size()) {
    failure.message += ", and " + std::to_string(plan.obstacles.size() - told) + " more";
  }
  return failure;
}

}  // namespace omni::pipeline
