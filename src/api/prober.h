#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "net/task.h"
#include "net/url.h"
#include "store/connections.h"
#include "store/provider_nodes.h"

namespace omni::api {

/// Whom to ask: an account, kept or only tried, and its provider where a user has defined that.
struct ProbeSubject {
  store::Connection connection;
  std::optional<store::ProviderNode> node;
};

/// What a provider answered.
struct ProbeAnswer {
  int status = 0;
  std::string body;                  // a list or an error as it came, up to what its sender allows
  std::string text;                  // what a model said
  bool silent = false;               // the model gave neither words nor a tool call nor a thought
  std::optional<Millis> reset = {};  // when its limit is over, where it says so
};

/// Asks providers on behalf of the API, which judges what they answer; implemented by whoever can
/// call them.  An error says that there was no answer: forbidden for an address that may not be
/// called, unavailable and timed_out where nobody answered.  Safe from any loop.
class Prober {
 public:
  Prober() = default;
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  virtual ~Prober() = default;

  /// The list of models at `path` behind the base of the provider.
  virtual net::Task<Result<ProbeAnswer>> list_models(ProbeSubject subject, std::string path) = 0;
  /// A word or two of a model, for as little money as can be.
  virtual net::Task<Result<ProbeAnswer>> ask_one_token(ProbeSubject subject, std::string model) = 0;
  /// What the account may still use, where its provider tells that.
  virtual net::Task<Result<ProbeAnswer>> ask_quota(ProbeSubject subject) = 0;
  /// What a service beyond that proxy says of the address that it sees.  What the proxy itself is
  /// to blame for begins with "proxy: ".
  virtual net::Task<Result<ProbeAnswer>> ask_through(net::Proxy proxy) = 0;
};

}  // namespace omni::api
