#pragma once

#include <span>

#include "json/shape.h"
#include "store/api_keys.h"

namespace omni::api {

/// What of a key may be set: its name, and what may be done with it.
std::span<const json::MemberShape> key_policy_members();

/// Sets what the body names, which fits the members; null takes a limit away.  Refuses hours and
/// addresses that mean nothing.
Status apply_key_policy(store::ApiKey& key, json::Value body);

/// Writes a key as the API shows it.
void write_key(json::Writer& writer, const store::ApiKey& key);
/// Writes of it only the members that the body names, inside of an object.
void write_key_members(json::Writer& writer, const store::ApiKey& key, json::Value body);

}  // namespace omni::api
