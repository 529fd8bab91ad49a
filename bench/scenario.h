#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "table.h"

namespace omni::bench {

struct Report {
  std::string reference;  // what ours is compared with: the heading of its columns
  std::string reference_version;
  std::vector<Row> rows;
};

/// A folder of bench/ and its row in runner.cc.
struct Scenario {
  std::string_view name;
  std::string_view summary;
  Report (*run)(const Options& options);
};

Report run_relay(const Options& options);
Report run_store(const Options& options);
Report run_translate(const Options& options);

}  // namespace omni::bench
