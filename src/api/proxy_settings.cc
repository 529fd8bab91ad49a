#include "api/proxy_settings.h"

#include <algorithm>
#include <array>

#include "account/account.h"
#include "api/known_providers.h"
#include "api/proxy_members.h"
#include "base/strings.h"
#include "json/scratch_reader.h"
#include "route/node_provider.h"

namespace omni::api {
namespace {

using account::Proxies;
using json::MemberShape;
using json::Presence;
using store::ProxyRow;
namespace shape = json::shape;

constexpr std::size_t id_bytes_max = 200;

/// A level, and what the whole configuration calls its part.
struct Level {
  std::string_view name, member;
};
constexpr std::array levels{Level{"global", "global"}, Level{"provider", "providers"},
                            Level{"combo", "combos"}, Level{"key", "keys"}};
constexpr std::array<std::string_view, 4> level_names{"global", "provider", "combo", "key"};

constexpr json::Shape level = shape::choice(level_names);
constexpr json::Shape id = shape::text(1, id_bytes_max);
constexpr json::Shape by_id = shape::object({});

constexpr std::array show_query{
    MemberShape{"level", level, Presence::optional, "Only that of this level."},
    MemberShape{"id", id, Presence::optional, "Of that provider, combo or connection."},
    MemberShape{"resolve", id, Presence::optional, "The one that this connection goes through."}};
constexpr std::array remove_query{
    MemberShape{"level", level, Presence::required, "Of this level."},
    MemberShape{"id", id, Presence::optional, "Of that provider, combo or connection."}};
constexpr std::array change_members{
    MemberShape{"level", level, Presence::optional, "The level of `proxy`."},
    MemberShape{"id", id, Presence::optional, "The provider, combo or connection of `proxy`."},
    MemberShape{"proxy", shape::any(), Presence::optional, "An object, a URL, or null for none."},
    MemberShape{"global", shape::any(), Presence::optional, "That of everybody."},
    MemberShape{"providers", by_id.or_null(), Presence::optional, "Those of providers, by id."},
    MemberShape{"combos", by_id.or_null(), Presence::optional, "Those of combos, by id."},
    MemberShape{"keys", by_id.or_null(), Presence::optional, "Those of connections, by id."}};
constexpr std::array test_members{
    MemberShape{"proxy", shape::any(), Presence::required, "An object or a URL."},
    MemberShape{"level", level, Presence::optional, "Where its password is stored, if it is ***."},
    MemberShape{"id", id, Presence::optional, "Likewise."},
    MemberShape{"proxyId", shape::any(), Presence::optional, "What the caller knows it by."}};

Error wrong(std::string message) { return {Error::Kind::bad_request, std::move(message)}; }

/// A proxy that somebody names: a level, an id, and what it shall be.
struct Named {
  std::string_view level, id;
  json::Value proxy;
};

Status check_place(std::string_view level_name, std::string_view id_named) {
  if (level_name.empty()) return wrong("level: is missing");
  if ((level_name == "global") != id_named.empty()) {
    return wrong(id_named.empty() ? "id: is missing" : "id: the global proxy has none");
  }
  return Nothing{};
}

/// All that a body of PUT names.
Result<std::vector<Named>> named_in(json::Value body) {
  std::vector<Named> named;
  for (const auto [name, value] : body.members()) {
    if (name == "proxy") {
      named.push_back({body.find("level").text(), body.find("id").text(), value});
      continue;
    }
    const auto* const part = std::ranges::find(levels, name, &Level::member);
    if (part == levels.end()) continue;
    if (part->name == "global") {
      named.push_back({"global", "", value});
      continue;
    }
    for (const auto [each, proxy] : value.members()) named.push_back({part->name, each, proxy});
  }
  if (named.empty()) return wrong("proxy: is missing");
  for (const Named& each : named) {
    if (Status placed = check_place(each.level, each.id); !placed) return placed.error();
    if (each.id.size() > id_bytes_max) return wrong("id: is too long");
  }
  return named;
}

/// A proxy of nobody would be taken for one that holds.
Status check_known(const catalog::Catalog& catalog, const store::Configuration& now,
                   std::string_view text) {
  const json::ScratchReader reader;
  const Result<std::vector<Named>> named = named_in(reader->read(text));
  if (!named) return named.error();
  const auto is_combo = [&now](std::string_view wanted) {
    return std::ranges::find(now.combos, wanted, &store::Combo::id) != now.combos.end();
  };
  for (const Named& each : *named) {
    const bool known = each.proxy.is_null() || each.level == "global" ||
                       (each.level == "provider" && find_provider(catalog, now, each.id)) ||
                       (each.level == "combo" && is_combo(each.id)) ||
                       (each.level == "key" && find_connection(now, each.id) != nullptr);
    if (!known) return wrong("id: there is no such " + std::string(each.level));
  }
  return Nothing{};
}

Secret url_at(const std::vector<ProxyRow>& rows, std::string_view level_name,
              std::string_view id_named) {
  const auto found = std::ranges::find_if(
      rows, [&](const ProxyRow& row) { return row.level == level_name && row.id == id_named; });
  return found == rows.end() ? Secret() : found->url;
}

bool is_socks(const net::Proxy& proxy) {
  return proxy.kind == net::Proxy::Kind::socks5 || proxy.kind == net::Proxy::Kind::socks5h;
}

Status check_socks(const net::Proxy& proxy, bool allowed) {
  if (allowed || !is_socks(proxy)) return Nothing{};
  return wrong(
      "SOCKS5 proxies are not allowed: ENABLE_SOCKS5_PROXY=true allows them, or the "
      "setting enableSocks5Proxy");
}

/// The level and the id alone: what a proxy is may hold a password.
std::string details_of(const std::vector<Named>& all) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("changed").begin_array();
  for (const Named& each : all) {
    writer.begin_object().key("level").text(each.level).key("id").text(each.id);
    writer.key("removed").boolean(each.proxy.is_null()).end_object();
  }
  writer.end_array().end_object();
  return text;
}

void write_part(json::Writer& writer, const std::vector<ProxyRow>& rows, const Proxies& proxies,
                std::string_view level_name) {
  writer.begin_object();
  for (const ProxyRow& row : rows) {
    if (row.level != level_name) continue;
    write_proxy(writer.key(row.id), proxies.at(row.level, row.id).proxy);
  }
  writer.end_object();
}

/// What an echo service says: `{"ip":"…"}`, or the address alone; empty if neither.
std::string address_in(const std::string& body) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(body);
  std::string_view text = trim(body);
  if (root.kind() == json::Kind::object) {
    const json::Value ip = root.find("ip");
    text = ip.kind() == json::Kind::text ? ip.text() : std::string_view();
  }
  return json::format::address.fits(text) ? std::string(text) : "";
}

