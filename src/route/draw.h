#pragma once

#include "base/random.h"
#include "route/resolve.h"

namespace omni::route {

/// Where the plan's name stands for a combo: puts the targets that the combo leads to into the
/// plan, each once, in the order that its strategy and those of the combos in it choose now.  What
/// of it cannot be asked is told among the reasons.
void draw(Plan& plan, Random& random, Turn turn);

}  // namespace omni::route
