#include "api/combos.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "api/combo_members.h"
#include "base/ids.h"
#include "route/combo.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Combo;
namespace shape = json::shape;

constexpr json::Shape id_shape = shape::text(1, 100);
constexpr std::array list_members{MemberShape{"combos", shape::list(an_object, 0, 100'000),
                                              Presence::required, "In their order."}};
constexpr std::array reorder_members{MemberShape{"comboIds", shape::list(id_shape, 1, 10'000),
                                                 Presence::required, "The first ones, in order."}};
constexpr std::array delete_query{
    MemberShape{"force", shape::boolean(), Presence::optional,
                "Also takes it out of the combos in which it stands."}};
constexpr std::array metrics_query{
    MemberShape{"combo", shape::text(1, 100), Presence::optional, "The name of one; all."}};
constexpr std::array metrics_members{
    MemberShape{"metrics", an_object, Presence::required, "By the names of combos."}};

Error refused(std::string why) { return {Error::Kind::bad_request, std::move(why)}; }

std::string written(const Combo& combo) {
  std::string text;
  json::Writer writer(text);
  store::write_combo(writer, combo);
  return text;
}

std::string written(const std::vector<Combo>& combos) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("combos").begin_array();
  for (const Combo& combo : combos) store::write_combo(writer, combo);
  writer.end_array().end_object();
  return text;
}

store::AuditEntry about(store::AuditEntry entry, const Combo& combo) {
  entry.resource_type = "combo";
  entry.target = combo.id;
  entry.details = json::Raw::trusted(written(combo));
  return entry;
}

/// Whether all that the combo names is there; a combo that it names is looked for with the others.
Status check_steps_now(const Surroundings& with, const Combo& combo) {
  // The catalogue outlives every request.
  const std::shared_ptr<const catalog::Catalog> catalog(std::shared_ptr<const void>(),
                                                        &with.catalog);
  return check_steps(route::Directory(catalog, with.store.current()), combo);
}

/// A name belongs to one combo, and to no alias.
Status check_name(sql::Session& session, const Combo& combo) {
  const auto combos = store::load_combos(session);
  if (!combos) return combos.error();
  for (const Combo& other : *combos) {
    if (other.name == combo.name && other.id != combo.id) {
      return refused("Combo name already exists");
    }
  }
  const auto aliases = store::load_model_aliases(session);
  if (!aliases) return aliases.error();
  if (std::ranges::find(*aliases, combo.name, &store::ModelAlias::name) == aliases->end()) {
    return Nothing{};
  }
  return Error(Error::Kind::conflict, "name: is an alias of a model");
}

/// The combo as it stands among all, if these may stand as they do now.
Result<Combo> check_all(sql::Session& session, std::string_view id) {
  const auto combos = store::load_combos(session);
  if (!combos) return combos.error();
  if (Status fits = route::check_nesting(*combos); !fits) return fits.error();
  return *std::ranges::find(*combos, id, &Combo::id);
}

/// Calls `edit` for each step of another combo that is the combo of that name; it says whether the
/// step stays.
template <class Edit>
Status edit_references(sql::Session& session, const std::string& name, const Edit& edit) {
  auto combos = store::load_combos(session);
  if (!combos) return combos.error();
  for (Combo& combo : *combos) {
    bool touched = false;
    std::erase_if(combo.steps, [&](store::ComboStep& step) {
      if (!step.model.empty() || step.combo != name) return false;
      touched = true;
      return !edit(step);
    });
    if (!touched) continue;
    if (Status done = store::update_combo(session, combo); !done) return done;
  }
  return Nothing{};
}

/// The names of the combos in which it stands, with commas between.
Result<std::string> users_of(sql::Session& session, const Combo& combo) {
  const auto combos = store::load_combos(session);
  if (!combos) return combos.error();
  std::string names;
  for (const Combo& other : *combos) {
    const bool uses = std::ranges::any_of(other.steps, [&](const store::ComboStep& step) {
      return step.model.empty() && step.combo == combo.name;
    });
    if (uses) names += (names.empty() ? "" : ", ") + other.name;
  }
  return names;
}

void write_step(json::Writer& writer, const route::Tally& step) {
  const auto successes = static_cast<std::int64_t>(step.successes);
  writer.begin_object().key("requests").integer(static_cast<std::int64_t>(step.requests));
  writer.key("successes").integer(successes);
  writer.key("failures").integer(static_cast<std::int64_t>(step.failures));
  writer.key("avgLatencyMs");
  writer.integer(successes == 0 ? 0 : step.answering.count() / successes).end_object();
}

void write_metrics(json::Writer& writer, const route::ComboMetrics& metrics) {
  const auto whole = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
  const auto share = [&](std::uint64_t count) {
    return metrics.requests == 0
               ? 0.0
               : static_cast<double>(count) / static_cast<double>(metrics.requests);
  };
  writer.begin_object().key("totalRequests").integer(whole(metrics.requests));
  writer.key("totalSuccesses").integer(whole(metrics.successes));
  writer.key("totalFailures").integer(whole(metrics.failures));
  writer.key("totalFallbacks").integer(whole(metrics.fallbacks));
  writer.key("successes").integer(whole(metrics.successes));
  writer.key("failures").integer(whole(metrics.failures));
  writer.key("fallbacks").integer(whole(metrics.fallbacks)).key("avgLatencyMs");
  writer.integer(metrics.requests == 0 ? 0 : metrics.answering.count() / whole(metrics.requests));
  writer.key("successRate").number(share(metrics.successes));
  writer.key("fallbackRate").number(share(metrics.fallbacks)).key("byModel").begin_object();
  std::map<std::string_view, route::Tally> by_model;
  for (const route::Tally& step : metrics.steps) {
    route::Tally& sum = by_model[step.name];
    sum.requests += step.requests;
    sum.successes += step.successes;
    sum.failures += step.failures;
    sum.answering += step.answering;
  }
  for (const auto& [name, step] : by_model) write_step(writer.key(name), step);
  writer.end_object().end_object();
}

}  // namespace

