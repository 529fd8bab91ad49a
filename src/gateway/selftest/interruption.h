#pragma once

#include <signal.h>

#include <array>

namespace omni::gateway::selftest {

inline constexpr std::array interrupting_signals{SIGINT, SIGTERM, SIGHUP};

/// To be called before there is any other thread: a signal then waits until somebody looks, so that
/// what was made is removed all the same.
inline void hold_interruptions() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : interrupting_signals) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

inline bool is_interrupted() {
  sigset_t pending;
  if (sigpending(&pending) != 0) return false;
  for (const int signal : interrupting_signals) {
    if (sigismember(&pending, signal) == 1) return true;
  }
  return false;
}

}  // namespace omni::gateway::selftest
