#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/router.h"
#include "pipeline/chat.h"
#include "pipeline/count_tokens.h"
#include "pipeline/forward_order.h"
#include "pipeline/relay.h"

namespace omni::ingress {

/// What clients of models call: every path that any of them uses, and which part of the pipeline
/// answers.  The dialect is the path's.
class DataPlane {
 public:
  explicit DataPlane(const pipeline::Parts& parts);
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  std::vector<net::Route> routes();
  /// The same without handlers, for whoever only wants to know what there is.
  static std::vector<net::Route> rows();
  pipeline::Chat& chat() { return chat_; }

 private:
  using Handler = net::Route::Handler;

  Handler answer(chat::Dialect dialect);
  Handler answer_of_provider();
  net::Task<Status> answer_gemini(net::Exchange& exchange);
  net::Task<Status> embed(net::Exchange& exchange, chat::Dialect dialect) const;
  net::Task<Status> transcribe(net::Exchange& exchange) const;
  Handler forward(const pipeline::Forward& service) const;
  net::Task<Status> forward(net::Exchange& exchange, const pipeline::Forward& service) const;
  Handler list(catalog::Model::Kind kind) const;
  net::Task<Status> list_models(net::Exchange& exchange) const;
  net::Task<Status> show_model(net::Exchange& exchange) const;
  net::Task<Status> list_gemini_models(net::Exchange& exchange) const;
  net::Task<Status> show_gemini_model(net::Exchange& exchange) const;
  net::Task<Status> list_ollama_models(net::Exchange& exchange) const;
  net::Task<Status> show_ollama_model(net::Exchange& exchange) const;

  const pipeline::Parts parts_;
  pipeline::Chat chat_;
  pipeline::CountTokens count_tokens_;
  pipeline::Relay relay_;
};

/// The dialect of what the row of a chat takes; nothing for other rows.
std::optional<chat::Dialect> dialect_of_chat(const net::Route& row);

}  // namespace omni::ingress
