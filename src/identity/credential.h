#pragma once

#include <optional>

#include "base/secret.h"
#include "net/head.h"

namespace omni::identity {

/// What follows `Authorization: Bearer`; nothing for other schemes, which are none of ours.
std::optional<Secret> bearer_token(const net::Fields& fields);

/// An API key as clients of every dialect show it: as bearer token, in `x-api-key` or
/// `x-goog-api-key`, or as `?key=`.  The first of them that is there.
std::optional<Secret> client_key(const net::RequestHead& request);

}  // namespace omni::identity
