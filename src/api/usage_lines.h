#pragma once

#include <string>

#include "api/usage_question.h"

namespace omni::api {

enum class LineForm : std::uint8_t { text, object };

/// The attempts of late, the newest first, as a JSON array.
Result<std::string> usage_lines(sql::Session& session, const UsageQuestion& question, LineForm form,
                                std::int64_t most);

}  // namespace omni::api
