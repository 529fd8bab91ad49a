#include "gateway/noted_gate.h"

#include "identity/caller.h"
#include "ingress/client_paths.h"
#include "pipeline/call_note.h"

namespace omni::gateway {

net::Task<Status> NotedGate::admit(net::Exchange& exchange, const net::Route& route) {
  Status admitted = co_await gate_.admit(exchange, route);
  if (admitted || route.method != net::Method::post) co_return admitted;
  const auto dialect = ingress::dialect_of_path(exchange.request().path());
  if (dialect && identity::caller_of(exchange).key != nullptr) {
    pipeline::note_refusal(parts_, exchange, *dialect, admitted.error());
  }
  co_return admitted;
}

}  // namespace omni::gateway
