#include "api/combo_defaults.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Settings;
namespace shape = json::shape;

constexpr std::string_view defaults = "combos";
constexpr std::string_view overrides = "combo-overrides";
constexpr std::string_view overrides_member = "providerOverrides";

}  // namespace

std::vector<json::Finding> check_overrides(json::Value body) {
  const json::Value all = body.find(overrides_member);
  if (!all) return {};
  const json::Shape one = shape::object(store::group_shape(defaults).members).strict();
  for (const auto [provider, value] : all.members()) {
    std::string name(overrides_member);
    auto findings = json::check(one, value, name.append(".").append(provider));
    if (!findings.empty()) return findings;
  }
  return {};
}

ComboDefaults::ComboDefaults(const Surroundings& with, Changes& changes)
    : with_(with),
      changes_(changes),
      members_{{"comboDefaults", shape::object(store::group_shape(defaults).members).strict(),
                Presence::optional, "What holds for combos that do not say it."},
               {overrides_member, shape::object({}), Presence::optional,
                "For a provider's models others of these, by its id; all of them anew."}} {}

std::vector<Route> ComboDefaults::routes() {
  using net::Method;
  using net::Role;
  constexpr std::string_view pattern = "/api/settings/combo-defaults";
  return {{.method = Method::get,
           .pattern = pattern,
           .role = Role::read,
           .summary = "What holds for combos that do not say it",
           .handler = handler<&ComboDefaults::show>(this),
           .errors = ErrorForm::text,
           .answer = shape::object(members_)},
          {.method = Method::put,
           .pattern = pattern,
           .role = Role::write,
           .summary = "Changes what the body names of it",
           .handler = handler<&ComboDefaults::change>(this),
           .body = shape::object(members_, 1).strict(),
           .errors = ErrorForm::text,
           .answer = shape::object(members_)},
          {.method = Method::delete_,
           .pattern = pattern,
           .role = Role::write,
           .summary = "Puts it back to what it is without anybody's word",
           .handler = handler<&ComboDefaults::reset>(this),
           .errors = ErrorForm::text,
           .answer = shape::object(members_)}};
}

net::Task<Status> ComboDefaults::show(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("comboDefaults").begin_object();
  store::write_group(writer, now->settings, defaults);
  writer.end_object();
  store::write_group(writer, now->settings, overrides);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ComboDefaults::change(net::Exchange& exchange, Arguments arguments) {
  auto findings = check_overrides(arguments.body);
  if (!findings.empty()) co_return co_await answer_invalid(exchange, std::move(findings));
  auto edit = [text = std::string(arguments.body.slice())](Settings& settings) -> Status {
    json::Reader reader;
    const json::Value body = reader.read(text);
    Status done = assign_group(settings, overrides, body);
    const json::Value named = body.find("comboDefaults");
    return done && named ? assign_group(settings, defaults, named) : done;
  };
  co_return co_await store(exchange, std::move(edit));
}

net::Task<Status> ComboDefaults::reset(net::Exchange& exchange, Arguments) {
  auto edit = [](Settings& settings) -> Status {
    const Settings usual;
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    store::write_group(writer, usual, defaults);
    store::write_group(writer, usual, overrides);
    writer.end_object();
    json::Reader reader;
    const json::Value all = reader.read(text);
    const Status done = assign_group(settings, defaults, all);
    return done ? assign_group(settings, overrides, all) : done;
  };
  co_return co_await store(exchange, std::move(edit));
}

net::Task<Status> ComboDefaults::store(net::Exchange& exchange, SettingsEdit edit) {
  Status done = co_await make_change(
      changes_, exchange, with_.store.sealer(),
      {.action = "settings.updated", .target = defaults, .edit = std::move(edit)});
  if (!done) co_return done;
  co_return co_await show(exchange, {});
}

}  // namespace omni::api