/// Of the proxy itself; what went wrong behind it is not its fault.
std::optional<std::string> fault_of_proxy(const Error& error) {
  if (error.kind() == Error::Kind::timed_out) return "Connection timeout (10s)";
  if (error.message().starts_with("proxy: ")) return error.message();
  return std::nullopt;
}

}  // namespace

std::vector<Route> ProxySettings::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{{.method = Method::get,
                           .pattern = "/api/settings/proxy",
                           .role = Role::read,
                           .summary = "The proxies towards providers, without passwords",
                           .handler = handler<&ProxySettings::show>(this),
                           .query = show_query,
                           .answer = an_object},
                          {.method = Method::delete_,
                           .pattern = "/api/settings/proxy",
                           .role = Role::write,
                           .summary = "Takes a proxy away",
                           .handler = handler<&ProxySettings::remove>(this),
                           .query = remove_query,
                           .outcomes = {{200, "All proxies as they are now"}},
                           .answer = an_object},
                          {.method = Method::post,
                           .pattern = "/api/settings/proxy/test",
                           .role = Role::write,
                           .summary = "Asks through a proxy which address others see",
                           .handler = handler<&ProxySettings::test>(this),
                           .body = shape::object(test_members),
                           .outcomes = {{200, "What came of it"}},
                           .answer = an_object}};
  for (const Method method : {Method::put, Method::patch}) {
    rows.push_back({.method = method,
                    .pattern = "/api/settings/proxy",
                    .role = Role::write,
                    .summary = "Sets the proxies that the body names, one or several",
                    .handler = handler<&ProxySettings::change>(this),
                    .body = shape::object(change_members),
                    .outcomes = {{200, "All proxies as they are now"}},
                    .answer = an_object});
  }
  return rows;
}

bool ProxySettings::socks_allowed() const {
  return options_.socks_allowed || with_.store.current()->settings.enable_socks5_proxy;
}

net::Task<Status> ProxySettings::show(net::Exchange& exchange, Arguments arguments) {
  if (const json::Value connection = arguments.query.find("resolve")) {
    co_return co_await answer_resolved(exchange, std::string(connection.text()));
  }
  if (arguments.query.find("level")) co_return co_await answer_level(exchange, arguments.query);
  co_return co_await answer_all(exchange);
}

