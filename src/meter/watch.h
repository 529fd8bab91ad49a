#pragma once

#include "meter/feed.h"
#include "meter/traffic.h"

namespace omni::meter {

/// All that is told of what happens now, and is forgotten when the process ends.
struct Watch {
  explicit Watch(const Clock& clock) : traffic(clock), feed(clock) {}

  Traffic traffic;
  Feed feed;
};

}  // namespace omni::meter
