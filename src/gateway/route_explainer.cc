#include "gateway/route_explainer.h"

#include <utility>

namespace omni::gateway {

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

std::optional<std::string> RouteExplainer::find(std::string_view request_id) {
  return parts_.traces.find(request_id);
}

}  // namespace omni::gateway
