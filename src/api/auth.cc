#include "api/auth.h"

#include <algorithm>
#include <array>

#include "api/settings_change.h"
#include "identity/cookie.h"
#include "identity/key_text.h"

namespace omni::api {
namespace {

using identity::Caller;
using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::chrono::days session_time{30};
/// Attempts that cost nothing to refuse must not cost a row each.
constexpr Millis seldom = std::chrono::minutes(1);
constexpr std::size_t user_agent_bytes_max = 300;
/// Anybody may send one.
constexpr std::uint64_t login_bytes_max = 4096;

constexpr json::Shape password_shape = shape::text(1, 200).secret();
constexpr std::array login_members{
    MemberShape{"password", password_shape, Presence::required, "The password of this gateway."}};
constexpr std::array switch_members{
    MemberShape{"requireLogin", shape::boolean(), Presence::optional,
                "Managing the gateway needs the password."},
    MemberShape{"password", password_shape, Presence::optional, "The new password."},
    MemberShape{"currentPassword", password_shape, Presence::optional,
                "The old one. Who has logged in need not say it, but what he says must be right."},
    MemberShape{"confirmExposed", shape::boolean(), Presence::optional,
                "Switches login off although other machines can connect."}};

/// What a browser calls itself, fit to be shown.
std::string user_agent_of(const net::Exchange& exchange) {
  std::string text(exchange.request().field("user-agent").substr(0, user_agent_bytes_max));
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text;
}

void write_session(json::Writer& writer, const store::LoginSession& login, std::string_view own) {
  writer.begin_object();
  writer.key("createdAt").text(iso8601(login.created_at));
  writer.key("lastUsedAt").text(iso8601(login.last_used_at));
  writer.key("expiresAt").text(iso8601(login.expires_at));
  writer.key("address").text(login.address).key("userAgent").text(login.user_agent);
  writer.key("current").boolean(login.id_hash == own).end_object();
}

identity::CookieWay way_for(const Caller& caller, const Auth::Options& options) {
  const bool encrypted = options.secure_cookie || caller.client.encrypted;
  return encrypted ? identity::CookieWay::encrypted : identity::CookieWay::any;
}

}  // namespace

std::vector<Route> Auth::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{
      {.method = Method::post,
       .pattern = "/api/auth/login",
       .role = Role::open,
       .summary = "Logs in; the session is in a cookie",
       .handler = handler<&Auth::login>(this),
       .body = shape::object(login_members),
       .outcomes = {{200, "Logged in"},
                    {401, "The password is wrong"},
                    {403, "There is no password yet"},
                    {429, "Too many wrong passwords; Retry-After says when to go on"}},
       .errors = ErrorForm::text,
       .answer = an_object,
       .body_bytes_max = login_bytes_max},
      {.method = Method::post,
       .pattern = "/api/auth/logout",
       .role = Role::open,
       .summary = "Ends the session of the cookie",
       .handler = handler<&Auth::logout>(this),
       .errors = ErrorForm::text,
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/auth/status",
       .role = Role::open,
       .summary = "Tells whether whoever asks may manage the gateway",
       .handler = handler<&Auth::status>(this),
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/init",
       .role = Role::open,
       .summary = "Tells whether the gateway is ready",
       .handler = handler<&Auth::init>(this),
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/settings/require-login",
       .role = Role::open,
       .summary = "Tells whether managing the gateway needs a password, and whether there is one",
       .handler = handler<&Auth::login_state>(this),
       .answer = an_object},
      {.method = Method::get,
       .pattern = "/api/auth/sessions",
       .role = Role::admin,
       .summary = "Lists who is logged in",
       .handler = handler<&Auth::list_sessions>(this),
       .answer = an_object},
      {.method = Method::delete_,
       .pattern = "/api/auth/sessions",
       .role = Role::admin,
       .summary = "Signs out everywhere else",
       .handler = handler<&Auth::end_others>(this),
       .answer = an_object},
  };
  for (const Method method : {Method::post, Method::put, Method::patch}) {
    rows.push_back({.method = method,
                    .pattern = "/api/settings/require-login",
                    .role = Role::admin,
                    .summary = "Sets the password, or whether it is asked for",
                    .handler = handler<&Auth::change_login>(this),
                    .body = shape::object(switch_members),
                    .errors = ErrorForm::text,
                    .answer = an_object});
  }
  return rows;
}

