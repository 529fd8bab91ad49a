#include "api/login_rules.h"

#include "identity/guards.h"
#include "identity/password.h"
#include "store/secrets_table.h"

namespace omni::api {
namespace {

bool is_hash(const Secret& stored) { return stored.reveal().starts_with("$2"); }

bool matches(const Secret& password, const Secret& stored, const Secret& initial) {
  if (stored.empty()) return !initial.empty() && password == initial;
  if (is_hash(stored)) return identity::password_matches(password, stored.reveal());
  return password == stored;  // in clear, as old releases kept it
}

}  // namespace

bool LoginRules::wants_hash(const store::Configuration& configuration) {
  return !is_hash(configuration.password_hash);
}

net::Task<Result<LoginRules::Verdict>> LoginRules::try_password(
    net::Exchange& exchange, Secret password, std::shared_ptr<const store::Configuration> against) {
  const auto from = identity::caller_of(exchange).client.address;
  const bool counts = from && against->settings.brute_force_protection;
  if (counts) {
    const std::chrono::seconds wait = with_.lockout.attempt(*from);
    if (wait.count() > 0) {
      exchange.standing_fields().add("retry-after", static_cast<std::uint64_t>(wait.count()));
      co_return Error(Error::Kind::rate_limited,
                      "Too many failed attempts. Please try again later.");
    }
  }
  const Result<bool> right = co_await net::offload(
      with_.workers,
      [password = std::move(password), stored = against->password_hash,
       initial = options_.initial_password] { return matches(password, stored, initial); });
  if (!right) co_return right.error();
  if (*right && counts) with_.lockout.succeeded(*from);
  co_return *right ? Verdict::right : Verdict::wrong;
}

net::Task<Status> LoginRules::check_current(net::Exchange& exchange, json::Value body,
                                            std::shared_ptr<const store::Configuration> now) {
  const identity::Caller& caller = identity::caller_of(exchange);
  if (!has_password(*now)) {
    const bool may = caller.kind != identity::Caller::Kind::visitor || caller.client.local();
    if (may) co_return Nothing{};
    co_return Error(Error::Kind::unauthorized, "Unauthorized");
  }
  const std::string_view current = body.find("currentPassword").text();
  if (current.empty()) co_return Error(Error::Kind::bad_request, "Current password is required");
  const auto verdict =
      co_await try_password(exchange, Secret(std::string(current)), std::move(now));
  if (!verdict) co_return verdict.error();
  if (*verdict == Verdict::right) co_return Nothing{};
  store::AuditEntry failed = changes_.entry(exchange, "auth.login.failed");
  failed.status = "failed";
  (void)co_await changes_.note(std::move(failed));
  co_return Error(Error::Kind::unauthorized, "Invalid current password");
}

net::Task<Result<std::string>> LoginRules::hash(Secret password) {
  Result<Result<std::string>> hash = co_await net::offload(
      with_.workers, [password = std::move(password), &random = with_.random] {
        return identity::hash_password(password, random);
      });
  if (!hash) co_return hash.error();
  co_return *std::move(hash);
}

net::Task<Result<std::string>> LoginRules::hash_new(Secret password) {
  using identity::PasswordLength;
  const auto least = options_.allow_weak_passwords ? PasswordLength::weak : PasswordLength::usual;
  const Status fit = identity::check_new_password(password, least);
  if (!fit) co_return fit.error();
  co_return co_await hash(std::move(password));
}

Status LoginRules::expect_unchanged(sql::Session& session,
                                    const store::Configuration& tried) const {
  const auto stored = store::load_secret(session, with_.store.sealer(), store::password_hash);
  if (!stored) return stored.error();
  if (stored->value_or(Secret()) == tried.password_hash) return Nothing{};
  return Error(Error::Kind::conflict, "The password was changed in the meantime");
}

Status LoginRules::store_password(sql::Session& session, const std::string& hash,
                                  std::string_view keep) const {
  Status done =
      store::store_secret(session, with_.store.sealer(), store::password_hash, Secret(hash));
  if (done) done = store::end_login_sessions_except(session, keep);
  return done;
}

SettingsEdit LoginRules::keep_guarded(SettingsEdit edit, std::string_view password_hash) const {
  if (!options_.exposed) return edit;
  const bool has_one = !password_hash.empty() || has_password(*with_.store.current());
  const identity::Guards guards{.password = has_one, .keys = options_.keys_required};
  return [guards, edit = std::move(edit)](store::Settings& settings) -> Status {
    const bool guarded = !guards.under(settings).none();
    Status done = edit(settings);
    if (!done || !guarded || !guards.under(settings).none()) return done;
    return Error(Error::Kind::bad_request,
                 "Other machines can reach this gateway, and then everybody could use and manage "
                 "it: with these settings it would not start again. Set requireApiKey to true, or "
                 "requireLogin with a password");
  };
}

Status LoginRules::check_switch(json::Value body) const {
  const json::Value wanted = body.find("requireLogin");
  if (!wanted || wanted.boolean() || !options_.exposed) return Nothing{};
  const json::Value confirmed = body.find("confirmExposed");
  if (confirmed && confirmed.boolean()) return Nothing{};
  return Error(Error::Kind::bad_request,
               "Other machines can reach this gateway, and without login each of them could manage "
               "it. To switch login off all the same, send \"confirmExposed\": true");
}

std::string own_session(const identity::Caller& caller) {
  return caller.kind == identity::Caller::Kind::session ? caller.id : std::string();
}

}  // namespace omni::api
