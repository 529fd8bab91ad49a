#pragma once

#include <optional>

#include "account/verdict.h"
#include "catalog/target.h"
#include "chat/failure.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// What has gone wrong on the way of a request, and which of it its sender is told.
class Failures {
 public:
  /// Of an attempt, or of a target that nobody could be asked for: then it has no verdict.
  void note(chat::Failure failure, const account::Verdict& verdict = {});

  /// The first that blames the request or its model; or else, if any could answer later, the first
  /// of those with the earliest time; or else the last that somebody gave.
  chat::Failure told() const;

 private:
  std::optional<chat::Failure> of_request_, resting_, last_, unasked_;
};

/// What we say ourselves of a target begins with its name: "[groq/llama] ".
chat::Failure told_of(const catalog::Target& target, chat::Failure failure);

/// Nobody can be asked at all of whom a combo would ask, now or while its models have no account.
chat::Failure nobody_to_ask();
/// By a plan without targets.
chat::Failure nobody_to_ask(const route::Plan& plan);

}  // namespace omni::pipeline
