#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "chat/dialect.h"
#include "upstream/special/played.h"

namespace omni::upstream {

/// What is asked of the provider in this program: a request as it would go to a server.
struct DemoAsk {
  chat::Dialect dialect{};
  std::string_view path;  // behind the base address: "/chat/completions"
  std::string_view body;
  std::string_view method = "POST";
  std::int64_t now = 0;  // seconds since 1970
  /// Answers as this model, whatever the request names.
  std::string_view acts_as = {};
};

/// Answers in the dialect that was asked in, and always the same to the same request: whole or as a
/// stream, by the model's part in `demo_models.cc`.  Also lists of models (GET) and counts of
/// tokens.
Played demo_answer(const DemoAsk& ask);

/// The same, played.
net::Task<Result<std::unique_ptr<Answer>>> answer_demo(const DemoAsk& ask);

/// What a dialect's client reads of an error.
Played error_answer(chat::Dialect dialect, int status, std::string message);

}  // namespace omni::upstream
