#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/admit.h"
#include "pipeline/chat.h"
#include "pipeline/trace.h"
#include "store/body_log.h"

namespace omni::pipeline {

/// What is written down of one request: a line in the log, its trace, a row among the calls and,
/// where the settings ask for it, what both sides have said.  All that it is made with outlives it.
class CallNote final : public net::AnswerListener {
 public:
  CallNote(const Parts& parts, net::Exchange& exchange, const View& view, const Permit& permit);
  ~CallNote() override;

  void hear(std::string_view piece) override;
  /// Of no body is kept what is this.
  void hide(const Secret& secret);
  /// How it has ended is known.
  void close(Trace trace, meter::Micros took);
  /// The client has been told what it asked so.  Keeps nothing of a request that was not closed.
  void store(std::string_view asked);

 private:
  const Parts& parts_;
  net::Exchange& exchange_;
  const Permit& permit_;
  const std::string& wanted_;  // of the settings
  const bool listens_;
  store::Bodies::Body answer_;
  std::vector<Secret> secrets_;
  std::optional<store::CallRow> row_;
};

/// The row of a request that is over.
store::CallRow call_row_of(const Trace& trace);

}  // namespace omni::pipeline
