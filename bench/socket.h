#pragma once

#include <cstdint>

namespace omni::bench {

/// TCP on the loopback address, for the small programs beside the proxy under test.  Each returns a
/// descriptor, or -1 with errno set.

int listen_on(std::uint16_t port);
/// Non-blocking once connected: on loopback the connection stands or fails at once.
int connect_to(std::uint16_t port);
/// The next waiting connection, non-blocking.
int accept_from(int listener);

}  // namespace omni::bench