std::vector<Route> Combos::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{
      {.method = Method::get,
       .pattern = "/api/combos",
       .role = Role::read,
       .summary = "Lists the combos",
       .handler = handler<&Combos::list>(this),
       .errors = ErrorForm::text,
       .answer = shape::object(list_members)},
      {.method = Method::post,
       .pattern = "/api/combos",
       .role = Role::write,
       .summary = "Makes a combo",
       .handler = handler<&Combos::create>(this),
       .body = shape::object(members_of_new_combo()),
       .outcomes = {{201, "The combo"}, {409, "Its name is an alias"}},
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::post,
       .pattern = "/api/combos/reorder",
       .role = Role::write,
       .summary = "Puts combos in another order",
       .handler = handler<&Combos::reorder>(this),
       .body = shape::object(reorder_members),
       .errors = ErrorForm::text,
       .answer = shape::object(list_members)},
      {.method = Method::get,
       .pattern = "/api/combos/metrics",
       .role = Role::read,
       .summary = "What combos have done since the start",
       .handler = handler<&Combos::show_metrics>(this),
       .query = metrics_query,
       .errors = ErrorForm::text,
       .answer = shape::object(metrics_members)},
      {.method = Method::delete_,
       .pattern = "/api/combos/metrics",
       .role = Role::write,
       .summary = "Begins to count anew",
       .handler = handler<&Combos::reset_metrics>(this),
       .query = metrics_query,
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/combos/{id}",
       .role = Role::read,
       .summary = "One combo",
       .handler = handler<&Combos::show>(this),
       .outcomes = {{200, "The combo"}, {404, "There is none"}},
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::delete_,
       .pattern = "/api/combos/{id}",
       .role = Role::write,
       .summary = "Deletes a combo",
       .handler = handler<&Combos::remove>(this),
       .query = delete_query,
       .outcomes = {{200, "Deleted"}, {404, "There is none"}, {409, "It stands in others"}},
       .errors = ErrorForm::text,
       .answer = an_object}};
  add_change_rows(rows);
  return rows;
}

void Combos::add_change_rows(std::vector<Route>& rows) {
  for (const net::Method method : {net::Method::put, net::Method::patch}) {
    rows.push_back(
        {.method = method,
         .pattern = "/api/combos/{id}",
         .role = net::Role::write,
         .summary = "Changes what the body names of a combo",
         .handler = handler<&Combos::change>(this),
         .body = shape::object(combo_members(), 1),
         .outcomes = {{200, "The combo"}, {404, "There is none"}, {409, "Its name is an alias"}},
         .errors = ErrorForm::text,
         .answer = an_object});
  }
}

net::Task<Status> Combos::list(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  co_return co_await exchange.reply_json(200, written(now->combos));
}

net::Task<Status> Combos::show(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const auto found = std::ranges::find(now->combos, exchange.param("id"), &Combo::id);
  if (found == now->combos.end()) co_return Error(Error::Kind::not_found, "Combo not found");
  co_return co_await exchange.reply_json(200, written(*found));
}

net::Task<Status> Combos::create(net::Exchange& exchange, Arguments arguments) {
  auto findings = check_models(arguments.body);
  if (!findings.empty()) co_return co_await answer_invalid(exchange, std::move(findings));
  Combo combo{.id = new_uuid(with_.random)};
  apply_combo_members(combo, arguments.body);
  if (Status known = check_steps_now(with_, combo); !known) co_return known;
  store::AuditEntry entry = changes_.entry(exchange, "combo.created");
  combo.created_at = combo.updated_at = entry.when;
  const auto work = [combo](sql::Session& session, store::AuditEntry& noted) -> Result<Combo> {
    Status done = check_name(session, combo);
    if (done) done = store::add_combo(session, combo);
    if (!done) return done.error();
    Result<Combo> made = check_all(session, combo.id);
    if (made) noted = about(std::move(noted), *made);
    return made;
  };
  const Result<Combo> made = co_await changes_.make(std::move(entry), work);
  if (!made) co_return made.error();
  co_return co_await exchange.reply_json(201, written(*made));
}

