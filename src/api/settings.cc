#include "api/settings.h"

#include <algorithm>
#include <array>

#include "api/combo_defaults.h"
#include "api/ip_filter_change.h"
#include "base/hash.h"
#include "identity/access_rules.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::string_view ip_filter = "ip-filter";
constexpr std::string_view changed_meanwhile = "ETAG_001";

constexpr std::array if_match_header{
    MemberShape{"If-Match", shape::text(0, 100), Presence::optional,
                "The ETag of what was seen: changes that or nothing."}};

constexpr std::array password_members{
    MemberShape{"newPassword", shape::text(1, 200).secret(), Presence::optional,
                "Becomes the password of this gateway; all other sessions end."},
    MemberShape{"currentPassword", shape::text(0, 200).secret(), Presence::optional,
                "The one until now, where there is one."},
    MemberShape{"confirmExposed", shape::boolean(), Presence::optional,
                "Switches login off although other machines can connect."}};

/// Not for a token that may only change what is behind the door.
bool is_guarded(std::string_view name) {
  const store::SettingRow* const row = store::find_setting("", name);
  return name == "newPassword" || (row != nullptr && row->guarded);
}

bool is_password_member(std::string_view name) {
  return std::ranges::find(password_members, name, &MemberShape::name) != password_members.end();
}

std::vector<MemberShape> all_members() {
  const std::span<const MemberShape> rows = store::group_shape("").members;
  std::vector<MemberShape> members(rows.begin(), rows.end());
  members.insert(members.end(), password_members.begin(), password_members.end());
  return members;
}

std::string group_json(const store::Settings& settings, std::string_view group) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  store::write_group(writer, settings, group);
  writer.end_object();
  return text;
}

/// Changes with what is shown: whoever sends it back changes what he saw or nothing.
std::string etag_of(const store::Settings& settings, std::string_view group) {
  const Sha256 digest = sha256(group_json(settings, group));
  return "\"" + to_hex(std::span(digest).first(8)) + "\"";
}

/// An edit that assigns the members of a body which are settings of the group.
SettingsEdit assign_members(std::string_view group, json::Value body) {
  return [group, text = std::string(body.slice())](store::Settings& settings) -> Status {
    json::Reader reader;
    return assign_group(settings, group, reader.read(text));
  };
}

/// What has to hold of the settings before the edit is made.
SettingsEdit if_match(const net::Exchange& exchange, std::string_view group, SettingsEdit edit) {
  const std::string_view wanted = exchange.request().field("if-match");
  if (wanted.empty() || wanted == "*") return edit;
  return [wanted = std::string(wanted), group, edit = std::move(edit)](store::Settings& settings) {
    if (wanted == etag_of(settings, group)) return edit(settings);
    return Status(Error(Error::Kind::conflict, "The settings were changed in the meantime",
                        changed_meanwhile));
  };
}

/// The error itself, but for a condition that did not hold, which has a status of its own.
net::Task<Status> answer_refusal(net::Exchange& exchange, Error error) {
  if (error.code() != changed_meanwhile) co_return error;
  co_return co_await exchange.reply_json(412, R"({"error":")" + error.message() + R"("})");
}

std::vector<std::string> ignored_in(json::Value body) {
  std::vector<std::string> ignored;
  for (const auto [name, value] : body.members()) {
    if (store::find_setting("", name) == nullptr && !is_password_member(name)) {
      ignored.emplace_back(name);
    }
  }
  return ignored;
}

}  // namespace

SettingsApi::SettingsApi(const Surroundings& with, Changes& changes, LoginRules& rules,
                         Options options)
    : with_(with),
      changes_(changes),
      rules_(rules),
      options_(std::move(options)),
      all_members_(all_members()) {}

