#pragma once

#include <optional>

#include "chat/failure.h"
#include "net/task.h"
#include "upstream/upstream.h"

namespace omni::pipeline {

/// What a provider says whose answer has no good status, and when it may be asked again.
struct ProviderFailure {
  chat::Failure failure;
  std::optional<Millis> reset;
};

/// By its body, as far as that comes soon.  The account's key is hidden in it.
net::Task<ProviderFailure> read_failure(upstream::Answer& answer,
                                        const upstream::Destination& destination, Clock::Wall now);

/// Some providers repeat the key that they were shown.
void hide(const Secret& key, chat::Failure& failure);

}  // namespace omni::pipeline
