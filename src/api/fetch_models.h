#pragma once

#include "api/change.h"
#include "api/known_providers.h"
#include "api/listed_models.h"

namespace omni::api {

/// Asks a provider for its list of models on an account, at each of the places where such a list
/// may be, until one is there.  What `provider` points at outlives the task.
net::Task<Result<ModelList>> fetch_models(Surroundings with, store::Connection connection,
                                          KnownProvider provider);

}  // namespace omni::api
