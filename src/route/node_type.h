#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "catalog/provider.h"

namespace omni::route {

/// A kind of provider that a user may define: what it speaks, where it is if nobody says, how it is
/// shown a key, and where its list of models is.
struct NodeType {
  std::string_view name;
  chat::Dialect dialect;
  std::string_view base_url;
  catalog::Auth::Scheme scheme;
  std::string_view field;  // of the scheme
  std::string_view models_path;
};

/// The first is meant where nobody names one.
inline constexpr std::array node_types{
    NodeType{"openai-compatible", chat::Dialect::openai_chat, "https://api.openai.com/v1",
             catalog::Auth::Scheme::bearer, "", "/models"},
    NodeType{"anthropic-compatible", chat::Dialect::anthropic, "https://api.anthropic.com/v1",
             catalog::Auth::Scheme::field, "x-api-key", "/models"},
    NodeType{"gemini-compatible", chat::Dialect::gemini,
             "https://generativelanguage.googleapis.com/v1beta", catalog::Auth::Scheme::field,
             "x-goog-api-key", "/models"},
    NodeType{"ollama-compatible", chat::Dialect::ollama, "http://localhost:11434",
             catalog::Auth::Scheme::bearer, "", "/api/tags"},
};

constexpr const NodeType& node_type(std::string_view name) {
  const auto* const found = std::ranges::find(node_types, name, &NodeType::name);
  return found == node_types.end() ? node_types.front() : *found;
}

}  // namespace omni::route
