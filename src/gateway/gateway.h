#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/all_routes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "gateway/config.h"
#include "gateway/no_prober.h"
#include "gateway/periodic.h"
#include "gateway/storage.h"
#include "identity/gate.h"
#include "identity/lockout.h"
#include "ingress/front_door.h"
#include "ingress/health.h"
#include "net/fd.h"
#include "net/router.h"
#include "net/server.h"
#include "net/workers.h"

namespace omni::gateway {

/// The whole program, wired together here and nowhere else: `start` builds what needs the disk and
/// opens the doors, `stop` closes them, lets running requests end and brings everything to disk.
class Gateway {
 public:
  Gateway(const Config& config, const Clock& clock, Random& random, const Log& log);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Whether a start would go well, up to the port; changes nothing outside.
  Status check();
  Status start();
  /// What SIGHUP asks for: reads the TLS certificate again.
  void reload();
  void stop();

  /// `http://127.0.0.1:20128`, with the port that was really taken.
  const std::string& url() const { return url_; }
  /// Whether managing it takes one.  Of a gateway that has started.
  bool asks_for_password() const;

 private:
  /// What answers requests, in the order in which one needs the other.
  struct Service {
    explicit Service(Gateway& gateway);

    api::AllRoutes api;
    net::Router router;
    ingress::FrontDoor door;
    net::Server server;
  };

  api::Surroundings surroundings();
  Status check_surroundings();
  Status open_storage();
  Status judge_exposure(const store::Configuration& configuration);
  Status listen();
  Status listen_for_owner();
  void tidy_up();

  const Config& config_;
  const Clock& clock_;
  Random& random_;
  const Log& log_;
  ingress::Health health_;
  identity::Lockout lockout_;
  std::unique_ptr<net::ServerTls> tls_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  NoProber prober_;
  net::Fd held_;  // the data directory
  // From here on, what comes later uses what comes before and goes first.
  identity::Gate gate_;
  net::LoopPool loops_;
  std::unique_ptr<Storage> storage_;
  std::optional<net::Workers> workers_;
  std::optional<Service> service_;
  std::optional<Periodic> periodic_;
  std::string url_;
  std::string socket_path_;  // while it is there
};

}  // namespace omni::gateway
