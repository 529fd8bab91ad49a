#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/columns.h"
#include "store/rollup.h"

namespace omni::store {

// What rollups tell of usage: as much work as there are slots and series, however many requests.

/// Whose usage; what is empty fits all.
struct UsageFilter {
  Texts api_keys;  // by id
  std::string provider, model, connection_id;
};

/// Slots of one length that begin from `begin` on and before `end`, in milliseconds since 1970.
struct Tile {
  static constexpr std::int64_t open_end = std::numeric_limits<std::int64_t>::max();

  Step step;
  std::int64_t begin = 0;
  std::int64_t end = open_end;

  bool operator==(const Tile&) const = default;
};
/// The fewest slots that make up this time: days, hours and minutes towards its edges.  Where the
/// short ones are not kept any more, the time is stretched to the next ones.
std::vector<Tile> tiles_of(std::int64_t begin_ms, std::int64_t end_ms, Clock::Wall now);

/// The sums of a series in a slot.  Texts are borrowed, for the call.
struct RollupRow {
  std::int64_t slot = 0;
  Series series;
  UsageSums sums;
  std::string_view latency, ttft;  // histograms
};
using OnRollupRow = std::function<void(const RollupRow&)>;

/// What providers' own caches of prompts have served in a slot, of all series.
struct PromptSums {
  std::int64_t slot = 0;
  std::int64_t requests = 0, cached = 0;
  std::int64_t input = 0, cache_read = 0, cache_creation = 0;
};
/// By slot.  Summed up in the database, for times of many slots.
Status read_prompt_sums(sql::Session& session, const Tile& tile, const UsageFilter& filter,
                        const std::function<void(const PromptSums&)>& on_slot);

/// A column of series by which they are told apart.
enum class Dimension : std::uint8_t { provider, model, connection, api_key, combo, status };

/// Which parts of rows are read; the others are empty, or 0.
struct RollupParts {
  bool names = true;                   // all of a series
  std::optional<Dimension> name = {};  // or that one
  bool sums = true;                    // false: requests alone
  bool latency = false, ttft = false;  // histograms
};
/// By slot within a tile.
Status read_rollups(sql::Session& session, const std::vector<Tile>& tiles,
                    const UsageFilter& filter, const OnRollupRow& on_row,
                    const RollupParts& parts = {});

/// What a series has there.
std::string text_of(const Series& series, Dimension dimension);
/// Those with the most requests, the first of them first.
Result<Texts> busiest(sql::Session& session, const Tile& tile, const UsageFilter& filter,
                      Dimension dimension, std::int64_t most);
/// The first slot with anything in it; that of the tile's end where there is none.
Result<std::int64_t> first_slot(sql::Session& session, const Tile& tile, const UsageFilter& filter);

}  // namespace omni::store
