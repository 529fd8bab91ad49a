#include "api/fetch_models.h"

#include <algorithm>

#include "api/probe.h"
#include "net/loop.h"

namespace omni::api {
namespace {

using store::Connection;

constexpr Millis time_for_a_list = std::chrono::seconds(30);

/// Where a list may be.  Users write the bases of their own providers in several ways.
std::vector<std::string> paths_of(const KnownProvider& provider) {
  std::vector<std::string> paths;
  if (provider.models_path().empty()) return paths;
  paths.emplace_back(provider.models_path());
  if (provider.node() == nullptr) return paths;
  for (const std::string_view usual : {"/models", "/v1/models"}) {
    if (std::ranges::find(paths, usual) == paths.end()) paths.emplace_back(usual);
  }
  return paths;
}

/// The status of the provider's answer, where that is the account's fault; else 502.
Error refused(const ProbeAnswer& answer, const Connection& connection) {
  std::string words = words_of(answer, connection);
  if (words.empty()) words = "The provider answered " + std::to_string(answer.status);
  const auto kind = answer.status == 401   ? Error::Kind::unauthorized
                    : answer.status == 403 ? Error::Kind::forbidden
                                           : Error::Kind::upstream;
  return {kind, std::move(words)};
}

}  // namespace

net::Task<Result<ModelList>> fetch_models(Surroundings with, Connection connection,
                                          KnownProvider provider) {
  ProbeSubject subject{connection, std::nullopt};
  if (provider.node() != nullptr) subject.node = *provider.node();
  Error why(Error::Kind::bad_request, "Provider does not support models listing");
  for (const std::string& path : paths_of(provider)) {
    const Result<ProbeAnswer> answer =
        co_await net::within(time_for_a_list, "The provider has not answered within 30 seconds",
                             with.prober.list_models(subject, path));
    if (!answer) co_return answer.error();
    const bool good = answer->status >= 200 && answer->status < 300;
    auto models = good ? read_model_list(answer->body) : std::nullopt;
    if (models) co_return *std::move(models);
    why = good ? Error(Error::Kind::upstream, "The provider's list of models cannot be understood")
               : refused(*answer, connection);
  }
  co_return why;
}

}  // namespace omni::api
