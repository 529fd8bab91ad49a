#pragma once

#include <optional>
#include <string>

#include "api/change.h"
#include "api/listed_models.h"

namespace omni::api {

/// Makes what the server of a user's own provider lists its models, next to those that the user has
/// added himself; what it no longer lists goes again.  For an account that was made or was found to
/// be good, whose answer waits for it a few seconds at most.  That nothing comes of it is no
/// failure: nothing is, of other providers, or where `autoFetchModels` is false.  `listed` is what
/// the server lists where it was asked already.
net::Task<> import_models(Surroundings with, Changes& changes, store::AuditEntry entry,
                          std::string connection_id, std::optional<ModelList> listed = {});

}  // namespace omni::api
