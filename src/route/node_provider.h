#pragma once

#include "catalog/provider.h"
#include "store/provider_nodes.h"

namespace omni::route {

/// A provider as a user has defined it, in the form of those of the catalogue.
catalog::Provider provider_of(const store::ProviderNode& node);

}  // namespace omni::route
