#include "api/cache.h"

#include <algorithm>
#include <array>
#include <set>

#include "api/prompt_cache.h"
#include "base/dollars.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using recall::Answers;
using recall::Shown;
namespace shape = json::shape;

constexpr json::Shape word = shape::text(1, 300);
constexpr std::array which_members{
    MemberShape{"model", word, Presence::optional, "Of this model, with its provider or without."},
    MemberShape{"signature", word, Presence::optional, "This one."},
    MemberShape{"staleMs", shape::integer(1, 1'000'000'000'000), Presence::optional,
                "Those that are older, in milliseconds."}};
constexpr std::array trend_members{
    MemberShape{"trendHours", shape::integer(1, 720), Presence::optional, "So many hours; 24."}};
constexpr std::array page_members{
    MemberShape{"page", shape::integer(1, 1'000'000), Presence::optional, "From 1."},
    MemberShape{"limit", shape::integer(1, 500), Presence::optional, "How many at most; 50."},
    MemberShape{"search", word, Presence::optional, "What the signature or the model has in it."}};

double share_of_hits(const auto& counts) {
  const std::uint64_t all = counts.hits + counts.misses;
  return all == 0 ? 0 : static_cast<double>(counts.hits) / static_cast<double>(all);
}

std::int64_t count(std::uint64_t number) { return static_cast<std::int64_t>(number); }

bool is_of_model(const Shown& shown, std::string_view model) {
  return shown.model == model || shown.model.substr(shown.model.find('/') + 1) == model;
}

void write_entry(json::Writer& writer, const Shown& shown) {
  writer.begin_object().key("id").text(shown.print.substr(0, 16));
  writer.key("signature").text(shown.print).key("model").text(shown.model);
  writer.key("hit_count").integer(count(shown.hits));
  writer.key("tokens_saved").integer(shown.tokens_saved);
  writer.key("created_at").text(iso8601(shown.created));
  writer.key("expires_at").text(iso8601(shown.expires)).end_object();
}

void write_tiers(json::Writer& writer, recall::Recall& recall) {
  const Answers::Counts counts = recall.cache.counts();
  const recall::Archive::Counts stored = recall.archive.counts();
  writer.begin_object().key("memorySize").integer(count(counts.entries));
  writer.key("memoryMaxSize").integer(count(recall.cache.limits().entries_max));
  writer.key("memoryBytes").integer(count(counts.bytes));
  writer.key("dbSize").integer(count(stored.entries));
  writer.key("dbMaxSize").integer(count(recall.archive.limits().entries_max));
  writer.key("dbBytes").integer(count(stored.bytes));
  writer.key("hitRate").number(share_of_hits(counts));
  writer.key("memoryEntries").integer(count(counts.entries));
  writer.key("dbEntries").integer(count(stored.entries));
  writer.key("hits").integer(count(counts.hits)).key("misses").integer(count(counts.misses));
  writer.key("hitRatePct").number(100 * share_of_hits(counts));
  writer.key("tokensSaved").integer(counts.tokens_saved);
  writer.key("costSavedUsd").number(dollars(counts.cost_nano_saved));
  const recall::Paraphrases::Counts similar = recall.paraphrases.counts();
  writer.key("similar").begin_object().key("entries").integer(count(similar.entries));
  writer.key("bytes").integer(count(similar.bytes)).key("hits").integer(count(similar.hits));
  writer.key("misses").integer(count(similar.misses));
  writer.key("hitRate").number(share_of_hits(similar)).end_object().end_object();
}

void write_config(json::Writer& writer, const recall::Recall& recall,
                  const store::Settings& settings) {
  writer.begin_object().key("semanticCacheEnabled").boolean(settings.semantic_cache_enabled);
  writer.key("semanticCacheTreatAbsentAsZero").boolean(settings.semantic_cache_absent_as_zero);
  writer.key("semanticCacheScope").text(settings.semantic_cache_scope);
  writer.key("semanticCacheTtlMs").integer(recall.lifetime(settings).count());
  writer.key("semanticCacheEmbeddingModel").text(settings.semantic_cache_embedding_model);
  writer.key("semanticCacheSimilarityMin").number(settings.semantic_cache_similarity_min);
  writer.end_object();
}

