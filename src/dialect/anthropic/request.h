#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "chat/request.h"
#include "dialect/codec.h"

namespace omni::dialect::anthropic {

Result<chat::Request> decode_request(const Inbound& inbound);
Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints);
std::span<const LossRow* const> request_losses();

/// What every piece of the encoder needs to know.
struct Encoding {
  const chat::Request& request;
  const EncodeHints& hints;
  const ToolNames& names;
  Losses& losses;

  bool at_home() const { return request.source == chat::Dialect::anthropic; }
};

/// The parameters of a request that depend on each other and on the model.
struct Terms {
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature, top_p;
  std::optional<std::int64_t> top_k;
  chat::Thinking thinking;  // mode unset: say nothing; `effort` is for output_config

  bool thinks() const {
    return thinking.mode == chat::Thinking::Mode::on ||
           thinking.mode == chat::Thinking::Mode::adaptive;
  }
};

/// What of the conversation forbids thinking.
struct Obstacles {
  bool forced_tool = false;
  bool bare_call = false;  // the last call came without sealed thoughts
  bool begun_answer = false;
};

Terms fit_terms(const Encoding& encoding, const Obstacles& obstacles);

}  // namespace omni::dialect::anthropic
