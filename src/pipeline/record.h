#pragma once

#include "catalog/target.h"
#include "meter/traffic.h"
#include "pipeline/admit.h"
#include "pipeline/chat.h"

namespace omni::pipeline {

/// One attempt that is over.
struct Attempted {
  const catalog::Target* target = nullptr;
  const account::Account* account = nullptr;
  std::string_view request_id;
  std::string_view combo;  // that it was made for; empty: none
  bool sent = false;       // it could be translated
  chat::Dialect dialect{};
  bool byte_lane = false;
  std::string host;  // that was called
  account::Verdict verdict;
  std::optional<chat::Failure> failure;  // as the client may be told
  bool heard = true;                     // false: the failure is nobody's word, for no answer came
  Millis reset{0};                       // when its limit is over, where it has met one
  bool called_off = false;               // another answered first
  bool begun = false;                    // the client has the answer, or the beginning of it
  bool recorded = false;                 // before the client had the end
  dialect::Seen seen;
  bool estimated = false;      // nobody said what was used
  std::int64_t cost_nano = 0;  // when it is recorded
  std::vector<std::string> losses;
  Clock::Steady began{};
  Millis took{0};
  meter::Phases phases;  // its own
  std::optional<Millis> first_content;

  Millis since_it_began(const Clock& clock) const {
    return std::chrono::duration_cast<Millis>(clock.steady() - began);
  }
};

/// As rows have them.
store::UsageRow::Tokens tokens_of(const chat::Usage& usage);

/// Leaves a row of usage behind, with what it cost, and counts it against limits and budgets of the
/// key.  Once: what was recorded already is left as it is.
void record(const Parts& parts, const View& view, const Permit& permit, Attempted& attempted);

/// The trace of a request as far as it is known before anybody is asked.
Trace trace_of(const Parts& parts, const net::Exchange& exchange, const Permit& permit,
               const route::Plan& plan);
/// Tells it of an attempt that ended so long after the request began.
void note_attempt(Attempted& attempted, Millis passed, Trace& trace);

/// One line for a request that is over.
void log_request(const Log& log, const Trace& trace, Millis took);

}  // namespace omni::pipeline