net::Task<Status> Combos::change(net::Exchange& exchange, Arguments arguments) {
  auto findings = check_models(arguments.body);
  if (!findings.empty()) co_return co_await answer_invalid(exchange, std::move(findings));
  Combo named;
  apply_combo_members(named, arguments.body);
  if (Status known = check_steps_now(with_, named); !known) co_return known;
  const auto work = [id = std::string(exchange.param("id")),
                     text = std::string(arguments.body.slice())](
                        sql::Session& session, store::AuditEntry& noted) -> Result<Combo> {
    Result<Combo> combo = store::load_combo(session, id);
    if (!combo) return combo;
    const std::string old_name = combo->name;
    json::Reader reader;
    apply_combo_members(*combo, reader.read(text));
    combo->updated_at = noted.when;
    Status done = check_name(session, *combo);
    if (done && combo->name != old_name) {  // while others still lead to the old name
      done = edit_references(session, old_name, [&](store::ComboStep& step) {
        step.combo = combo->name;
        return true;
      });
    }
    if (done) done = store::update_combo(session, *combo);
    if (!done) return done.error();
    Result<Combo> changed = check_all(session, id);
    if (changed) noted = about(std::move(noted), *changed);
    return changed;
  };
  const Result<Combo> changed =
      co_await changes_.make(changes_.entry(exchange, "combo.updated"), work);
  if (!changed) co_return changed.error();
  co_return co_await exchange.reply_json(200, written(*changed));
}

net::Task<Status> Combos::remove(net::Exchange& exchange, Arguments arguments) {
  const auto work = [id = std::string(exchange.param("id")),
                     force = arguments.query.find("force").boolean()](
                        sql::Session& session, store::AuditEntry& noted) -> Status {
    const Result<Combo> combo = store::load_combo(session, id);
    if (!combo) return combo.error();
    const Result<std::string> users = users_of(session, *combo);
    if (!users) return users.error();
    if (!users->empty() && !force) {
      return Error(Error::Kind::conflict, "The combo stands in: " + *users);
    }
    noted = about(std::move(noted), *combo);
    Status done =
        edit_references(session, combo->name, [](const store::ComboStep&) { return false; });
    return done ? store::delete_combo(session, id) : done;
  };
  Status done = co_await changes_.make(changes_.entry(exchange, "combo.deleted"), work);
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

net::Task<Status> Combos::reorder(net::Exchange& exchange, Arguments arguments) {
  std::vector<std::string> ids;
  for (const json::Value id : arguments.body.at("comboIds").items()) ids.emplace_back(id.text());
  if (std::set<std::string>(ids.begin(), ids.end()).size() != ids.size()) {
    co_return refused("comboIds: names one twice");
  }
  const auto work = [ids](sql::Session& session, store::AuditEntry&) -> Result<std::vector<Combo>> {
    auto combos = store::load_combos(session);
    if (!combos) return combos;
    for (const std::string& id : ids) {
      if (std::ranges::find(*combos, id, &Combo::id) != combos->end()) continue;
      return Error(Error::Kind::not_found, "Combo not found");
    }
    std::ranges::stable_sort(*combos, {}, [&](const Combo& combo) {
      return std::ranges::find(ids, combo.id) - ids.begin();
    });
    std::int64_t place = 0;
    for (Combo& combo : *combos) {
      combo.sort_order = ++place;
      if (Status done = store::update_combo(session, combo); !done) return done.error();
    }
    return combos;
  };
  const auto ordered = co_await changes_.make(changes_.entry(exchange, "combo.reordered"), work);
  if (!ordered) co_return ordered.error();
  co_return co_await exchange.reply_json(200, written(*ordered));
}

net::Task<Status> Combos::show_metrics(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const std::string_view wanted = arguments.query.find("combo").text();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("metrics").begin_object();
  for (const Combo& combo : now->combos) {
    route::ComboState* const state = with_.combos.find(combo.id);
    if (state == nullptr || (!wanted.empty() && combo.name != wanted)) continue;
    const route::ComboMetrics metrics = state->metrics();
    if (metrics.requests > 0) write_metrics(writer.key(combo.name), metrics);
  }
  writer.end_object().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Combos::reset_metrics(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const std::string_view wanted = arguments.query.find("combo").text();
  for (const Combo& combo : now->combos) {
    route::ComboState* const state = with_.combos.find(combo.id);
    if (state != nullptr && (wanted.empty() || combo.name == wanted)) state->reset();
  }
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
