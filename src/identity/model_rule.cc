#include "identity/model_rule.h"

#include <algorithm>

#include "base/wildcard.h"

namespace omni::identity {

bool model_allowed(const store::ApiKey& key, std::string_view requested,
                   std::string_view resolved) {
  if (key.allowed_models.empty()) return true;
  return std::ranges::any_of(key.allowed_models, [&](const std::string& rule) {
    return matches_wildcard(rule, requested) || matches_wildcard(rule, resolved);
  });
}

}  // namespace omni::identity