/// Those in memory, which know best how often they served, then those that only the table has.
std::vector<Shown> joined(std::vector<Shown> kept, const std::vector<Shown>& stored) {
  std::set<std::string_view> known;
  for (const Shown& shown : kept) known.insert(shown.print);
  std::vector<Shown> others;
  for (const Shown& shown : stored) {
    if (!known.contains(shown.print)) others.push_back(shown);
  }
  kept.insert(kept.end(), others.begin(), others.end());
  return kept;
}

}  // namespace

std::vector<Route> CacheApi::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/cache",
           .role = net::Role::read,
           .summary = "How many answers are remembered, and what they have saved",
           .handler = handler<&CacheApi::show>(this),
           .query = trend_members,
           .answer = an_object},
          {.method = net::Method::delete_,
           .pattern = "/api/cache",
           .role = net::Role::write,
           .summary = "Forgets answers: all, those of a model, one, or old ones",
           .handler = handler<&CacheApi::forget>(this),
           .query = which_members,
           .answer = an_object},
          {.method = net::Method::get,
           .pattern = "/api/cache/stats",
           .role = net::Role::read,
           .summary = "How full the memory of answers is, and how well it serves",
           .handler = handler<&CacheApi::show_stats>(this),
           .answer = an_object},
          {.method = net::Method::get,
           .pattern = "/api/cache/entries",
           .role = net::Role::read,
           .summary = "The answers that are remembered, without what they say, the last used first",
           .handler = handler<&CacheApi::list>(this),
           .query = page_members,
           .answer = an_object}};
}

