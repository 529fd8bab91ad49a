#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace omni::otlp {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// `a=1,b=2`, as variables of OpenTelemetry have it, values percent-encoded.  Messages do not
/// repeat the text, which may hold a key.
Result<Pairs> parse_pairs(std::string_view text);

}  // namespace omni::otlp
