#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account/token_endpoint.h"
#include "dialect/codec.h"
#include "net/client.h"
#include "net/loop_pool.h"
#include "upstream/answer.h"
#include "upstream/special/demo.h"

namespace omni::upstream {

/// Where one call goes, and on whose account.  What it points to outlives the call.
struct Destination {
  const account::Account* account = nullptr;
  const account::Base* base = nullptr;
  const net::Proxy* combo_proxy = nullptr;  // of the combo that it is called for, if it has one
};

/// What a provider is asked.  What it points to outlives the call.
struct Question {
  /// As a dialect says it; not explicit, for an Outbound is a question.
  Question(const dialect::Outbound& outbound)
      : path(outbound.path), headers(outbound.headers), body(outbound.body), is_dialect(true) {}
  explicit Question(std::string_view asked_path) : path(asked_path) {}

  std::string_view method = "POST";
  std::string_view path;  // behind the base
  std::span<const dialect::Header> headers;
  std::string_view content_type = "application/json";
  std::string_view body;              // whole …
  net::ByteSource* source = nullptr;  // … or pulled
  /// The base may have a path of its own for it.
  bool is_dialect = false;
};

/// How often a provider is asked whether a job is done that it does by and by, and for how long.
struct Polling {
  Millis pause{2'000};
  Millis time_max{120'000};
};

/// Calls providers: puts the account's key where the provider wants it, and goes the way that the
/// account goes.  One call is one attempt.  From any loop; each has its own connections.
class Upstream final : public account::TokenCaller {
 public:
  struct Options {
    std::string user_agent;
    /// Every provider may be at an address that only this machine or its network can reach.
    bool private_addresses = false;
    net::CallTimes times;
    Polling polling;
  };

  /// `tls` and the loops outlive it.
  Upstream(net::LoopPool& loops, net::ClientTls& tls, const Clock& clock, Options options);
  /// Its loops run no more of its calls.
  ~Upstream() override;
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// A provider that answers badly has answered: errors are of calls that brought no answer.
  net::Task<Result<std::unique_ptr<Answer>>> ask(const Destination& destination, Question question);
  /// GET of a path behind the base.
  net::Task<Result<std::unique_ptr<Answer>>> get(const Destination& destination,
                                                 std::string_view path);
  /// GET of any public address through that proxy.
  net::Task<Result<std::unique_ptr<Answer>>> get_through(const net::Proxy& proxy,
                                                         const net::Url& url);

  net::Task<Result<account::TokenAnswer>> ask_for_tokens(const account::Account& account,
                                                         const net::Url& url,
                                                         account::TokenQuestion question) override;

  Millis idle_max() const { return options_.times.idle; }
  const Polling& polling() const { return options_.polling; }

 private:
  struct PerLoop;

  net::Task<Result<std::unique_ptr<Answer>>> send(const Destination& destination, net::Call call,
                                                  std::string target);
  net::Task<Result<std::unique_ptr<Answer>>> send(const net::Call& call);
  net::OutFields fields_of(const Destination& destination,
                           std::span<const dialect::Header> headers) const;
  net::Task<Result<std::unique_ptr<Answer>>> answer_here(const Destination& destination,
                                                         DemoAsk ask);
  net::Client& client_on(net::Loop& loop);

  const Options options_;
  const Clock& clock_;
  net::Resolver resolver_;
  std::vector<std::unique_ptr<PerLoop>> per_loop_;
};

}  // namespace omni::upstream