net::Task<Status> CacheApi::show(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const json::Value said_hours = arguments.query.find("trendHours");
  const std::int64_t hours = said_hours ? said_hours.integer() : 24;
  UsageQuestion question = read_usage_question({}, "all", with_.clock.wall());
  question.configuration = now;
  const Result<PromptCache> prompts = co_await read_from(
      with_.usage, [question, hours, &catalog = with_.catalog](sql::Session& session) {
        return prompt_cache(session, question, catalog, hours);
      });
  if (!prompts) co_return prompts.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_tiers(writer.key("semanticCache"), with_.recall);
  writer.key("idempotency").begin_object();
  writer.key("activeKeys").integer(count(with_.recall.repeats.counts().entries));
  writer.key("windowMs").integer(now->settings.idempotency_window_ms).end_object();
  writer.key("promptCache").raw(prompts->sums).key("trend").raw(prompts->trend);
  write_config(writer.key("config"), with_.recall, now->settings);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> CacheApi::show_stats(net::Exchange& exchange, Arguments) {
  const Answers::Counts counts = with_.recall.cache.counts();
  const Answers::Limits& limits = with_.recall.cache.limits();
  const recall::Archive::Counts stored = with_.recall.archive.counts();
  const recall::Archive::Limits& stored_limits = with_.recall.archive.limits();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("size").integer(count(counts.entries));
  writer.key("maxSize").integer(count(limits.entries_max));
  writer.key("bytes").integer(count(counts.bytes));
  writer.key("maxBytes").integer(count(limits.bytes_max));
  writer.key("dbSize").integer(count(stored.entries));
  writer.key("dbMaxSize").integer(count(stored_limits.entries_max));
  writer.key("dbBytes").integer(count(stored.bytes));
  writer.key("dbMaxBytes").integer(count(stored_limits.bytes_max));
  writer.key("hits").integer(count(counts.hits)).key("misses").integer(count(counts.misses));
  writer.key("evictions").integer(count(counts.evictions));
  writer.key("hitRate").number(share_of_hits(counts)).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> CacheApi::list(net::Exchange& exchange, Arguments arguments) {
  const std::string_view search = arguments.query.find("search").text();
  const json::Value said_page = arguments.query.find("page");
  const json::Value said_limit = arguments.query.find("limit");
  const std::int64_t page = said_page ? said_page.integer() : 1;
  const std::int64_t limit = said_limit ? said_limit.integer() : 50;
  const Result<std::vector<Shown>> stored = co_await read_from(
      with_.usage,
      [&archive = with_.recall.archive](sql::Session& session) { return archive.all(session); });
  if (!stored) co_return stored.error();
  std::vector<Shown> all = joined(with_.recall.cache.all(), *stored);
  std::erase_if(all, [search](const Shown& shown) {
    return shown.print.find(search) == std::string::npos &&
           shown.model.find(search) == std::string::npos;
  });
  const auto total = static_cast<std::int64_t>(all.size());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("entries").begin_array();
  for (std::int64_t i = (page - 1) * limit; i < std::min(total, page * limit); ++i) {
    write_entry(writer, all[static_cast<std::size_t>(i)]);
  }
  writer.end_array().key("pagination").begin_object();
  writer.key("page").integer(page).key("limit").integer(limit).key("total").integer(total);
  writer.key("totalPages").integer((total + limit - 1) / limit).end_object().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

/// The memory comes last: what was read from the table before that is forgotten there as well.
net::Task<Result<std::int64_t>> CacheApi::forget_those(recall::Archive::Which which) {
  const Result<std::vector<std::string>> stored = co_await write_to(
      with_.usage, [which, &archive = with_.recall.archive](sql::Session& session) {
        return archive.forget(session, which);
      });
  if (!stored) co_return stored.error();
  std::set<std::string> gone(stored->begin(), stored->end());
  with_.recall.cache.forget([&](const Shown& shown) {
    const bool goes = which(shown);
    if (goes) gone.insert(shown.print);
    return goes;
  });
  with_.recall.paraphrases.sweep();
  co_return static_cast<std::int64_t>(gone.size());
}

net::Task<Status> CacheApi::forget(net::Exchange& exchange, Arguments arguments) {
  const std::string model(arguments.query.find("model").text());
  const std::string signature(arguments.query.find("signature").text());
  const json::Value said_age = arguments.query.find("staleMs");
  const Millis age{said_age ? said_age.integer() : 0};
  const int said = (model.empty() ? 0 : 1) + (signature.empty() ? 0 : 1) + (said_age ? 1 : 0);
  if (said > 1) {
    co_return Error(Error::Kind::bad_request, "Only one of model, signature and staleMs");
  }
  // A word that is mistyped shall not stand for all.
  if (said == 0 && !exchange.request().query().empty()) {
    co_return Error(Error::Kind::bad_request, "Say model, signature or staleMs, or nothing at all");
  }
  const auto which = [=, now = with_.clock.wall()](const Shown& shown) {
    return said == 0 || (!model.empty() && is_of_model(shown, model)) || shown.print == signature ||
           (age > Millis{0} && now - shown.created > age);
  };
  const Result<std::int64_t> forgotten = co_await forget_those(which);
  if (!forgotten) co_return forgotten.error();
  if (said == 0) with_.recall.repeats.forget([](const Shown&) { return true; });
  store::AuditEntry entry = changes_.entry(exchange, "cache.forget");
  entry.resource_type = "cache";
  if (Status noted = co_await changes_.note(std::move(entry)); !noted) co_return noted;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true).key("ok").boolean(true);
  writer.key(said == 0 ? "cleared" : "invalidated").integer(*forgotten);
  writer.key("scope").text(said == 0            ? "all"
                           : !model.empty()     ? "model"
                           : !signature.empty() ? "signature"
                                                : "stale");
  if (!model.empty()) writer.key("model").text(model);
  if (said_age) writer.key("maxAgeMs").integer(age.count());
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
