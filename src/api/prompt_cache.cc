#include "api/prompt_cache.h"

#include "meter/cost.h"
#include "route/directory.h"

namespace omni::api {
namespace {

using store::Series;
using store::Step;
using store::UsageSums;

struct Served {
  UsageSums sums;
  std::int64_t saved_nano = 0;

  Served& operator+=(const Served& other) {
    sums += other.sums;
    saved_nano += other.saved_nano;
    return *this;
  }
};
using ServedByName = std::map<std::string, Served>;

/// What the same tokens would have cost beside them, so that writing into a cache counts against
/// reading from it.  Which of a price's tiers each request was in is not known any more.
std::int64_t saved_by(const catalog::Price& price, const UsageSums& sums) {
  const chat::Usage fresh{.input_fresh = sums.cache_read + sums.cache_creation};
  const chat::Usage cached{.input_cache_read = sums.cache_read,
                           .input_cache_write = sums.cache_creation};
  return meter::cost_of(price.rates, fresh) - meter::cost_of(price.rates, cached);
}

/// As combos are now; of one that is gone nobody knows.
std::string strategy_of(const store::Configuration& configuration, const std::string& combo) {
  const auto found = std::ranges::find(configuration.combos, combo, &store::Combo::name);
  if (combo.empty() || found == configuration.combos.end()) return {};
  return found->strategy.empty() ? configuration.settings.combo_strategy : found->strategy;
}

struct Found {
  Served total;
  ServedByName by_provider, by_connection, by_strategy;
};

Found sum_up(const SumsBySeries& all, const UsageQuestion& question,
             const catalog::Catalog& catalog) {
  // The catalogue outlives every request.
  const route::Directory directory(
      std::shared_ptr<const catalog::Catalog>(std::shared_ptr<const void>(), &catalog),
      question.configuration);
  Found found;
  for (const auto& [series, sums] : all) {
    Served served{.sums = sums};
    const catalog::Provider* provider = directory.find_provider(series.provider);
    const catalog::Price* price =
        provider == nullptr ? nullptr : directory.price_of(*provider, series.model);
    if (price != nullptr) served.saved_nano = saved_by(*price, sums);
    found.total += served;
    found.by_provider[series.provider] += served;
    if (!series.connection_id.empty()) found.by_connection[series.connection_id] += served;
    const std::string strategy = strategy_of(*question.configuration, series.combo);
    if (!strategy.empty()) found.by_strategy[strategy] += served;
  }
  return found;
}

void write_served(json::Writer& writer, const Served& served) {
  writer.key("requests").integer(served.sums.requests);
  writer.key("requestsWithCacheControl").integer(served.sums.cached);
  writer.key("inputTokens").integer(served.sums.input);
  writer.key("cachedTokens").integer(served.sums.cache_read);
  writer.key("cacheCreationTokens").integer(served.sums.cache_creation);
  writer.key("tokensSaved").integer(served.sums.cache_read);
  writer.key("estimatedCostSaved").number(dollars(served.saved_nano));
}

void write_group(json::Writer& writer, const ServedByName& group, const auto& introduce) {
  writer.begin_object();
  for (const auto& [name, served] : group) {
    writer.key(name).begin_object();
    introduce(name);
    write_served(writer, served);
    writer.end_object();
  }
  writer.end_object();
}

std::string sums_json(const Found& found, const UsageQuestion& question) {
  const auto plainly = [](const std::string&) {};
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("totalRequests").integer(found.total.sums.requests);
  writer.key("requestsWithCacheControl").integer(found.total.sums.cached);
  writer.key("totalInputTokens").integer(found.total.sums.input);
  writer.key("totalCachedTokens").integer(found.total.sums.cache_read);
  writer.key("totalCacheCreationTokens").integer(found.total.sums.cache_creation);
  writer.key("tokensSaved").integer(found.total.sums.cache_read);
  writer.key("estimatedCostSaved").number(dollars(found.total.saved_nano));
  write_group(writer.key("byProvider"), found.by_provider, plainly);
  write_group(writer.key("byConnection"), found.by_connection,
              [&](const std::string& id) { writer.key("name").text(question.account_name(id)); });
  write_group(writer.key("byStrategy"), found.by_strategy, plainly);
  writer.key("lastUpdated").text(iso8601(question.now)).end_object();
  return out;
}

/// Every hour, also where nothing was asked.
std::string trend_json(const std::map<std::int64_t, store::PromptSums>& by_hour,
                       std::int64_t first, std::int64_t hours) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (std::int64_t i = 0; i < hours; ++i) {
    const std::int64_t hour = first + i * length_ms(Step::hour);
    const auto found = by_hour.find(hour);
    const store::PromptSums sums = found == by_hour.end() ? store::PromptSums() : found->second;
    const std::string time = iso8601(from_millis(hour));
    writer.begin_object().key("timestamp").text(time.substr(0, time.find('.')) + "Z");
    writer.key("requests").integer(sums.requests).key("cachedRequests").integer(sums.cached);
    writer.key("inputTokens").integer(sums.input).key("cachedTokens").integer(sums.cache_read);
    writer.key("cacheCreationTokens").integer(sums.cache_creation).end_object();
  }
  writer.end_array();
  return out;
}

}  // namespace

Result<PromptCache> prompt_cache(sql::Session& session, const UsageQuestion& question,
                                 const catalog::Catalog& catalog, std::int64_t trend_hours) {
  SumsBySeries all;
  Status done = read_rollups(session, question.tiles(), question.filter,
                             [&](const store::RollupRow& row) { all[row.series] += row.sums; });
  if (!done) return done.error();
  const std::int64_t first =
      slot_of(Step::hour, to_millis(question.now)) - (trend_hours - 1) * length_ms(Step::hour);
  std::map<std::int64_t, store::PromptSums> by_hour;
  done = read_prompt_sums(session, {Step::hour, first}, question.filter,
                          [&](const store::PromptSums& sums) { by_hour[sums.slot] = sums; });
  if (!done) return done.error();
  return PromptCache{.sums = sums_json(sum_up(all, question, catalog), question),
                     .trend = trend_json(by_hour, first, trend_hours)};
}

}  // namespace omni::api
