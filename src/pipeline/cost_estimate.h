#pragma once

#include "base/clock.h"
#include "chat/request.h"
#include "route/directory.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// What a request may cost at the dearest of its targets, in nano-dollars: what it says, and an
/// answer as long as it may be or, where nothing is said of that, as most are at the most.  Nothing
/// where no price is known.
std::int64_t estimate_cost(const route::Directory& directory, const chat::Request& request,
                           const route::Plan& plan, Clock::Wall now);
/// What is used so at the dearest of them.
std::int64_t cost_at_most(const route::Directory& directory, const chat::Usage& usage,
                          const route::Plan& plan, Clock::Wall now);

}  // namespace omni::pipeline
