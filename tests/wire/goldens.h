#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "wire/case.h"

namespace omni::wire {

/// What a case says about all pairs of dialects, computed.
struct Goldens {
  std::vector<Section> sections;
  std::size_t pairs = 0;                // how many (client, provider, what) went into them
  std::vector<std::string> violations;  // of the stream grammar
};
Goldens goldens_of(const Case& scenario);
/// Whether the caller has set UPDATE_GOLDEN=1.
bool wants_new_goldens();

}  // namespace omni::wire
