#include "pipeline/client_embeddings.h"

#include <utility>

#include "json/envelope.h"
#include "pipeline/draft.h"

namespace omni::pipeline {

Status ClientEmbeddings::understand() {
  Result<dialect::EmbeddingRequest> request =
      dialect::embedding_codec_for(dialect_)->decode_request({.path = path_, .body = body_});
  if (!request) return json::Envelope::scan(body_) ? request.error() : no_object(body_);
  request_ = *std::move(request);
  return Nothing{};
}

Status ClientEmbeddings::narrow(const route::Directory& directory, route::Plan& plan) const {
  return narrow_to_embeddings(directory, request_, plan);
}

chat::Usage ClientEmbeddings::expected() const {
  return {.input_fresh = estimate_tokens(request_.inputs)};
}

net::Task<Status> ClientEmbeddings::reply(net::Exchange& exchange, net::OutFields fields) {
  fields.add("content-type", "application/json");
  std::string body =
      dialect::embedding_codec_for(dialect_)->encode_reply(request_, order_.take_made());
  co_return co_await exchange.reply(200, std::move(fields), std::move(body));
}

}  // namespace omni::pipeline
