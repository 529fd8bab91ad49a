#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "account/accounts.h"
#include "account/breakers.h"
#include "account/refresher.h"
#include "account/sessions.h"
#include "adapt/seal_memory.h"
#include "api/all_routes.h"
#include "api/pulse.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "gateway/config.h"
#include "gateway/metrics.h"
#include "gateway/noted_gate.h"
#include "gateway/periodic.h"
#include "gateway/route_explainer.h"
#include "gateway/storage.h"
#include "gateway/upstream_prober.h"
#include "identity/gate.h"
#include "identity/lockout.h"
#include "ingress/data_plane.h"
#include "ingress/front_door.h"
#include "ingress/health.h"
#include "meter/budgets.h"
#include "meter/watch.h"
#include "net/fd.h"
#include "net/router.h"
#include "net/server.h"
#include "net/workers.h"
#include "otlp/exporter.h"
#include "pipeline/trace.h"
#include "pipeline/view.h"
#include "upstream/upstream.h"

namespace omni::gateway {

/// The whole program, wired together here and nowhere else: `start` builds what needs the disk and
/// opens the doors, `stop` closes them, lets running requests end and brings everything to disk.
class Gateway {
 public:
  /// While the setting `debugMode` is on, the log has the level debug and not the configured one.
  Gateway(const Config& config, const Clock& clock, Random& random, Log& log);
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
  /// Of what happens.
  meter::Feed& feed() { return watch_.feed; }
  /// Whether managing it takes one.  Of a gateway that has started.
  bool asks_for_password() const;

 private:
  /// What answers requests, in the order in which one needs the other.
  struct Service {
    explicit Service(Gateway& gateway);

    api::AllRoutes api;
    ingress::DataPlane data_plane;
    Metrics metrics;
    NotedGate gate;
    net::Router router;
    ingress::FrontDoor door;
    net::Server server;
  };

  api::Surroundings surroundings();
  pipeline::Parts parts();
  Status load_catalog();
  Status import_environment();
  Status check_surroundings();
  Status open_storage();
  Status remember_breakers();
  Status judge_exposure(const store::Configuration& configuration);
  void tell_collector();
  Status listen();
  Status listen_for_owner();
  Status remember_spending();
  void tidy_up();
  void write_notes();

  const Config& config_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  ingress::Health health_;
  identity::Lockout lockout_;
  std::unique_ptr<net::ServerTls> tls_;
  std::unique_ptr<net::ClientTls> client_tls_;
  account::Accounts accounts_;
  account::Breakers breakers_;
  account::Sessions sessions_;
  adapt::SealMemory seals_;
  pipeline::ItemMemory items_;
  recall::Recall recall_;
  pipeline::Traces traces_;
  meter::Watch watch_;
  meter::Budgets budgets_;
  route::ComboMemory combo_memory_;
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::optional<pipeline::Views> views_;
  net::Fd held_;  // the data directory
  // From here on, what comes later uses what comes before and goes first.
  identity::Gate gate_;
  net::LoopPool loops_;
  std::unique_ptr<Storage> storage_;
  std::optional<net::Workers> workers_;
  std::optional<upstream::Upstream> upstream_;
  std::optional<account::Refresher> refresher_;
  std::optional<otlp::Exporter> exporter_;
  std::optional<UpstreamProber> prober_;
  std::optional<RouteExplainer> explainer_;
  std::optional<Service> service_;
  std::optional<api::Pulse> pulse_;
  std::optional<Periodic> periodic_, heart_;
  std::string url_;
  std::string socket_path_;  // while it is there
};

}  // namespace omni::gateway
