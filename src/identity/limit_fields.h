#pragma once

#include "base/clock.h"
#include "identity/client_limits.h"
#include "net/fields.h"
#include "net/head.h"

namespace omni::identity {

/// What an answer tells a client of its limits: when to come again, and how they stand, by OpenAI's
/// names, and by Anthropic's for who speaks to us as to Anthropic.
void add_limit_fields(const ClientLimits::Entry& entry, const net::RequestHead& request,
                      Clock::Wall now, net::OutFields& fields);

}  // namespace omni::identity
