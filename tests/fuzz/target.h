#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// What a fuzz target defines and libFuzzer or replay.cc calls.  Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace omni::fuzz {

/// Ends the process, which is how a fuzz target says that it has found something.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace omni::fuzz
