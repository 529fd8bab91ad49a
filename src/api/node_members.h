#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "json/shape.h"
#include "json/writer.h"
#include "store/provider_nodes.h"

namespace omni::api {

/// What a provider of a user's own may speak.
inline constexpr std::array<std::string_view, 4> node_types{
    "openai-compatible", "anthropic-compatible", "gemini-compatible", "ollama-compatible"};

/// What of it may be set, and with what it begins.
std::span<const json::MemberShape> node_members();
std::span<const json::MemberShape> members_of_new_node();

/// One as the body, which fits the members, says; its id ends with `unique`.
Result<store::ProviderNode> new_node(json::Value body, std::string_view unique);
/// Sets what the body names but for its type, which its id tells.
void apply_node_members(store::ProviderNode& node, json::Value body);

void write_node(json::Writer& writer, const store::ProviderNode& node);

}  // namespace omni::api
