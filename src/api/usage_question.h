#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/dollars.h"
#include "json/shape.h"
#include "store/configuration.h"
#include "store/usage_stats.h"

namespace omni::api {

/// What statistics are asked for: of which time, of whose usage.
struct UsageQuestion {
  std::string range;  // by its name; empty: from one time to another
  std::int64_t begin_ms = 0, end_ms = store::Tile::open_end;
  store::UsageFilter filter;
  Clock::Wall now;
  std::shared_ptr<const store::Configuration> configuration;

  /// Its name, with its id where others at that provider have the same; of one that is gone its id.
  std::string account_name(std::string_view id) const;
  std::string key_name(std::string_view id) const;
  std::vector<store::Tile> tiles() const { return store::tiles_of(begin_ms, end_ms, now); }
};

inline constexpr std::array<std::string_view, 7> usage_ranges{"1h",  "1d",  "7d", "30d",
                                                              "90d", "ytd", "all"};
/// A time as in `json::format::timestamp`, or a day.
extern const json::Format day_or_time;
inline constexpr json::Shape usage_word = json::shape::text(0, 256);
inline constexpr json::Shape usage_time = json::shape::text(1, 40).like(day_or_time);

/// Of a query that asks for statistics.
inline constexpr std::array usage_members{
    json::MemberShape{"range", json::shape::choice(usage_ranges), json::Presence::optional,
                      "So far back from now."},
    json::MemberShape{"from", usage_time, json::Presence::optional,
                      "From this day or time on; goes before range.  Older times are stretched to "
                      "whole hours or days."},
    json::MemberShape{"to", usage_time, json::Presence::optional,
                      "Before this time, or to the end of this day."},
    json::MemberShape{"startDate", usage_time, json::Presence::optional, "The same as from."},
    json::MemberShape{"endDate", usage_time, json::Presence::optional, "The same as to."},
    json::MemberShape{"apiKeyId", usage_word, json::Presence::optional, "Of this key."},
    json::MemberShape{"apiKeyIds", json::shape::text(0, 4000), json::Presence::optional,
                      "Of these keys, with commas between."},
    json::MemberShape{"provider", usage_word, json::Presence::optional, "Of this provider."},
    json::MemberShape{"model", usage_word, json::Presence::optional,
                      "Of this model, as its provider calls it."},
    json::MemberShape{"account", usage_word, json::Presence::optional,
                      "Of this account, by its id."}};

/// Of a time or a day, in milliseconds; a day that ends something belongs to it.
std::int64_t begin_of(std::string_view time);
std::int64_t end_of(std::string_view time);

/// `range` holds where nothing is said of time.
UsageQuestion read_usage_question(json::Value query, std::string_view range, Clock::Wall now);

/// The sums of one thing.
struct UsageGroup {
  std::string name;
  store::Series series;  // of one of those that it is made of
  store::UsageSums sums;
  std::int64_t succeeded = 0;
};
using SumsBySeries = std::map<store::Series, store::UsageSums>;

void add_to(UsageGroup& group, const store::Series& series, const store::UsageSums& sums);
UsageGroup whole(const SumsBySeries& all);
/// By the name that each series is given, the most requests first; those without one are left out.
template <class NameOf>
std::vector<UsageGroup> grouped(const SumsBySeries& all, const NameOf& name_of) {
  std::map<std::string, UsageGroup> by_name;
  for (const auto& [series, sums] : all) {
    if (std::string name = name_of(series); !name.empty()) {
      add_to(by_name[std::move(name)], series, sums);
    }
  }
  std::vector<UsageGroup> groups;
  for (auto& [name, group] : by_name) {
    group.name = name;
    groups.push_back(std::move(group));
  }
  std::ranges::stable_sort(groups, std::greater(),
                           [](const UsageGroup& group) { return group.sums.requests; });
  return groups;
}

/// Nothing of nothing is 0.
inline double ratio(std::int64_t part, std::int64_t of) {
  return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}
/// requests, promptTokens, completionTokens, cost.
void write_sums(json::Writer& writer, const store::UsageSums& sums);
/// An ISO time, null where there were no requests.
void write_time_of(json::Writer& writer, const store::UsageSums& sums, std::int64_t time_ms);

}  // namespace omni::api