net::Task<Status> ProxySettings::answer_all(net::Exchange& exchange) {
  const auto now = with_.store.current();
  const Proxies proxies(now->proxies, {});
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  for (const Level& part : levels) {
    writer.key(part.member);
    if (part.name == "global") {
      write_proxy(writer, proxies.at("global", "").proxy);
    } else {
      write_part(writer, now->proxies, proxies, part.name);
    }
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProxySettings::answer_level(net::Exchange& exchange, json::Value query) {
  const std::string_view wanted = query.at("level").text();
  const std::string_view of = query.find("id").text();
  if (Status placed = check_place(wanted, of); !placed) co_return placed;
  const auto now = with_.store.current();
  const Proxies proxies(now->proxies, {});
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("level").text(wanted).key("id");
  if (of.empty()) {
    writer.null();
  } else {
    writer.text(of);
  }
  write_proxy(writer.key("proxy"), proxies.at(wanted, of).proxy);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProxySettings::answer_resolved(net::Exchange& exchange,
                                                 std::string connection_id) {
  const auto now = with_.store.current();
  const store::Connection* connection = find_connection(*now, connection_id);
  if (connection == nullptr) co_return Error(Error::Kind::not_found, "Connection not found");
  const KnownProvider known = find_provider(with_.catalog, *now, connection->provider);
  if (!known) co_return Error(Error::Kind::not_found, "Unknown provider");
  const catalog::Provider provider =
      known.node() != nullptr ? route::provider_of(*known.node()) : *known.listed();
  const Proxies proxies(now->proxies, options_.variables);
  const account::Account account = account::prepare(provider, connection, proxies);
  Proxies::Choice choice{account.way_out(nullptr), "key", connection->id};
  if (choice.proxy == account.shared_proxy) {
    const account::Base* const base = account.first_base();
    choice = base == nullptr ? Proxies::Choice() : proxies.shared(provider, base->origin);
  }
  std::string body;
  json::Writer writer(body);
  write_proxy(writer.begin_object().key("proxy"), choice.proxy);
  writer.key("level").text(choice.level).key("levelId");
  if (choice.id.empty()) {
    writer.null();
  } else {
    writer.text(choice.id);
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProxySettings::change(net::Exchange& exchange, Arguments arguments) {
  co_return co_await store(exchange, std::string(arguments.body.slice()));
}

net::Task<Status> ProxySettings::remove(net::Exchange& exchange, Arguments arguments) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("level").text(arguments.query.at("level").text());
  if (const json::Value of = arguments.query.find("id")) writer.key("id").text(of.text());
  writer.key("proxy").null().end_object();
  co_return co_await store(exchange, std::move(body));
}

net::Task<Status> ProxySettings::store(net::Exchange& exchange, std::string text) {
  if (Status known = check_known(with_.catalog, *with_.store.current(), text); !known)
    co_return known;
  store::AuditEntry entry = changes_.entry(exchange, "proxy.updated");
  entry.resource_type = "proxy";
  const auto work = [text = std::move(text), socks = socks_allowed(),
                     &sealer = with_.store.sealer()](sql::Session& session,
                                                     store::AuditEntry& noted) -> Status {
    json::Reader reader;
    const Result<std::vector<Named>> named = named_in(reader.read(text));
    if (!named) return named.error();
    const auto before = store::load_proxies(session, sealer);
    if (!before) return before.error();
    for (const Named& each : *named) {
      ProxyRow row{std::string(each.level), std::string(each.id), {}};
      if (!each.proxy.is_null()) {
        const auto proxy = read_proxy(each.proxy, url_at(*before, row.level, row.id));
        if (!proxy) return proxy.error();
        if (Status allowed = check_socks(*proxy, socks); !allowed) return allowed;
        row.url = net::url_of(*proxy);
      }
      if (Status put = store::put_proxy(session, sealer, row); !put) return put;
    }
    noted.details = json::Raw::trusted(details_of(*named));
    return Nothing{};
  };
  if (Status done = co_await changes_.make(std::move(entry), work); !done) co_return done;
  co_return co_await answer_all(exchange);
}

net::Task<Status> ProxySettings::test(net::Exchange& exchange, Arguments arguments) {
  const json::Value body = arguments.body;
  const Secret stored =
      url_at(with_.store.current()->proxies, body.find("level").text(), body.find("id").text());
  const Result<net::Proxy> proxy = read_proxy(body.at("proxy"), stored);
  if (!proxy) co_return proxy.error();
  if (Status allowed = check_socks(*proxy, socks_allowed()); !allowed) co_return allowed;
  const Clock::Steady began = with_.clock.steady();
  const Result<ProbeAnswer> echo = co_await with_.prober.ask_through(*proxy);
  const auto took = std::chrono::duration_cast<Millis>(with_.clock.steady() - began);
  std::optional<std::string> fault;
  if (!echo) fault = fault_of_proxy(echo.error());
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("success").boolean(!fault);
  if (fault) {
    writer.key("error").text(*fault);
  } else {
    const std::string address = echo ? address_in(echo->body) : "";
    writer.key("publicIp");
    if (address.empty()) {
      writer.null();
    } else {
      writer.text(address);
    }
  }
  writer.key("latencyMs").integer(took.count()).key("proxyUrl").text(shown_url(*proxy));
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(text));
}

}  // namespace omni::api
