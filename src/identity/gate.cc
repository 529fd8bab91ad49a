// The rules of who may call which row.  What a request shows of itself is looked up by its hash, so
// that the time it takes tells nothing about what is stored.

#include "identity/gate.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "identity/cookie.h"
#include "identity/credential.h"
#include "identity/key_text.h"
#include "identity/limit_fields.h"
#include "identity/origin.h"

namespace omni::identity {
namespace {

using Kind = Caller::Kind;
using Admitted = Result<std::unique_ptr<Caller>>;

constexpr std::string_view no_login = "AUTH_001";
constexpr std::string_view no_key = "AUTH_002";

Error refused(std::string message, std::string_view code = "FORBIDDEN") {
  return {Error::Kind::forbidden, std::move(message), code};
}

/// One request, and the rules that it came under.
class Hearing {
 public:
  Hearing(std::shared_ptr<const AccessRules> rules, const net::Exchange& exchange, Clock::Wall now)
      : rules_(std::move(rules)),
        configuration_(*rules_->configuration),
        request_(exchange.request()),
        by_socket_file_(exchange.peer().address.empty()),
        client_(caller_of(exchange).client),
        now_(now) {}

  Admitted admit(const net::Route& route) const;

 private:
  Admitted anybody() const;
  Admitted client(net::Method method) const;
  Admitted manager(net::Role role) const;

  /// A browser sends its cookie, and what visitors send, also for pages that are not ours.
  Admitted unless_misled(std::unique_ptr<Caller> caller) const;
  Status check_key(const store::ApiKey& key) const;
  bool may_visit() const;
  bool is_for_us() const;
  bool is_by_page() const;
  bool is_environment_key(const Secret& key) const;

  /// Null where there is none, or its time is over.
  const store::ApiKey* find_key(const Secret& key) const;
  const store::ManagementToken* find_token(const Secret& token) const;
  const store::LoginSession* find_session() const;

  std::unique_ptr<Caller> caller(Kind kind, std::string id, std::string actor) const;
  std::unique_ptr<Caller> caller(const store::ManagementToken& token) const;
  std::unique_ptr<Caller> caller(const store::LoginSession& login) const;
  std::unique_ptr<Caller> nobody_known(Kind kind) const { return caller(kind, "", "anonymous"); }

