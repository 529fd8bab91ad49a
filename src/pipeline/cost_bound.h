#pragma once

#include "base/clock.h"
#include "chat/request.h"
#include "route/directory.h"
#include "route/resolve.h"

namespace omni::pipeline {

/// Makes of what an answer may cost how long it may be, for the targets whose price is known.  One
/// for which the question alone costs more goes; forbidden if none is left.
Status bound_by_cost(const route::Directory& directory, const chat::Request& request,
                     Clock::Wall now, route::Plan& plan);

/// Takes away the targets at which what is used at the most costs more; forbidden if none is left.
Status bound_by_cost(const route::Directory& directory, const chat::Usage& at_most, Clock::Wall now,
                     route::Plan& plan);

}  // namespace omni::pipeline
