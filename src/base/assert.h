#pragma once

#include <stdexcept>

namespace omni {

/// A bug of ours, found by OMNI_ASSERT.  It ends the request in whose course it happened, with 500
/// and one log line; the process goes on.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws Bug; apart from the macro so that a passing assertion costs one comparison.
[[noreturn]] inline void fail_assertion(const char* what) { throw Bug(what); }

}  // namespace omni

/// Always on.  For what cannot happen, never for what a peer may send.
#define OMNI_ASSERT(condition)                                 \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::omni::fail_assertion("assertion failed: " #condition); \
  } while (false)
