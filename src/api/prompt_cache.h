#pragma once

#include <string>

#include "api/usage_question.h"
#include "catalog/catalog.h"

namespace omni::api {

/// What providers' own caches of prompts have served, each as JSON: an object of sums, and a list
/// of hours.
struct PromptCache {
  std::string sums, trend;
};

/// The prices are those of now: what was saved is an estimate.
Result<PromptCache> prompt_cache(sql::Session& session, const UsageQuestion& question,
                                 const catalog::Catalog& catalog, std::int64_t trend_hours);

}  // namespace omni::api
