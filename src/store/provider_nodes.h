#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/sql/session.h"

namespace omni::store {

/// A provider that a user has defined: an address that speaks a dialect.
struct ProviderNode {
  std::string id;
  std::string type;  // "openai-compatible", "anthropic-compatible", "gemini-…", "ollama-…"
  std::string name;
  std::string prefix;    // before its models' names
  std::string api_type;  // of an OpenAI one: "chat", "responses", "embeddings", …
  std::string base_url;
  std::string chat_path, models_path;  // empty: as the dialect has it
  Clock::Wall created_at{}, updated_at{};
};

/// Ordered by the time of their making.
Result<std::vector<ProviderNode>> load_provider_nodes(sql::Session& session);
Result<ProviderNode> load_provider_node(sql::Session& session, std::string_view id);
/// conflict: another one has that prefix, in any case of letters.
Status add_provider_node(sql::Session& session, const ProviderNode& node);
Status update_provider_node(sql::Session& session, const ProviderNode& node);
/// With its connections, models and prices.
Status delete_provider_node(sql::Session& session, std::string_view id);

}  // namespace omni::store
