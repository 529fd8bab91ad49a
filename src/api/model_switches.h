#pragma once

#include <span>

#include "json/shape.h"
#include "store/models.h"

namespace omni::api {

/// What may be said about a model beside its being hidden.
std::span<const json::MemberShape> model_switch_members();

/// Sets what the body, which fits the members, names of them; null takes it away.  Refuses fields
/// that are not a user's to set.
Status apply_model_switches(store::ModelSwitches& switches, json::Value body);

/// Members of an object that is open.
void write_model_switches(json::Writer& writer, const store::ModelSwitches& switches);

}  // namespace omni::api