std::vector<Route> SettingsApi::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{
      {.method = Method::get,
       .pattern = "/api/settings",
       .role = Role::read,
       .summary = "All settings, and what follows from them",
       .handler = handler<&SettingsApi::show_all>(this),
       .errors = ErrorForm::text,
       .answer = store::group_shape("")},
      {.method = Method::get,
       .pattern = "/api/settings/ip-filter",
       .role = Role::read,
       .summary = "Who may connect",
       .handler = handler<&SettingsApi::show_ip_filter>(this),
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::put,
       .pattern = "/api/settings/ip-filter",
       .role = Role::admin,
       .summary = "Changes who may connect",
       .handler = handler<&SettingsApi::change_ip_filter>(this),
       .body = shape::object(ip_filter_members(), 1).strict(),
       .outcomes = {{200, "The filter as it is now"}, {409, "It would shut out whoever asks"}},
       .errors = ErrorForm::text,
       .answer = an_object,
       .headers = if_match_header}};
  for (const Method method : {Method::put, Method::patch}) {
    rows.push_back({.method = method,
                    .pattern = "/api/settings",
                    .role = Role::write,
                    .summary = "Changes the settings that the body names",
                    .handler = handler<&SettingsApi::change_all>(this),
                    .body = shape::object(all_members_),
                    .outcomes = {{200, "All settings as they are now"},
                                 {412, "If-Match names settings that were changed since"}},
                    .errors = ErrorForm::text,
                    .answer = store::group_shape(""),
                    .headers = if_match_header});
  }
  add_group_routes(rows, "thinking-budget", "/api/settings/thinking-budget");
  add_group_routes(rows, "system-prompt", "/api/settings/system-prompt");
  add_group_routes(rows, "resilience", "/api/settings/resilience");
  add_group_routes(rows, "combos", "/api/settings/combos");
  add_group_routes(rows, "combo-overrides", "/api/settings/combo-overrides");
  return rows;
}

void SettingsApi::add_group_routes(std::vector<Route>& rows, std::string_view group,
                                   std::string_view pattern) {
  rows.push_back({.method = net::Method::get,
                  .pattern = pattern,
                  .role = net::Role::read,
                  .summary = "The settings of this group",
                  .handler = [this, group](net::Exchange& exchange,
                                           Arguments) { return show_group(exchange, group); },
                  .errors = ErrorForm::text,
                  .answer = store::group_shape(group)});
  rows.push_back({.method = net::Method::put,
                  .pattern = pattern,
                  .role = net::Role::write,
                  .summary = "Changes the settings of this group that the body names",
                  .handler =
                      [this, group](net::Exchange& exchange, Arguments arguments) {
                        return change_group(exchange, group, arguments.body);
                      },
                  .body = shape::object(store::group_shape(group).members, 1).strict(),
                  .errors = ErrorForm::text,
                  .answer = store::group_shape(group),
                  .headers = if_match_header});
}

net::Task<Status> SettingsApi::store(net::Exchange& exchange, Change change) {
  const bool new_password = !change.password_hash.empty();
  store::AuditEntry entry = changes_.entry(exchange, "settings.updated");
  entry.resource_type = "settings";
  entry.target = change.group;
  change.edit = if_match(exchange, change.group,
                         rules_.keep_guarded(std::move(change.edit), change.password_hash));
  const std::string keep = own_session(identity::caller_of(exchange));
  Status done = co_await changes_.make(
      std::move(entry),
      [this, change = std::move(change), new_password, keep](sql::Session& session,
                                                             store::AuditEntry& noted) -> Status {
        const std::string action = noted.action;
        const store::SettingWriter writer{session, with_.store.sealer(), noted.when};
        Status kept = change_settings(writer, change.edit, noted);
        if (!kept || !new_password) return kept;
        noted.action = action;
        noted.metadata = json::Raw::trusted(R"({"passwordChanged":true})");
        kept = rules_.expect_unchanged(session, *change.tried);
        return kept ? rules_.store_password(session, change.password_hash, keep) : kept;
      });
  if (done && new_password) with_.lockout.forget_all();
  co_return done;
}

net::Task<Status> SettingsApi::show_all(net::Exchange& exchange, Arguments) {
  co_return co_await answer_all(exchange, {});
}

net::Task<Status> SettingsApi::answer_all(net::Exchange& exchange,
                                          std::vector<std::string> ignored) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  store::write_group(writer, now->settings, "");
  writer.key("hasPassword").boolean(rules_.has_password(*now));
  writer.key("runtimePorts").begin_object().key("port").integer(options_.port);
  writer.key("apiPort").integer(options_.port).key("dashboardPort").integer(options_.port);
  writer.key("apiPortExplicit").boolean(false);
  writer.key("dashboardPortExplicit").boolean(false).end_object();
  writer.key("apiPort").integer(options_.port).key("dashboardPort").integer(options_.port);
  writer.key("cloudConfigured").boolean(!now->settings.cloud_url.empty());
  writer.key("machineId").text(options_.machine_id);
  if (!ignored.empty()) {
    writer.key("ignored").begin_array();
    for (const std::string& name : ignored) writer.text(name);
    writer.end_array();
  }
  writer.end_object();
  net::OutFields fields;
  fields.add("content-type", "application/json").add("etag", etag_of(now->settings, ""));
  co_return co_await exchange.reply(200, std::move(fields), std::move(body));
}

