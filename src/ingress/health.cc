// GET /healthz  200 {"status":"ok"}
// GET /readyz   200 {"status":"ready"} or 503 {"status":"starting or stopping"}

#include "ingress/health.h"

namespace omni::ingress {

std::vector<net::Route> Health::routes() {
  using net::Exchange;
  return {
      {net::Method::get, "/healthz", net::Role::open, "Whether the process is alive",
       [this](Exchange& exchange) { return live(exchange); }},
      {net::Method::get, "/readyz", net::Role::open, "Whether requests are welcome now",
       [this](Exchange& exchange) { return ready(exchange); }},
  };
}

net::Task<Status> Health::live(net::Exchange& exchange) const {
  return exchange.reply_json(200, R"({"status":"ok"})");
}

net::Task<Status> Health::ready(net::Exchange& exchange) const {
  if (ready_) return exchange.reply_json(200, R"({"status":"ready"})");
  return exchange.reply_json(503, R"({"status":"starting or stopping"})");
}

}  // namespace omni::ingress
