#pragma once

#include <string>
#include <vector>

#include "api/usage_question.h"

namespace omni::api {

/// How many requests an account answers just now.
struct Running {
  std::string connection_id, provider;
  std::int64_t count = 0;
};

/// All sums by provider, model, account and key, and the last ten minutes, as a JSON object.
Result<std::string> usage_history(sql::Session& session, const UsageQuestion& question,
                                  const std::vector<Running>& running);

}  // namespace omni::api
