#pragma once

#include "account/refresher.h"
#include "api/prober.h"
#include "catalog/catalog.h"
#include "pipeline/view.h"
#include "upstream/upstream.h"

namespace omni::gateway {

/// Notes what a model has said in the answer, whose body is in that dialect.
void hear(chat::Dialect dialect, api::ProbeAnswer& answer);

/// Asks providers for the API as requests do.
class UpstreamProber final : public api::Prober {
 public:
  /// All of it outlives the prober.
  struct Surroundings {
    upstream::Upstream& upstream;
    const catalog::Catalog& catalog;
    const pipeline::Views& views;
    account::Refresher& refresher;
    const Clock& clock;
  };
  /// `proxy_test_url` tells whoever asks his address.
  UpstreamProber(const Surroundings& with, std::string proxy_test_url)
      : with_(with), proxy_test_url_(std::move(proxy_test_url)) {}

  net::Task<Result<api::ProbeAnswer>> list_models(api::ProbeSubject subject,
                                                  std::string path) override;
  net::Task<Result<api::ProbeAnswer>> ask_one_token(api::ProbeSubject subject,
                                                    std::string model) override;
  net::Task<Result<api::ProbeAnswer>> ask_quota(api::ProbeSubject subject) override;
  net::Task<Result<api::ProbeAnswer>> ask_through(net::Proxy proxy) override;

 private:
  Result<catalog::Provider> provider_of(const api::ProbeSubject& subject) const;
  net::Task<Result<store::Connection>> with_token(const catalog::Provider& provider,
                                                  store::Connection connection) const;

  const Surroundings with_;
  const std::string proxy_test_url_;
};

}  // namespace omni::gateway
