#pragma once

#include <span>
#include <string_view>

#include "route/resolve.h"
#include "store/policies.h"

namespace omni::route {

/// Who asks, and for what.
struct Asker {
  std::string_view model;   // as the client wrote it
  std::string_view key_id;  // empty: none
};

/// Leaves the targets that the policies allow, those of preferred providers first, each with the
/// bounds that hold for it, and tells in the plan's reasons which policy did what.  Of two
/// preferences the policy that comes first wins, of two bounds the tighter.  Forbidden if no target
/// is left.
Status apply_policies(std::span<const store::Policy> policies, const Asker& asker, Plan& plan);

/// Whether some policy forbids the model to who asks for it by that name.
bool is_blocked(std::span<const store::Policy> policies, const Asker& asker,
                const catalog::Target& target);

}  // namespace omni::route
