#pragma once

#include <string>

#include "pipeline/client_order.h"
#include "pipeline/embedding_order.h"

namespace omni::pipeline {

/// Vectors that a client asks for, in the dialect of the path:
///
///     POST /v1/embeddings                            OpenAI
///     POST /v1beta/models/M:embedContent, :batchEmbedContents
///     POST /api/embed, /api/embeddings               Ollama
class ClientEmbeddings final : public ClientOrder {
 public:
  ClientEmbeddings(chat::Dialect dialect, std::string_view path, std::string body)
      : dialect_(dialect), path_(path), body_(std::move(body)) {}

  Status understand() override;
  std::string_view kind() const override { return "embedding"; }
  chat::Dialect dialect() const override { return dialect_; }
  std::string_view model() const override { return request_.model; }
  std::string_view asked() const override { return body_; }
  Status narrow(const route::Directory& directory, route::Plan& plan) const override;
  chat::Usage expected() const override;
  net::Task<Status> reply(net::Exchange& exchange, net::OutFields fields) override;

  const account::Base* base_of(const account::Account& account) const override {
    return order_.base_of(account);
  }
  net::Task<> serve(Line& line) override { return order_.serve(line); }

 private:
  const chat::Dialect dialect_;
  const std::string path_, body_;
  dialect::EmbeddingRequest request_;
  EmbeddingOrder order_{request_};
};

}  // namespace omni::pipeline
