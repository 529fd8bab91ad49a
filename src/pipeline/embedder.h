#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "dialect/embedding.h"
#include "pipeline/chat.h"
#include "pipeline/customer.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// Has texts made into vectors by whichever provider the model's name finds: its accounts one after
/// the other, then the next target, until one answers or the time is over.  Each attempt leaves a
/// row of usage behind.
class Embedder {
 public:
  static constexpr std::size_t answer_bytes_max = std::size_t{32} << 20;

  /// What a failure says something of: the account and the provider, as any other, or the model
  /// alone, so that whatever else they are asked for goes on.
  enum class Reach : std::uint8_t { account, model };

  struct Job {
    const Customer& customer;
    const route::Plan& plan;                   // of `plan`, perhaps with less in it
    const dialect::EmbeddingRequest& request;  // whose model is the plan's
    std::string_view request_id;               // in the books
    Millis time_max{2'000};
    Reach failure_reach = Reach::account;
  };
  struct Made {
    dialect::Embeddings embeddings;
    std::string model;  // "provider/model", which answered
  };
  using Outcome = std::variant<Made, chat::Failure>;

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
