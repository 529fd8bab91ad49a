#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::gateway::selftest {

class Stage;

/// What works, in a few words; or what does not.
using Finding = Result<std::string>;

struct Check {
  std::string_view name;
  Finding (*run)(Stage& stage);
  bool vital = false;  // without it there is nothing to look at for those that follow
};
/// In their order: the first ones need no gateway, and the last one may leave anything behind.
std::span<const Check> checks();

Finding check_seal(Stage& stage);
Finding check_store(Stage& stage);
Finding check_backup(Stage& stage);
Finding check_dialects(Stage& stage);
Finding check_streams(Stage& stage);
Finding check_pairs(Stage& stage);
Finding check_vectors(Stage& stage);
Finding check_routes(Stage& stage);

}  // namespace omni::gateway::selftest
