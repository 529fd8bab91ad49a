#include "route/node_provider.h"

#include <algorithm>
#include <array>

#include "catalog/address.h"

namespace omni::route {
namespace {

using catalog::Auth;
using catalog::Quirk;
using chat::Dialect;

/// What a type of node speaks, where it is if nobody says, and how it is shown a key.
struct NodeType {
  std::string_view type;
  Dialect dialect;
  std::string_view base_url;
  Auth::Scheme scheme;
  std::string_view field;
  std::string_view models_path;
  bool developer_as_system;
};

constexpr std::array types{
    NodeType{"openai-compatible", Dialect::openai_chat, "https://api.openai.com/v1",
             Auth::Scheme::bearer, "", "/models", true},
    NodeType{"anthropic-compatible", Dialect::anthropic, "https://api.anthropic.com/v1",
             Auth::Scheme::field, "x-api-key", "/models", false},
    NodeType{"gemini-compatible", Dialect::gemini,
             "https://generativelanguage.googleapis.com/v1beta", Auth::Scheme::field,
             "x-goog-api-key", "/models", false},
    NodeType{"ollama-compatible", Dialect::ollama, "http://localhost:11434", Auth::Scheme::bearer,
             "", "/api/tags", false},
};

const NodeType& type_of(const store::ProviderNode& node) {
  const auto found = std::ranges::find(types, node.type, &NodeType::type);
  return found == types.end() ? types.front() : *found;
}

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
  const NodeType& type = type_of(node);
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
  if (type.developer_as_system && !responses) provider.quirks.add(Quirk::developer_as_system);
  // It is the operator's own word that this address is meant.
  provider.private_address = true;
  return provider;
}

}  // namespace omni::route
