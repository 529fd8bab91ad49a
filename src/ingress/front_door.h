#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "identity/gate.h"
#include "net/router.h"

namespace omni::ingress {

/// Where every request comes in: gives it an id, turns blocked addresses away whatever they ask
/// for, and sees to it that each answer, also the router's own, has the fields that protect
/// browsers and let the pages of allowed origins read it.
class FrontDoor final : public net::Service {
 public:
  struct Options {
    /// The largest body, whatever the setting; rows may have limits of their own.
    std::optional<std::uint64_t> body_bytes_max;
  };

  /// All of them outlive it; the gate follows a store before the first request.
  FrontDoor(net::Router& router, const identity::Gate& gate, const Clock& clock, Random& random,
            Options options);

  net::Task<Status> handle(net::Exchange& exchange) override;

  /// From now on /api answers 503 and asks to come again.
  void set_draining() { draining_ = true; }

 private:
  std::string_view route_class(const net::RequestHead& request) const;
  std::uint64_t body_bytes_max(const store::Settings& settings) const;

  net::Router& router_;
  const identity::Gate& gate_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
  net::OutFields standing_;
  std::atomic<bool> draining_ = false;
};

}  // namespace omni::ingress
