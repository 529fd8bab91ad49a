#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "route/directory.h"

namespace omni::route {

/// Who shall answer for a model's name.
struct Plan {
  std::vector<PlannedTarget> targets;  // to be tried in this order
  const Combo* combo = nullptr;        // that the name stands for; `draw` finds its targets
  bool extended_context = false;       // the name ended in [1m]
  /// How the name was understood, a sentence each, for whoever wonders.
  std::vector<std::string> reasons;
  /// Of the combo's models, those that cannot be asked, and why.
  std::vector<std::string> obstacles;
};

/// Understands a model's name as a client writes it: a combo, `provider/model`, an alias, or a
/// model's bare id.  Errors are the caller's, in words that other tools look for; where it is not a
/// model of chats that is wanted, `kind` is what they call it: "embedding".
Result<Plan> resolve(const Directory& directory, std::string_view name, std::string_view kind = {});

/// The same for a path that names the provider.  The name may have the provider's prefix or not;
/// that of another provider is refused.
Result<Plan> resolve_at(const Directory& directory, const catalog::Provider& provider,
                        std::string_view name, std::string_view kind = {});

/// The one or the other, by what a path calls the provider: empty where it names none.
Result<Plan> resolve_for(const Directory& directory, std::string_view provider,
                         std::string_view name, std::string_view kind = {});

}  // namespace omni::route
