#pragma once

#include <optional>

#include "account/verdict.h"
#include "base/error.h"
#include "chat/failure.h"

namespace omni::upstream {

/// Of an answer that was none, as its provider gave it.  `reset` is when it may be asked again, if
/// it has said so.
account::Verdict judge(const chat::Failure& failure, std::optional<Millis> reset);

/// Of a call that brought no answer.
account::Verdict judge(const Error& error);

/// Of a good one.
account::Verdict approve();

}  // namespace omni::upstream
