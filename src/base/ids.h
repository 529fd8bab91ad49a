#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace omni {

/// A random UUID, version 4: `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`.
std::string new_uuid(Random& random);

/// Version 7: begins with the time, so that those made one after the other stand beside each other
/// where they are kept in order.
std::string new_uuid_at(Clock::Wall now, Random& random);

/// `length` characters of [0-9a-zA-Z], each worth 5.95 bits: the random part of keys and call ids.
std::string new_token(Random& random, std::size_t length);

}  // namespace omni
