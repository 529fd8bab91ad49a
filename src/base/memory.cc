#include "base/memory.h"

#include <malloc.h>

namespace omni {

void keep_freed_memory() {
  constexpr int kept_bytes_max = 8 * 1024 * 1024;     // free at the end of a heap
  constexpr int own_mapping_bytes = 4 * 1024 * 1024;  // from here on, a mapping that goes at once
  mallopt(M_TRIM_THRESHOLD, kept_bytes_max);
  mallopt(M_MMAP_THRESHOLD, own_mapping_bytes);
}

}  // namespace omni
