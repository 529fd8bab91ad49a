#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/config.h"
#include "ingress/health.h"
#include "net/router.h"
#include "net/server.h"

namespace omni::gateway {

/// The whole program, wired together here and nowhere else: construction builds, `start` opens the
/// doors, `stop` closes them and lets running requests end.
class Gateway {
 public:
  Gateway(const Config& config, const Clock& clock, const Log& log);
  ~Gateway();

  /// Whether what the configuration names can be used; changes nothing outside.
  Status check();
  Status start();
  /// What SIGHUP asks for: reads the TLS certificate again.
  void reload();
  void stop();

  /// `http://127.0.0.1:20128`, with the port that was really taken.
  const std::string& url() const { return url_; }

 private:
  Status listen();
  Status listen_for_owner();

  const Config& config_;
  const Log& log_;
  ingress::Health health_;
  net::LoopPool loops_;
  net::Router router_;
  std::unique_ptr<net::ServerTls> tls_;
  net::Server server_;
  std::string url_;
  std::string socket_path_;  // while it is there
};

}  // namespace omni::gateway
