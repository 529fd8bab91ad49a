#pragma once

#include <span>

#include "api/settings_change.h"
#include "json/shape.h"

namespace omni::api {

/// What a change of the IP filter may say: the lists whole or entry by entry, and bans for a while.
std::span<const json::MemberShape> ip_filter_members();

/// Does what the body says, which fits the members.
Status change_ip_filter(store::Settings& settings, json::Value body, Clock::Wall now);

}  // namespace omni::api