net::Task<Status> Auth::login(net::Exchange& exchange, Arguments arguments) {
  Secret password(std::string(arguments.body.at("password").text()));
  Snapshot now = with_.store.current();
  if (!rules_.has_password(*now)) {
    (void)co_await note_seldom(exchange, "auth.login.setup_required", setup_noted_ms_);
    co_return co_await exchange.reply_json(
        403, R"({"error":"No password has been set yet","needsSetup":true})");
  }
  const auto verdict = co_await rules_.try_password(exchange, password, now);
  if (!verdict && verdict.error().kind() == Error::Kind::rate_limited) {
    (void)co_await note_seldom(exchange, "auth.login.locked", locked_noted_ms_);
  }
  if (!verdict) co_return verdict.error();
  if (*verdict == LoginRules::Verdict::wrong) {
    (void)co_await note_failure(exchange, "auth.login.failed");
    co_return Error(Error::Kind::unauthorized, "Invalid password");
  }
  co_return co_await admit(exchange, std::move(password), std::move(now));
}

/// The password was right.
net::Task<Status> Auth::admit(net::Exchange& exchange, Secret password, Snapshot tried) {
  std::string hash;
  if (LoginRules::wants_hash(*tried)) {
    Result<std::string> made = co_await rules_.hash(std::move(password));
    if (!made) co_return made.error();
    hash = *std::move(made);
  }
  const Secret id = identity::new_session_id(with_.random);
  store::AuditEntry entry = changes_.entry(exchange, "auth.login.success");
  entry.actor = "admin";
  const store::LoginSession login{.id_hash = identity::token_hash(id),
                                  .created_at = entry.when,
                                  .expires_at = entry.when + session_time,
                                  .last_used_at = entry.when,
                                  .address = entry.address,
                                  .user_agent = user_agent_of(exchange)};
  const Status done = co_await changes_.make(
      std::move(entry),
      [this, tried = std::move(tried), hash = std::move(hash), login](
          sql::Session& session, store::AuditEntry& noted) -> Status {
        Status kept = rules_.expect_unchanged(session, *tried);
        if (kept && !hash.empty()) {
          kept = rules_.store_password(session, hash, "");
          const auto complete = [](store::Settings& settings) -> Status {
            settings.setup_complete = settings.require_login = true;
            return Nothing{};
          };
          store::AuditEntry settled;
          if (kept) {
            kept = change_settings({session, with_.store.sealer(), noted.when}, complete, settled);
          }
          noted.details = settled.details;
        }
        if (kept) kept = store::end_login_sessions_before(session, noted.when);
        return kept ? store::add_login_session(session, login) : kept;
      });
  if (!done) co_return done;
  co_return co_await exchange.reply(200, with_cookie(exchange, id), R"({"success":true})");
}

net::OutFields Auth::with_cookie(const net::Exchange& exchange, const Secret& session_id) const {
  const auto way = way_for(identity::caller_of(exchange), options_);
  net::OutFields fields;
  fields.add("content-type", "application/json");
  fields.add("set-cookie", session_id.empty() ? identity::clear_session_cookie(way)
                                              : identity::set_session_cookie(session_id, way));
  return fields;
}

net::Task<Status> Auth::note_failure(net::Exchange& exchange, std::string_view action) {
  store::AuditEntry entry = changes_.entry(exchange, action);
  entry.status = "failed";
  co_return co_await changes_.note(std::move(entry));
}

net::Task<Status> Auth::note_seldom(net::Exchange& exchange, std::string_view action,
                                    Moment& last) {
  const std::int64_t now = to_millis(with_.clock.wall());
  std::int64_t noted = last;
  if (noted != 0 && now - noted < seldom.count()) co_return Nothing{};
  if (!last.compare_exchange_strong(noted, now)) co_return Nothing{};
  co_return co_await note_failure(exchange, action);
}

