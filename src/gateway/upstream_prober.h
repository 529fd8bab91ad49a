#pragma once

#include "api/prober.h"
#include "catalog/catalog.h"
#include "upstream/upstream.h"

namespace omni::gateway {

/// Asks providers for the API as requests do.
class UpstreamProber final : public api::Prober {
 public:
  /// Both outlive it.
  UpstreamProber(upstream::Upstream& upstream, const catalog::Catalog& catalog)
      : upstream_(upstream), catalog_(catalog) {}

  net::Task<Result<api::ProbeAnswer>> list_models(api::ProbeSubject subject,
                                                  std::string path) override;
  net::Task<Result<api::ProbeAnswer>> ask_one_token(api::ProbeSubject subject,
                                                    std::string model) override;

 private:
  Result<catalog::Provider> provider_of(const api::ProbeSubject& subject) const;

  upstream::Upstream& upstream_;
  const catalog::Catalog& catalog_;
};

}  // namespace omni::gateway
