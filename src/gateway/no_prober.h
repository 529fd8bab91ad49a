#pragma once

#include "api/prober.h"

namespace omni::gateway {

/// Stands where nothing can call providers yet: every test of an account says so.
class NoProber final : public api::Prober {
 public:
  net::Task<Result<api::ProbeAnswer>> list_models(api::ProbeSubject, std::string) override {
    co_return none();
  }
  net::Task<Result<api::ProbeAnswer>> ask_one_token(api::ProbeSubject, std::string) override {
    co_return none();
  }

 private:
  static Error none() { return {Error::Kind::unavailable, "providers cannot be called yet"}; }
};

}  // namespace omni::gateway
