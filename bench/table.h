#pragma once

#include <optional>
#include <string>
#include <string_view>

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
  double kernel_share = 0;            // of ours
  std::optional<double> own_us_max;   // of the best round, without the kernel's share
  std::optional<double> rss_mb_max;
  std::string note;
};

/// Markdown on standard output, ready for HISTORY.md; each row as soon as it is known.
class Table {
 public:
  /// Prints the heading and the sentence without which the numbers mean nothing.
  Table(std::string_view scenario, const Options& options);

  /// What ours is compared with: the name heads its columns.
  void begin(std::string_view reference, std::string_view version);
  void add(const Row& row);

  /// Whether every row has kept its bounds.
  bool within_bounds() const { return within_bounds_; }

 private:
  bool within_bounds_ = true;
};

}  // namespace omni::bench
