#pragma once

#include <span>
#include <vector>

#include "json/shape.h"
#include "route/directory.h"
#include "store/combos.h"

namespace omni::api {

/// What of a combo may be set.
std::span<const json::MemberShape> combo_members();
std::span<const json::MemberShape> members_of_new_combo();

/// What is wrong with the models that the body of a combo names, each a text or an object.
std::vector<json::Finding> check_models(json::Value body);

/// Whether each step names a combo, an alias, or a model that somebody may have, with an account or
/// without.
Status check_steps(const route::Directory& directory, const store::Combo& combo);

/// Sets what the body names, which fits the members.
void apply_combo_members(store::Combo& combo, json::Value body);

}  // namespace omni::api
