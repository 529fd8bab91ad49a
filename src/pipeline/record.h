#pragma once

#include "catalog/target.h"
#include "pipeline/admit.h"
#include "pipeline/chat.h"

namespace omni::pipeline {

/// One attempt that is over.
struct Attempted {
  const catalog::Target* target = nullptr;
  const account::Account* account = nullptr;
  std::string_view combo;  // that it was made for; empty: none
  account::Verdict verdict;
  dialect::Seen seen;
  Millis took{0};
  std::optional<Millis> first_content;
};

/// Leaves a row of usage behind, with what it cost, and counts it against the limits of the key.
void record(const Parts& parts, const View& view, const Permit& permit, const Attempted& attempted);

/// One line for a request that is over.
void log_request(const Log& log, const Trace& trace, Millis took);

}  // namespace omni::pipeline
