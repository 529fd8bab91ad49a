#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "net/exchange.h"
#include "pipeline/draft.h"

namespace omni::pipeline {

/// Tells a client between the frames of its stream how far the answer is, where it has asked for
/// that with `X-OmniRoute-Progress: true`.  Of OpenAI Chat alone: who reads the other dialects
/// breaks off at a name of an event that he does not know.
class Progress {
 public:
  /// The clock outlives it.
  Progress(const Clock& clock, Millis every);

  static bool is_wanted(const net::Exchange& exchange, const Incoming& incoming,
                        const Draft& draft);
  /// When something is to be told next.
  Millis due_in() const;
  /// Appends it if that time has come; `out` ends with a whole frame.
  void tell(std::size_t deltas, std::string& out);
  /// Puts the last of it before the mark at the end, behind which nobody reads.
  void tell_end(std::size_t deltas, std::string& out) const;

 private:
  std::string frame(std::size_t deltas, std::string_view more) const;

  const Clock& clock_;
  const Millis every_;
  const Clock::Steady began_;
  Clock::Steady due_;
};

}  // namespace omni::pipeline
