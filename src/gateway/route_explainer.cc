#include "gateway/route_explainer.h"

#include <algorithm>
#include <utility>

#include "pipeline/call_json.h"

namespace omni::gateway {
namespace {

using pipeline::Trace;

bool has_status(const std::string& wanted, int status) {
  if (wanted.empty()) return true;
  if (wanted == "ok") return status < 400;
  if (wanted == "error") return status >= 400;
  return wanted == std::to_string(status);
}

bool fits(const api::CallQuery& query, const Trace& trace) {
  if (!has_status(query.status, trace.status) || (query.of_combos && trace.combo.empty())) {
    return false;
  }
  const auto last = trace.attempts.empty() ? Trace::Attempt() : trace.attempts.back();
  const bool model =
      query.model.empty() || query.model == trace.requested_model || query.model == last.model;
  return model && (query.provider.empty() || query.provider == last.provider);
}

}  // namespace

Result<std::string> RouteExplainer::explain(const net::Exchange& exchange, Question question) {
  const std::string& path = question.path;
  const net::Router::Match match = router_.match(path.substr(0, path.find('?')));
  pipeline::Entry entry;
  std::optional<chat::Dialect> dialect;
  if (match.rows != nullptr) {
    for (const net::Route* row : *match.rows) {
      if (!dialect) dialect = ingress::dialect_of_chat(*row);
    }
  }
  if (!dialect) {
    return Error(Error::Kind::bad_request,
                 "No chat is answered at the path " + path + ", so there is nothing to explain");
  }
  entry.dialect = *dialect;
  for (const auto& [name, value] : match.params) {
    if (name == "provider") entry.provider = value;
  }
  const Result<pipeline::Trace> trace = data_plane_.chat().explain(
      exchange, entry,
      {std::move(question.path), std::move(question.body), std::move(question.failing)});
  if (!trace) return trace.error();
  return pipeline::to_json(*trace);
}

std::vector<std::string> RouteExplainer::calls(const api::CallQuery& query) {
  std::vector<std::string> rows;
  for (const Trace& trace :
       parts_.traces.list({.fits = [&](const Trace& t) { return fits(query, t); },
       .skipped = query.offset,
       .count_max = query.limit})) {
    rows.push_back(pipeline::to_call_json(trace, pipeline::Detail::row));
  }
  return rows;
}

std::optional<std::string> RouteExplainer::call(std::string_view request_id) {
  const std::optional<Trace> trace = parts_.traces.newest(request_id);
  if (!trace) return std::nullopt;
  return pipeline::to_call_json(*trace, pipeline::Detail::whole);
}

std::optional<std::string> RouteExplainer::find(std::string_view request_id) {
  return parts_.traces.find(request_id);
}

}  // namespace omni::gateway