net::Task<Status> Auth::logout(net::Exchange& exchange, Arguments) {
  constexpr std::string_view success = R"({"success":true})";
  const Caller& caller = identity::caller_of(exchange);
  if (caller.kind != Caller::Kind::session) {
    co_return co_await exchange.reply_json(200, std::string(success));
  }
  const Status done =
      co_await changes_.make(changes_.entry(exchange, "auth.logout.success"),
                             [id = caller.id](sql::Session& session, store::AuditEntry&) {
                               return store::end_login_session(session, id);
                             });
  if (!done) co_return done;
  co_return co_await exchange.reply(200, with_cookie(exchange, Secret()), std::string(success));
}

net::Task<Status> Auth::status(net::Exchange& exchange, Arguments) {
  const bool known = has_role(identity::caller_of(exchange), net::Role::read);
  co_return co_await exchange.reply_json(
      200, known ? R"({"authenticated":true})" : R"({"authenticated":false})");
}

net::Task<Status> Auth::init(net::Exchange& exchange, Arguments) {
  co_return co_await exchange.reply_json(200, R"({"initialized":true})");
}

net::Task<Status> Auth::login_state(net::Exchange& exchange, Arguments) {
  const Snapshot now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("requireLogin").boolean(now->settings.require_login);
  writer.key("hasPassword").boolean(rules_.has_password(*now));
  writer.key("setupComplete").boolean(now->settings.setup_complete);
  if (has_role(identity::caller_of(exchange), net::Role::read)) {
    writer.key("version").text(options_.version);
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Auth::change_login(net::Exchange& exchange, Arguments arguments) {
  const json::Value wanted = arguments.body.find("requireLogin");
  const json::Value password = arguments.body.find("password");
  if (!wanted && !password) co_return Error(Error::Kind::bad_request, "No valid fields to update");
  if (const Status may = rules_.check_switch(arguments.body); !may) co_return may;
  const Snapshot now = with_.store.current();
  if (arguments.body.find("currentPassword") ||
      identity::caller_of(exchange).kind == Caller::Kind::visitor) {
    const Status proven = co_await rules_.check_current(exchange, arguments.body, now);
    if (!proven) co_return proven;
  }
  std::string hash;
  if (password) {
    auto made = co_await rules_.hash_new(Secret(std::string(password.text())));
    if (!made) co_return made.error();
    hash = *std::move(made);
  }
  const SettingsEdit edit = rules_.keep_guarded(
      [require = wanted ? std::optional(wanted.boolean()) : std::nullopt,
       complete = !hash.empty()](store::Settings& settings) -> Status {
        settings.require_login = require.value_or(settings.require_login);
        settings.setup_complete = settings.setup_complete || complete;
        return Nothing{};
      },
      hash);
  store::AuditEntry entry =
      changes_.entry(exchange, password ? "auth.password.changed" : "settings.updated");
  const std::string action = entry.action;
  const Status done = co_await changes_.make(
      std::move(entry),
      [this, now, edit, action, hash = std::move(hash),
       keep = own_session(identity::caller_of(exchange))](sql::Session& session,
                                                          store::AuditEntry& noted) -> Status {
        Status kept = change_settings({session, with_.store.sealer(), noted.when}, edit, noted);
        if (!kept || hash.empty()) return kept;
        noted.action = action;
        kept = rules_.expect_unchanged(session, *now);
        return kept ? rules_.store_password(session, hash, keep) : kept;
      });
  if (!done) co_return done;
  if (password) with_.lockout.forget_all();
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

net::Task<Status> Auth::list_sessions(net::Exchange& exchange, Arguments) {
  const Snapshot now = with_.store.current();
  const std::string own = own_session(identity::caller_of(exchange));
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("sessions").begin_array();
  for (const store::LoginSession& login : now->login_sessions) {
    if (login.expires_at > with_.clock.wall()) write_session(writer, login, own);
  }
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Auth::end_others(net::Exchange& exchange, Arguments) {
  const Status done =
      co_await changes_.make(changes_.entry(exchange, "auth.sessions.ended"),
                             [keep = own_session(identity::caller_of(exchange))](
                                 sql::Session& session, store::AuditEntry&) {
                               return store::end_login_sessions_except(session, keep);
                             });
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
