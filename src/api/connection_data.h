#pragma once

#include "api/known_providers.h"
#include "json/shape.h"
#include "json/writer.h"

namespace omni::api {

/// What only this provider needs, `providerSpecificData`: members that are known are checked,
/// others pass.
extern const json::Shape connection_data_shape;

/// Sets what `body`, which fits the shape, names over what the connection has; null takes a member
/// away.  What belongs to the provider of a user's own is not taken from connections.
Status merge_connection_data(store::Connection& connection, json::Value body,
                             const KnownProvider& provider);

/// What the provider wants to find there and does not.
Status check_connection_data(const store::Connection& connection, const KnownProvider& provider);

/// Without secrets; with what the provider of a user's own says.
void write_connection_data(json::Writer& writer, const store::Connection& connection,
                           const KnownProvider& provider);

}  // namespace omni::api
