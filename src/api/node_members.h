#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "json/shape.h"
#include "json/writer.h"
#include "route/node_type.h"
#include "store/provider_nodes.h"

namespace omni::api {

/// What a provider of a user's own may speak.
inline constexpr auto node_type_names = [] {
  std::array<std::string_view, route::node_types.size()> names{};
  std::ranges::transform(route::node_types, names.begin(), &route::NodeType::name);
  return names;
}();

/// What of it may be set, and with what it begins.
std::span<const json::MemberShape> node_members();
std::span<const json::MemberShape> members_of_new_node();

/// One as the body, which fits the members, says; its id ends with `unique`.
Result<store::ProviderNode> new_node(json::Value body, std::string_view unique);
/// Sets what the body names but for its type, which its id tells.
void apply_node_members(store::ProviderNode& node, json::Value body);

void write_node(json::Writer& writer, const store::ProviderNode& node);

}  // namespace omni::api
