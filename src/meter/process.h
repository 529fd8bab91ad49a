#pragma once

#include <cstdint>

namespace omni::meter {

/// What this process takes of the machine.
struct ProcessUse {
  std::int64_t resident_bytes = 0;
  double cpu_seconds = 0;
  double started = 0;  // seconds since 1970
  std::int64_t descriptors = 0, descriptors_max = 0;
};
ProcessUse process_use();

}  // namespace omni::meter
