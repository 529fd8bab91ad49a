#include "pipeline/call_note.h"

#include <algorithm>
#include <utility>

#include "identity/credential.h"
#include "meter/watch.h"
#include "pipeline/notices.h"
#include "pipeline/record.h"

namespace omni::pipeline {
namespace {

/// Many accounts make a long list of who could have been asked.
constexpr std::size_t trace_bytes_max = std::size_t{32} << 10;

bool is_failure(std::int64_t status) { return status >= 400; }

void count(const Parts& parts, const Trace& trace, meter::Micros took) {
  parts.watch.traffic.note({.provider = trace.provider,
                            .model = trace.model,
                            .dialect = trace.dialect,
                            .status = trace.status,
                            .remembered = trace.source != upstream_source,
                            .took = took,
                            .phases = trace.phases});
}

std::string text_of(const Trace& trace) {
  std::string text = to_json(trace);
  if (text.size() <= trace_bytes_max) return text;
  Trace shorter = trace;
  shorter.candidates.clear();
  return to_json(shorter);
}

}  // namespace

store::CallRow call_row_of(const Trace& trace) {
  store::CallRow row;
  row.request_id = trace.request_id;
  row.method = trace.method;
  row.path = trace.path;
  row.status = trace.status;
  row.requested_model = trace.requested_model;
  if (!trace.attempts.empty()) {
    const Trace::Attempt& last = trace.attempts.back();
    row.model = last.model;
    row.provider = last.provider;
    row.account = last.connection_name;
    row.connection_id = last.connection;
    row.target_format = name_of(last.dialect);
    if (is_failure(trace.status)) row.error = last.verdict.message;
  }
  if (is_failure(trace.status) && !trace.message.empty()) row.error = trace.message;
  row.duration = trace.took;
  row.ttft = trace.first_content;
  row.tokens = tokens_of(trace.usage);
  row.cost_nano = trace.cost_nano;
  row.cache_source = trace.source;
  row.source_format = name_of(trace.dialect);
  row.api_key_id = trace.key_id;
  row.api_key_name = trace.key_name;
  row.combo = trace.combo;
  row.session = trace.session;
  row.attempts = std::ssize(trace.attempts);
  row.trace = text_of(trace);
  return row;
}

CallNote::CallNote(const Parts& parts, net::Exchange& exchange, const View& view,
                   const Permit& permit)
    : parts_(parts),
      exchange_(exchange),
      permit_(permit),
      wanted_(view.directory.configuration().settings.call_log_bodies),
      listens_(parts.bodies != nullptr && wanted_ != "off" && !permit.keeps_no_log()) {
  if (listens_) exchange_.set_listener(this);
}

CallNote::~CallNote() {
  if (listens_) exchange_.set_listener(nullptr);
}

void CallNote::hear(std::string_view piece) {
  answer_.bytes += piece.size();
  answer_.text += piece.substr(0, store::BodyLog::body_bytes_taken - answer_.text.size());
}

void CallNote::hide(const Secret& secret) {
  if (listens_) secrets_.push_back(secret);
}

/// Of a key that keeps no log is written down that there was a request, and nothing that may quote
/// from it.
void CallNote::close(Trace trace, meter::Micros took) {
  count(parts_, trace, took);
  trace.took = std::chrono::duration_cast<Millis>(took);
  row_ = call_row_of(trace);
  if (permit_.keeps_no_log()) {
    row_->error.clear();
    row_->trace.clear();
    return;
  }
  log_request(parts_.log, trace, trace.took);
  tell_finished(parts_, *row_);
  parts_.traces.keep(std::move(trace));
}

void CallNote::store(std::string_view asked) {
  if (!row_) return;
  if (!listens_ || (wanted_ == "errors" && !is_failure(row_->status))) {
    parts_.usage.append(*std::move(row_));
    return;
  }
  if (std::optional<Secret> key = identity::client_key(exchange_.request())) {
    secrets_.push_back(*std::move(key));
  }
  parts_.bodies->append({.row = *std::move(row_),
                         .bodies = {.request = {.text = std::string(asked.substr(
                                                    0, store::BodyLog::body_bytes_taken)),
                                                .bytes = asked.size()},
                                    .answer = std::move(answer_)},
                         .secrets = std::move(secrets_)});
}

}  // namespace omni::pipeline
