#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "measure.h"

namespace omni::bench {

/// CPU time of the reference and of ours for one unit of work.
struct Cost {
  Summary reference_us;
  Summary ours_us;
  Summary ratio;  // of the same round
};

/// One line of the table, with the bounds that it has to keep.
struct Row {
  std::string name;
  std::string unit;
  std::optional<Cost> cost;  // nothing where only memory counts
  double reference_rss_mb = 0;
  double ours_rss_mb = 0;
  std::optional<double> ratio_max;
  std::optional<double> ours_us_max;  // of the best round
  std::optional<double> rss_mb_max;
  std::string note;
};

bool within_bounds(const Row& row);

/// Markdown, ready for HISTORY.md.
std::string to_markdown(const std::vector<Row>& rows, std::string_view reference);

/// The heading and the sentence without which the numbers mean nothing.
std::string describe_run(std::string_view scenario, const Options& options);

}  // namespace omni::bench
