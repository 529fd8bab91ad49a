#pragma once

#include "net/exchange.h"
#include "pipeline/inquiry.h"

namespace omni::pipeline {

/// Whether a client of Ollama says nothing, so that a model is loaded or unloaded, and nobody who
/// is asked loads models.
bool only_loads(const Inquiry& inquiry);

/// Answers such a request as Ollama does when that is done.
net::Task<Status> reply_loaded(net::Exchange& exchange, const Inquiry& inquiry, Clock::Wall now);

}  // namespace omni::pipeline
