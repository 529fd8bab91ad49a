#pragma once

#include <span>

#include "api/connection_data.h"
#include "json/shape.h"

namespace omni::api {

/// What of an account at a provider may be set.
std::span<const json::MemberShape> connection_members();

/// Whether the body names any of them.
bool names_connection_member(json::Value body);

/// Sets what the body names, which fits the members; null takes away.  A new key and a new start
/// forget what went wrong before.
Status apply_connection_members(store::Connection& connection, json::Value body,
                                const KnownProvider& provider);

/// Writes an account as the API shows it: without what opens it.
void write_connection(json::Writer& writer, const store::Connection& connection,
                      const KnownProvider& provider);
/// For the audit: of what the body names what is there, inside of an object.
void write_connection_members(json::Writer& writer, const store::Connection& connection,
                              json::Value body);

}  // namespace omni::api
