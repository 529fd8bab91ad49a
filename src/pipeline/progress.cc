// event: progress
// data: {"tokens_generated":37,"elapsed_ms":2000}

#include "pipeline/progress.h"

#include <algorithm>

#include "base/strings.h"

namespace omni::pipeline {
namespace {

constexpr std::string_view end_mark = "data: [DONE]";

/// Where the frame with the mark begins; the end of the text where there is none.
std::size_t find_end_mark(std::string_view text) {
  std::size_t at = text.rfind(end_mark);
  while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n') {
    at = text.rfind(end_mark, at - 1);
  }
  return std::min(at, text.size());
}

}  // namespace

Progress::Progress(const Clock& clock, Millis every)
    : clock_(clock), every_(every), began_(clock.steady()), due_(began_ + every) {}

bool Progress::is_wanted(const net::Exchange& exchange, const Incoming& incoming,
                         const Draft& draft) {
  return draft.stream && incoming.dialect == chat::Dialect::openai_chat &&
         equals_ignoring_case(exchange.request().field("x-omniroute-progress"), "true");
}

Millis Progress::due_in() const {
  return std::max(Millis{0}, std::chrono::ceil<Millis>(due_ - clock_.steady()));
}

void Progress::tell(std::size_t deltas, std::string& out) {
  if (clock_.steady() < due_) return;
  out += frame(deltas, "");
  due_ = clock_.steady() + every_;
}

void Progress::tell_end(std::size_t deltas, std::string& out) const {
  out.insert(find_end_mark(out), frame(deltas, R"(,"done":true)"));
}

std::string Progress::frame(std::size_t deltas, std::string_view more) const {
  const auto elapsed = std::chrono::duration_cast<Millis>(clock_.steady() - began_);
  std::string text = "event: progress\ndata: {\"tokens_generated\":" + std::to_string(deltas);
  text.append(",\"elapsed_ms\":").append(std::to_string(elapsed.count())).append(more);
  return text.append("}\n\n");
}

}  // namespace omni::pipeline