  const std::shared_ptr<const AccessRules> rules_;
  const store::Configuration& configuration_;
  const net::RequestHead& request_;
  const bool by_socket_file_;
  const ClientAddress client_;
  const Clock::Wall now_;
};

Error not_for_us() {
  return refused(
      "This host name is not known here; allowedHosts of the settings names those that are",
      "HOST_001");
}

Admitted Hearing::admit(const net::Route& route) const {
  // What somebody passes on to the file comes from anywhere.
  if (by_socket_file_ && client_.local()) return caller(Kind::owner, "", "owner");
  if (route.role == net::Role::open) return anybody();
  if (route.role == net::Role::client) return client(route.method);
  return manager(route.role);
}

Admitted Hearing::anybody() const {
  // A page of another site cannot read the answer, but it can try passwords until the door is shut.
  if (is_by_page() && !is_safe_method(request_.method())) {
    if (Admitted asks = unless_misled(nobody_known(Kind::anonymous)); !asks) return asks;
  }
  Admitted known = manager(net::Role::open);
  if (!known) known = client(net::Method::post);
  if (!known) return nobody_known(Kind::anonymous);
  return known;
}

Admitted Hearing::client(net::Method method) const {
  const bool looks = method == net::Method::get;
  const std::optional<Secret> key = client_key(request_);
  if (key) {
    if (const store::ApiKey* known = find_key(*key)) {
      if (Status may = check_key(*known); !may) return may.error();
      auto found = caller(Kind::client, known->id, "key:" + known->name);
      found->key = known;
      return found;
    }
    if (is_environment_key(*key)) {
      const std::string& id = rules_->options.environment_key_id;
      return caller(Kind::client, id, "key:" + id);
    }
    const store::ManagementToken* token = looks ? find_token(*key) : nullptr;
    if (token != nullptr && grants(*token, net::Role::read)) return caller(*token);
  } else if (looks) {
    if (const store::LoginSession* login = find_session()) return unless_misled(caller(*login));
  }
  if (rules_->api_key_required) {
    return Error(Error::Kind::unauthorized, key ? "Invalid API key" : "Missing API key", no_key);
  }
  // A page of another site has to ask before it sends JSON, and is told no; the rest it just sends.
  if (is_by_page() && !is_for_us()) return not_for_us();
  if (is_by_page() && !is_json(request_.fields())) {
    return unless_misled(nobody_known(Kind::anonymous));
  }
  return nobody_known(Kind::anonymous);
}

Admitted Hearing::manager(net::Role role) const {
  const std::optional<Secret> bearer = bearer_token(request_.fields());
  if (bearer) {
    if (const store::ManagementToken* token = find_token(*bearer)) {
      if (grants(*token, role)) return caller(*token);
      return refused("The token lacks the scope " + std::string(name_of(role)));
    }
  } else if (const store::LoginSession* login = find_session()) {
    return unless_misled(caller(*login));
  }
  if (may_visit()) return unless_misled(nobody_known(Kind::visitor));
  if (request_.fields().find("authorization")) return refused("Invalid management token", no_login);
  return Error(Error::Kind::unauthorized, "Authentication required", no_login);
}

Admitted Hearing::unless_misled(std::unique_ptr<Caller> caller) const {
  if (!is_for_us()) return not_for_us();
  // What is shown for a cookie no other origin can read; a visitor's answer needs no cookie.
  const bool looks = caller->kind != Kind::visitor && is_safe_method(request_.method());
  if (looks || is_same_origin_or_allowed(request_.fields(), rules_->allowed_origins)) return caller;
  return refused("Cross-origin request refused", "CSRF_001");
}

Status Hearing::check_key(const store::ApiKey& key) const {
  if (!key.active) return refused("This API key is disabled");
  const KeyRule& rule = rules_->key_rules.at(&key);
  const auto matches = [this](const AddressRule& address) {
    return client_.address && address.matches(*client_.address);
  };
  if (!rule.from_anywhere && std::ranges::none_of(rule.addresses, matches)) {
    return refused("This API key may not be used from this address");
  }
  if (!is_open(rule.schedule, now_)) return refused("This API key may not be used at this time");
  return Nothing{};
}

/// Without a password there is nothing to show, but then only this machine is trusted.
bool Hearing::may_visit() const {
  if (!configuration_.settings.require_login) return true;
  return !rules_->password_exists && client_.local();
}

bool Hearing::is_for_us() const {
  return is_our_host(request_.field("host"), rules_->public_names);
}

bool Hearing::is_by_page() const {
  return request_.fields().find("origin") || request_.fields().find("sec-fetch-site");
}

bool Hearing::is_environment_key(const Secret& key) const {
  bool same = false;
  for (const Secret& ours : rules_->options.environment_keys) same |= key == ours;
  return same;
}

const store::ApiKey* Hearing::find_key(const Secret& key) const {
  const store::ApiKey* found = configuration_.find_api_key(token_hash(key));
  if (found == nullptr || (found->revoked_at && *found->revoked_at <= now_)) return nullptr;
  return found->expires_at && *found->expires_at <= now_ ? nullptr : found;
}

const store::ManagementToken* Hearing::find_token(const Secret& token) const {
  const store::ManagementToken* found = configuration_.find_management_token(token_hash(token));
  if (found == nullptr) return nullptr;
  return found->expires_at && *found->expires_at <= now_ ? nullptr : found;
}

const store::LoginSession* Hearing::find_session() const {
  const std::optional<Secret> id = session_cookie(request_.fields());
  if (!id) return nullptr;
  const store::LoginSession* found = configuration_.find_login_session(token_hash(*id));
  return found != nullptr && now_ < found->expires_at ? found : nullptr;
}

std::unique_ptr<Caller> Hearing::caller(Kind kind, std::string id, std::string actor) const {
  auto made = std::make_unique<Caller>();
  made->kind = kind;
  made->id = std::move(id);
  made->actor = std::move(actor);
  made->client = client_;
  made->configuration = rules_->configuration;
  return made;
}

std::unique_ptr<Caller> Hearing::caller(const store::ManagementToken& token) const {
  return caller(Kind::token, token.id, "token:" + token.name);
}

std::unique_ptr<Caller> Hearing::caller(const store::LoginSession& login) const {
  return caller(Kind::session, login.id_hash, "admin");
}

}  // namespace

bool grants(const store::ManagementToken& token, net::Role role) {
  if (role == net::Role::open) return true;
  return std::ranges::any_of(token.scopes, [role](std::string_view scope) {
    return scope == name_of(role) || scope == "admin" ||
           (role == net::Role::read && scope == "write");
  });
}

void Gate::follow(store::ConfigStore& store) {
  store.add_listener([this](const std::shared_ptr<const store::Configuration>& configuration) {
    auto made = std::make_shared<const AccessRules>(configuration, options_, zones_);
    const std::scoped_lock lock(mutex_);
    rules_ = std::move(made);
  });
}

std::shared_ptr<const AccessRules> Gate::rules() const {
  const std::scoped_lock lock(mutex_);
  OMNI_ASSERT(rules_ != nullptr);
  return rules_;
}

const Caller& Gate::meet(net::Exchange& exchange) const {
  auto caller = std::make_unique<Caller>();
  caller->client =
      client_address(exchange.peer(), exchange.request().fields(), options_.trusted_proxies);
  exchange.set_caller(std::move(caller));
  return caller_of(exchange);
}

net::Task<Status> Gate::admit(net::Exchange& exchange, const net::Route& route) {
  if (exchange.caller() == nullptr) meet(exchange);
  Admitted admitted = Hearing(rules(), exchange, clock_.wall()).admit(route);
  if (!admitted) co_return admitted.error();
  Caller& caller = **admitted;
  exchange.set_caller(*std::move(admitted));
  if (caller.key != nullptr && route.role == net::Role::client) {
    if (Status within = keep_within_limits(exchange, caller); !within) co_return within.error();
  }
  note_use(caller);
  co_return Nothing{};
}

Status Gate::keep_within_limits(net::Exchange& exchange, Caller& caller) {
  ClientLimits::Entry entry = limits_.enter(*caller.key);
  add_limit_fields(entry, exchange.request(), clock_.wall(), exchange.standing_fields());
  if (entry.refusal) {
    return Error(Error::Kind::rate_limited, std::string(entry.refusal->why), "RATE_LIMITED");
  }
  caller.stay = std::move(entry.stay);
  return Nothing{};
}

void Gate::note_use(const Caller& caller) {
  const Clock::Wall now = clock_.wall();
  if (caller.key != nullptr) {
    notes_.key_used(caller.id, now);
  } else if (caller.kind == Kind::token) {
    notes_.token_used(caller.id, now);
  } else if (caller.kind == Kind::session) {
    notes_.session_used(*caller.configuration->find_login_session(caller.id), now);
  }
}

}  // namespace omni::identity
