#pragma once

#include <string_view>

#include "store/api_keys.h"

namespace omni::identity {

/// Whether a key may use a model: by the name that the client asked for or by what that resolves
/// to.  Rules are names or hold `*` for anything, also for nothing; without rules all models are
/// allowed.
bool model_allowed(const store::ApiKey& key, std::string_view requested, std::string_view resolved);

}  // namespace omni::identity
