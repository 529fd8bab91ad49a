#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/dialect.h"
#include "net/head.h"

namespace omni::gateway::mock {

/// What a path of a provider is for.
struct Place {
  enum class Kind : std::uint8_t { answer, count, list, service, recording };
  Kind kind{};
  chat::Dialect dialect{};
};

/// With and without `/v1` or `/v1beta` before it.  The list of models of OpenAI and that of
/// Anthropic are at one path: who sends a version of Anthropic's means that one.
std::optional<Place> place_of(const net::RequestHead& request);

/// The key that a request shows in the way of the dialect's clients; empty where it shows none.
std::string key_of(const net::RequestHead& request, chat::Dialect dialect);

}  // namespace omni::gateway::mock
