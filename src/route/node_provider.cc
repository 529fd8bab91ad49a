#include "route/node_provider.h"

#include "catalog/address.h"
#include "route/node_type.h"

namespace omni::route {
namespace {

using catalog::Quirk;
using chat::Dialect;

std::string base_of(const store::ProviderNode& node, const NodeType& type) {
  std::string base =
      catalog::without_endpoint(node.base_url.empty() ? std::string(type.base_url) : node.base_url);
  // Some programs want to be told it with Ollama's /api, others without.
  constexpr std::string_view api = "/api";
  if (type.dialect == Dialect::ollama && base.ends_with(api)) base.resize(base.size() - api.size());
  return base;
}

}  // namespace

catalog::Provider provider_of(const store::ProviderNode& node) {
  const NodeType& type = node_type(node.type);
  const bool responses = node.api_type == "responses" && type.dialect == Dialect::openai_chat;
  catalog::Provider provider;
  provider.id = node.id;
  provider.name = node.name;
  provider.aliases = {node.prefix};
  provider.category = catalog::Provider::Category::node;
  provider.endpoints.push_back({.dialect = responses ? Dialect::openai_responses : type.dialect,
                                .base = base_of(node, type),
                                .path = node.chat_path});
  provider.auth = {.scheme = type.scheme, .name = std::string(type.field), .prefix = {}};
  provider.models_path = node.models_path.empty() ? type.models_path : node.models_path;
  if (type.dialect == Dialect::openai_chat && !responses)
    provider.quirks.add(Quirk::developer_as_system);
  // Codex says it to everybody, and only its own backend understands it.
  if (responses) provider.dropped_members.emplace_back("client_metadata");
  // It is the operator's own word that this address is meant.
  provider.private_address = true;
  return provider;
}

}  // namespace omni::route
