#pragma once

#include <string>

#include "api/usage_question.h"

namespace omni::api {

/// What a page on usage shows: a summary, days, and who used what, as a JSON object.
Result<std::string> usage_analytics(sql::Session& session, const UsageQuestion& question);

}  // namespace omni::api