net::Task<Status> SettingsApi::change_all(net::Exchange& exchange, Arguments arguments) {
  const json::Value body = arguments.body;
  const json::Value new_password = body.find("newPassword");
  const bool is_admin = has_role(identity::caller_of(exchange), net::Role::admin);
  for (const auto [name, value] : body.members()) {
    if (is_admin || !is_guarded(name)) continue;
    co_return Error(Error::Kind::forbidden,
                    "The token lacks the scope admin, which " + std::string(name) + " needs");
  }
  if (Status may = rules_.check_switch(body); !may) co_return may;
  Change change{.edit = assign_members("", body), .group = ""};
  if (new_password) {
    change.tried = with_.store.current();
    Status may = co_await rules_.check_current(exchange, body, change.tried);
    if (!may) co_return may;
    auto hash = co_await rules_.hash_new(Secret(std::string(new_password.text())));
    if (!hash) co_return hash.error();
    change.password_hash = *std::move(hash);
  }
  Status done = co_await store(exchange, std::move(change));
  if (!done) co_return co_await answer_refusal(exchange, done.error());
  co_return co_await answer_all(exchange, ignored_in(body));
}

net::Task<Status> SettingsApi::show_group(net::Exchange& exchange, std::string_view group) {
  const auto now = with_.store.current();
  net::OutFields fields;
  fields.add("content-type", "application/json").add("etag", etag_of(now->settings, group));
  co_return co_await exchange.reply(200, std::move(fields), group_json(now->settings, group));
}

net::Task<Status> SettingsApi::change_group(net::Exchange& exchange, std::string_view group,
                                            json::Value body) {
  if (auto findings = check_overrides(body); !findings.empty()) {
    co_return co_await answer_invalid(exchange, std::move(findings));
  }
  Change change{.edit = assign_members(group, body), .group = group};
  Status done = co_await store(exchange, std::move(change));
  if (!done) co_return co_await answer_refusal(exchange, done.error());
  co_return co_await show_group(exchange, group);
}

std::string SettingsApi::ip_filter_json() const {
  const auto now = with_.store.current();
  const store::Settings& settings = now->settings;
  const std::int64_t now_ms = to_millis(with_.clock.wall());
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  for (const std::string_view name : {"enabled", "mode", "blacklist", "whitelist"}) {
    store::write(writer.key(name), settings, *store::find_setting(ip_filter, name));
  }
  writer.key("tempBans").begin_array();
  json::Reader reader;
  for (const json::Value ban : reader.read(settings.ip_temp_bans.text()).items()) {
    const std::int64_t until = ban.at("until").integer();
    if (until <= now_ms) continue;
    writer.begin_object().key("ip").text(ban.at("ip").text()).key("until").integer(until);
    writer.key("reason").text(ban.find("reason").text());
    writer.key("remainingMs").integer(until - now_ms).end_object();
  }
  writer.end_array().end_object();
  return body;
}

net::Task<Status> SettingsApi::show_ip_filter(net::Exchange& exchange, Arguments) {
  co_return co_await exchange.reply_json(200, ip_filter_json());
}

net::Task<Status> SettingsApi::change_ip_filter(net::Exchange& exchange, Arguments arguments) {
  const json::Value force = arguments.body.find("force");
  const auto edit = [text = std::string(arguments.body.slice()), forced = force && force.boolean(),
                     client = identity::caller_of(exchange).client, now = with_.clock.wall(),
                     loopback = options_.ip_filter_loopback](store::Settings& settings) -> Status {
    json::Reader reader;
    if (Status edited = api::change_ip_filter(settings, reader.read(text), now); !edited) {
      return edited;
    }
    if (forced || !identity::ip_filter_of(settings, loopback).blocks(client, now)) return Nothing{};
    return Error(Error::Kind::conflict,
                 "This would shut out the address that you come from. To do it all the same, send "
                 "\"force\": true");
  };
  Status done = co_await store(exchange, {.edit = edit, .group = ip_filter});
  if (!done) co_return co_await answer_refusal(exchange, done.error());
  co_return co_await show_ip_filter(exchange, {});
}

}  // namespace omni::api
