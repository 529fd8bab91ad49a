#pragma once

#include <string_view>
#include <variant>

#include "dialect/embedding.h"
#include "pipeline/fulfilment.h"

namespace omni::pipeline {

/// Has texts made into vectors for this program's own use, by whichever provider the model's name
/// finds.
class Embedder {
 public:
  struct Job {
    const Customer& customer;
    const route::Plan& plan;                   // of `plan`, perhaps with less in it
    const dialect::EmbeddingRequest& request;  // whose model is the plan's
    std::string_view request_id;               // in the books
    Millis time_max{2'000};
    Fulfilment::Reach failure_reach = Fulfilment::Reach::account;
  };
  /// The vectors' model is "provider/model", which made them.
  using Outcome = std::variant<dialect::Embeddings, chat::Failure>;

  explicit Embedder(const Parts& parts) : parts_(parts) {}
  Embedder(const Embedder&) = delete;
  Embedder& operator=(const Embedder&) = delete;

  /// Who could do it, in the order in which they will be asked.  Errors are the caller's.
  Result<route::Plan> plan(const View& view, std::string_view model) const;
  /// What the job names outlives it.
  net::Task<Outcome> embed(Job job) const;

 private:
  const Parts parts_;
};

}  // namespace omni::pipeline
