#pragma once

#include "chat/dialect.h"
#include "chat/failure.h"
#include "net/exchange.h"

namespace omni::pipeline {

/// Answers with a failure in the dialect's own form, with its status, and when to come again; the
/// `fields` stand beside those in its head.
net::Task<Status> reply_failure(net::Exchange& exchange, chat::Dialect dialect,
                                chat::Failure failure, net::OutFields fields = {});

/// The same in other words: a body that says it.
net::Task<Status> reply_failure(net::Exchange& exchange, const chat::Failure& failure,
                                std::string body, net::OutFields fields);

/// "2m 30s", "45s", "1h 5s"; "0s" for nothing.
std::string duration_in_words(Millis duration);

}  // namespace omni::pipeline
