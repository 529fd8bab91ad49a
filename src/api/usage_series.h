#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/usage_question.h"

namespace omni::api {

/// How usage is cut into series of numbers, one number for each slot of time.
struct SeriesCut {
  std::optional<store::Step> step;  // none: as fits the time
  std::optional<store::Dimension> by;
  std::vector<std::string> metrics;
  std::int64_t most = 8;  // series; what is more becomes "other"
};

/// In the order of store::Step, as answers have them; the same in short; and none.
inline constexpr std::array<std::string_view, 7> step_names{"minute", "hour", "day", "1m",
                                                            "1h",     "1d",   "auto"};
/// In the order of store::Dimension, and another name of keys.
inline constexpr std::array<std::string_view, 7> dimension_names{
    "provider", "model", "account", "apiKey", "combo", "status", "key"};
/// Names of metrics with commas between.
extern const json::Format metric_list;

SeriesCut read_series_cut(json::Value query);

/// Columns for a chart, as a JSON object.
Result<std::string> usage_series(sql::Session& session, const UsageQuestion& question,
                                 const SeriesCut& cut);

}  // namespace omni::api
