#pragma once

#include <optional>

#include "upstream/special/demo.h"

namespace omni::upstream {

/// What is made of a request that is no conversation: vectors of texts, in which those that share
/// words are alike, and an image.  Nothing where the path asks for neither.
std::optional<Played> demo_service(const DemoAsk& ask);

}  // namespace omni::upstream
