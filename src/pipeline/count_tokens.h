#pragma once

#include "pipeline/chat.h"

namespace omni::pipeline {

/// How many tokens a request would be: by the provider's own count where the client's dialect is
/// the provider's and it answers in time, else by an estimate.  Uses nobody's account for
/// anything that could rest or cost.
class CountTokens {
 public:
  explicit CountTokens(const Parts& parts) : parts_(parts) {}
  CountTokens(const CountTokens&) = delete;
  CountTokens& operator=(const CountTokens&) = delete;

  /// Anthropic's, OpenAI Responses' or Gemini's.
  net::Task<Status> handle(net::Exchange& exchange, Entry entry);

 private:
  const Parts parts_;
};

}  // namespace omni::pipeline
