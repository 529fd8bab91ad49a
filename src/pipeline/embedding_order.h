#pragma once

#include <string>
#include <vector>

#include "dialect/embedding.h"
#include "pipeline/client_order.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// Vectors of texts.  More of them than a provider takes at once are asked for in several calls;
/// what is made already stays made when the next account of the same model goes on.
class EmbeddingOrder final : public Order {
 public:
  static constexpr std::size_t answer_bytes_max = std::size_t{96} << 20;
  /// Of all vectors of a request together.
  static constexpr std::size_t vector_bytes_max = std::size_t{512} << 20;

  /// The request outlives it, and has inputs.
  explicit EmbeddingOrder(const dialect::EmbeddingRequest& request) : request_(request) {}

  const account::Base* base_of(const account::Account& account) const override;
  net::Task<> serve(Line& line) override;

  /// Of an order that was served.  Its model is "provider/model", which made them.
  dialect::Embeddings take_made() { return std::move(made_); }

 private:
  std::size_t next_count(const Line& line) const;
  net::Task<> make_some(Line& line);
  void take(Line& line, dialect::Embeddings some, std::int64_t estimate);

  const dialect::EmbeddingRequest& request_;
  dialect::Embeddings made_;
};

/// Leaves the targets that make vectors; an error of the caller's where none does, or where a
/// combo's make such as cannot be compared.
Status narrow_to_embeddings(const route::Directory& directory,
                            const dialect::EmbeddingRequest& request, route::Plan& plan);

/// About what the inputs are.
std::int64_t estimate_tokens(std::span<const dialect::EmbeddingRequest::Input> inputs);

}  // namespace omni::pipeline
