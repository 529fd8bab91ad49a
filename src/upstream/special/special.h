#pragma once

#include <memory>
#include <string_view>

#include "dialect/codec.h"
#include "net/task.h"
#include "upstream/answer.h"

namespace omni::upstream {

/// A question to a provider that is no server.
struct SpecialAsk {
  chat::Dialect dialect{};
  const dialect::Outbound& outbound;
};

/// Answers for the provider whose file names `hook`.
net::Task<Result<std::unique_ptr<Answer>>> answer_specially(std::string_view hook, SpecialAsk ask);

}  // namespace omni::upstream
