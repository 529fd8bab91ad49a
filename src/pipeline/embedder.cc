#include "pipeline/embedder.h"

#include <utility>

#include "net/loop.h"
#include "pipeline/embedding_order.h"
#include "route/draw.h"

namespace omni::pipeline {

Result<route::Plan> Embedder::plan(const View& view, std::string_view model) const {
  Result<route::Plan> plan = route::resolve(view.directory, model);
  if (!plan) return plan;
  route::draw(*plan, parts_.random, route::Turn::taken);
  const dialect::EmbeddingRequest request{.model = std::string(model)};
  if (Status some = narrow_to_embeddings(view.directory, request, *plan); !some) {
    return some.error();
  }
  return plan;
}

net::Task<Embedder::Outcome> Embedder::embed(Job job) const {
  net::Scope scope(co_await net::current_scope());
  const net::Deadline deadline(scope, job.time_max, "No vectors came in time");
  EmbeddingOrder order(job.request);
  Fulfilment fulfilment(parts_, {.customer = job.customer,
                                 .plan = job.plan,
                                 .request_id = job.request_id,
                                 .failure_reach = job.failure_reach});
  std::optional<chat::Failure> failure = co_await fulfilment.fulfil(order).in(scope);
  if (failure) co_return *std::move(failure);
  co_return order.take_made();
}

}  // namespace omni::pipeline
