#include "pipeline/trace.h"

#include <algorithm>
#include <array>

#include "json/writer.h"

namespace omni::pipeline {
namespace {

constexpr std::array<std::string_view, 5> finish_names{"stop", "length", "tool_calls",
                                                       "content_filter", "paused"};

void write_texts(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const std::string& text : texts) out.text(text);
  out.end_array();
}

void write(json::Writer& out, const Trace::Candidate& candidate) {
  out.begin_object();
  out.key("provider").text(candidate.provider).key("model").text(candidate.model);
  out.key("connectionId").text(candidate.connection);
  out.key("connectionName").text(candidate.connection_name);
  out.key("dialect").text(candidate.dialect);
  out.key("available").boolean(candidate.obstacle.empty());
  if (!candidate.obstacle.empty()) out.key("obstacle").text(candidate.obstacle);
  if (!candidate.losses.empty()) write_texts(out, "losses", candidate.losses);
  out.end_object();
}

void write(json::Writer& out, const Trace::Attempt& attempt) {
  out.begin_object();
  out.key("provider").text(attempt.provider).key("model").text(attempt.model);
  out.key("connectionId").text(attempt.connection);
  out.key("connectionName").text(attempt.connection_name);
  out.key("dialect").text(name_of(attempt.dialect));
  out.key("lane").text(attempt.byte_lane ? "bytes" : "translated");
  out.key("status").integer(attempt.verdict.status);
  out.key("blame").text(name_of(attempt.verdict.blame));
  out.key("next").text(name_of(attempt.verdict.next));
  if (!attempt.verdict.message.empty()) out.key("message").text(attempt.verdict.message);
  out.key("beganMs").integer(attempt.began.count());
  if (attempt.first_word) out.key("firstWordMs").integer(attempt.first_word->count());
  out.key("latencyMs").integer(attempt.took.count());
  if (!attempt.answered_as.empty()) out.key("answeredAs").text(attempt.answered_as);
  if (attempt.finish) out.key("finish").text(name_of(*attempt.finish));
  out.key("tokensIn").integer(attempt.usage.input());
  out.key("tokensOut").integer(attempt.usage.output());
  out.end_object();
}

/// Of a request that is over: what its time went into.
void write_phases(json::Writer& out, const meter::Phases& phases) {
  out.key("phasesMs").begin_object();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (!phases.at(i)) continue;
    out.key(meter::phase_names.at(i)).number(static_cast<double>(phases.at(i)->count()) / 1000);
  }
  out.end_object();
}

/// Who was asked last or, of a request that was not sent, would be asked first.
template <class Asked>
void write_chosen(json::Writer& out, const Asked& asked) {
  out.key("chosen").begin_object();
  out.key("provider").text(asked.provider).key("model").text(asked.model);
  out.key("connectionId").text(asked.connection).end_object();
}

void write_chosen(json::Writer& out, const Trace& trace) {
  const auto can = [](const Trace::Candidate& candidate) { return candidate.obstacle.empty(); };
  const auto first = std::ranges::find_if(trace.candidates, can);
  if (!trace.attempts.empty()) {
    write_chosen<Trace::Attempt>(out, trace.attempts.back());
  } else if (trace.status == 0 && first != trace.candidates.end()) {
    write_chosen<Trace::Candidate>(out, *first);
  }
}

}  // namespace

std::string_view name_of(chat::Finish finish) {
  return finish_names.at(static_cast<std::size_t>(finish));
}

std::vector<std::string> names_of(const dialect::Losses& losses) {
  std::vector<std::string> names;
  for (const auto& loss : losses.entries()) {
    names.push_back(std::string(loss.row->name) + (loss.detail.empty() ? "" : ":" + loss.detail));
  }
  return names;
}

std::string to_json(const Trace& trace) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("requestId").text(trace.request_id).key("time").text(iso8601(trace.time));
  out.key("dialect").text(name_of(trace.dialect));
  out.key("requestedModel").text(trace.requested_model);
  if (!trace.combo.empty()) {
    out.key("combo").text(trace.combo).key("strategy").text(trace.strategy);
  }
  out.key("stream").boolean(trace.stream);
  out.key("cacheSource").text(trace.source);
  if (!trace.key_id.empty()) out.key("apiKeyId").text(trace.key_id);
  if (!trace.traceparent.empty()) out.key("traceparent").text(trace.traceparent);
  write_texts(out, "reasons", trace.reasons);
  out.key("candidates").begin_array();
  for (const Trace::Candidate& candidate : trace.candidates) write(out, candidate);
  out.end_array().key("attempts").begin_array();
  for (const Trace::Attempt& attempt : trace.attempts) write(out, attempt);
  out.end_array();
  write_chosen(out, trace);
  write_texts(out, "losses", trace.losses);
  write_phases(out, trace.phases);
  if (trace.status != 0) out.key("status").integer(trace.status);
  if (!trace.message.empty()) out.key("message").text(trace.message);
  out.end_object();
  return text;
}

void Traces::keep(Trace trace) {
  auto kept = std::make_shared<const Trace>(std::move(trace));
  if (listener_ != nullptr) listener_->hear(kept);
  const std::scoped_lock lock(mutex_);
  if (kept_.size() >= kept_max_) kept_.pop_front();
  kept_.push_back(std::move(kept));
}

std::optional<std::string> Traces::find(std::string_view request_id) const {
  std::shared_ptr<const Trace> trace;
  {
    const std::scoped_lock lock(mutex_);
    const auto found =
        std::ranges::find(kept_.rbegin(), kept_.rend(), request_id,
                          [](const auto& kept) -> const std::string& { return kept->request_id; });
    if (found == kept_.rend()) return std::nullopt;
    trace = *found;
  }
  return to_json(*trace);
}

}  // namespace omni::pipeline
