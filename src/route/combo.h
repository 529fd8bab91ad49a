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

/// How much one bears with a target.
struct Patience {
  std::int64_t retries = 0;  // after failures that may pass, once nobody else is left
  Millis retry_delay{0};
  Millis first_word_max{0};  // 0: as the settings say for every request
};

/// When a second target is asked beside one that says nothing yet.
struct Hedge {
  std::int64_t percent_max = 0;  // of the combo's requests; 0: never
  Millis after{0};               // 0: what the target itself takes at most 19 of 20 times …
  Millis after_min{500};         // … but no sooner
};

/// A step made ready: its model understood, its combo found.
struct Step {
  std::string id, name;
  std::optional<catalog::Target> target;
  const Combo* nested = nullptr;
  std::string obstacle;  // why it is neither of both
  Patience patience;
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
  Hedge hedge;
  std::uint64_t concurrency = 3;
  std::size_t depth_max = combo_depth_max;
  bool track_metrics = true;
  std::optional<double> cache_similarity_min;  // in the place of the setting's
  catalog::Model model;                        // what lists show: all that each of its models can
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
  Patience patience;

  std::span<const Place> way() const { return std::span(places).first(depth); }
};

/// All combos of the directory's configuration, which it has beside the rest already.  The memory
/// outlives them.
std::deque<Combo> prepare_combos(const Directory& directory, ComboMemory& memory);

/// Whether no combo of these leads to itself, to one that is not there, or too deep.
Status check_nesting(std::span<const store::Combo> combos);

/// How long a target may say nothing before another is asked beside it; nothing if none shall be,
/// or nobody knows yet how long it takes.
std::optional<Millis> hedge_delay(const Combo& combo, const PlannedTarget& target);

/// One attempt on the way of a target: all steps of the way know of it until it ends.
class Visit {
 public:
  explicit Visit(const PlannedTarget& target);
  ~Visit() { end(Ending::void_, Millis{0}); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Once; what comes after it counts nothing.
  void end(Ending ending, Millis took, std::optional<Millis> first_word = {});

 private:
  const PlannedTarget& target_;
  bool over_ = false;
};

/// The target would not answer a request that another then answered: that was its failure and not
/// the client's.
void blame(const PlannedTarget& target);

}  // namespace omni::route
