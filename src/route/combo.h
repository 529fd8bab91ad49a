#pragma once

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/provider.h"
#include "catalog/target.h"
#include "route/combo_memory.h"
#include "store/combos.h"
#include "store/settings.h"

namespace omni::route {

class Directory;
struct Combo;

/// How deep combos may stand in each other.
inline constexpr std::size_t combo_depth_max = 3;

/// How often a target is asked again before the next one, and how long after.
struct Retry {
  std::int64_t times = 0;
  Millis delay{0};
};

/// A step made ready: its model understood, its combo found.
struct Step {
  std::string id, name;
  std::optional<catalog::Target> target;
  const Combo* nested = nullptr;
  std::string obstacle;  // why it is neither of both
  Retry retry;
};

/// A combo made ready for use, as of one configuration.
struct Combo {
  std::string id, name;
  const Strategy* strategy = nullptr;
  bool active = true;
  bool hidden = false;
  std::vector<Step> steps;
  std::vector<Standing> standings;  // of the steps, as far as they are set and listed
  std::vector<Tally*> tallies;
  ComboState* state = nullptr;
  Weights weights;
  std::uint64_t concurrency = 3;
  std::size_t depth_max = combo_depth_max;
  bool track_metrics = true;
  catalog::Model model;  // what lists show: all that each of its models can
};

/// Whose models combos are in lists.
const catalog::Provider& combo_provider();

/// A step of a combo on the way to a target.
struct Place {
  const Combo* combo = nullptr;
  std::uint32_t step = 0;
};

/// A target, and the steps that lead to it, from the outside in; none without a combo.
struct PlannedTarget : catalog::Target {
  std::array<Place, combo_depth_max> places{};
  std::size_t depth = 0;
  Retry retry;

  std::span<const Place> way() const { return std::span(places).first(depth); }
};

/// All combos of the directory's configuration, which it has beside the rest already.  The memory
/// outlives them.
std::deque<Combo> prepare_combos(const Directory& directory, ComboMemory& memory);

/// Whether no combo of these leads to itself, to one that is not there, or too deep.
Status check_nesting(std::span<const store::Combo> combos);

/// One attempt on the way of a target: all steps of the way know of it until it ends.
class Visit {
 public:
  explicit Visit(const PlannedTarget& target);
  ~Visit() { end(Ending::void_, Millis{0}); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Once; what comes after it counts nothing.
  void end(Ending ending, Millis took);

 private:
  const PlannedTarget& target_;
  bool over_ = false;
};

}  // namespace omni::route
