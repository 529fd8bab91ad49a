#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

/// What a fuzz target defines and libFuzzer or replay.cc calls.  Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace omni::fuzz {

/// Ends the process, which is how a fuzz target says that it has found something: what should have
/// held, and where it was asked for.
inline void require(bool holds, const char* what = "",
                    std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: required: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), what);
  std::abort();
}

}  // namespace omni::fuzz
