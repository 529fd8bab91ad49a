#include "api/policies.h"

#include <algorithm>
#include <array>

#include "base/dollars.h"
#include "base/ids.h"
#include "json/or_null.h"
#include "store/policies.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Policy;
namespace shape = json::shape;

constexpr double cost_usd_max = 1e6;
constexpr std::int64_t tokens_max = 1'000'000'000;

constexpr std::array<std::string_view, 4> types{"routing", "budget", "access", "model"};
constexpr std::array<std::string_view, 1> actions_at_once{"unlock"};
constexpr json::Shape name = shape::text(1, 200).like(json::format::name);
constexpr json::Shape names = shape::list(name, 0, 1000);

constexpr std::array condition_members{
    MemberShape{"modelPattern", name.or_null(), Presence::optional,
                "The model, as it is asked for or as PROVIDER/MODEL; with *."},
    MemberShape{"keyId", name.or_null(), Presence::optional, "The API key that asks, by id."},
    MemberShape{"provider", name.or_null(), Presence::optional, "Targets of this provider."}};
constexpr std::array action_members{
    MemberShape{"preferProvider", names, Presence::optional, "Providers that are asked first."},
    MemberShape{"blockProvider", names, Presence::optional, "Providers that are not asked."},
    MemberShape{"blockModel", names, Presence::optional, "Models that are not asked; with *."},
    MemberShape{"maxTokens", shape::integer(1, tokens_max).or_null(), Presence::optional,
                "How long an answer may be."},
    MemberShape{"maxCostUsd", shape::number(0, cost_usd_max).or_null(), Presence::optional,
                "What question and answer may cost, where a price is known."}};

constexpr std::array post_members{
    MemberShape{"action", shape::choice(actions_at_once), Presence::optional,
                "unlock: lets an address try passwords again."},
    MemberShape{"identifier", shape::text(1, 100), Presence::optional, "The address."},
    MemberShape{"id", shape::text(1, 100).like(json::format::name), Presence::optional,
                "Of the policy that is replaced; without, there will be another."},
    MemberShape{"name", name, Presence::optional, "What people call it; required of a policy."},
    MemberShape{"type", shape::choice(types), Presence::optional, "What it is about, for people."},
    MemberShape{"enabled", shape::boolean(), Presence::optional, "It counts."},
    MemberShape{"priority", shape::integer(-1'000'000, 1'000'000), Presence::optional,
                "A smaller one comes first."},
    MemberShape{"conditions", shape::object(condition_members).strict(), Presence::optional,
                "Which requests it is for; none: all."},
    MemberShape{"actions", shape::object(action_members).strict(), Presence::optional,
                "What becomes of them."}};
constexpr std::array remove_query{
    MemberShape{"id", shape::text(1, 100), Presence::required, "Of the policy."}};

std::string text_of(json::Value object, std::string_view member) {
  const json::Value value = object.find(member);
  return value.kind() == json::Kind::text ? std::string(value.text()) : std::string();
}

store::Texts texts_of(json::Value object, std::string_view member) {
  store::Texts texts;
  const json::Value value = object.find(member);
  if (value.kind() != json::Kind::array) return texts;
  for (const json::Value item : value.items()) texts.emplace_back(item.text());
  return texts;
}

Policy read_policy(json::Value body) {
  Policy policy;
  policy.id = text_of(body, "id");
  policy.name = text_of(body, "name");
  policy.type = body.find("type") ? text_of(body, "type") : "routing";
  if (const json::Value enabled = body.find("enabled")) policy.enabled = enabled.boolean();
  if (const json::Value priority = body.find("priority")) policy.priority = priority.integer();
  const json::Value conditions = body.find("conditions");
  policy.model_pattern = text_of(conditions, "modelPattern");
  policy.key_id = text_of(conditions, "keyId");
  policy.provider = text_of(conditions, "provider");
  const json::Value actions = body.find("actions");
  policy.preferred_providers = texts_of(actions, "preferProvider");
  policy.blocked_providers = texts_of(actions, "blockProvider");
  policy.blocked_models = texts_of(actions, "blockModel");
  const json::Value tokens = actions.find("maxTokens");
  if (tokens.kind() == json::Kind::number) policy.output_tokens_max = tokens.integer();
  const json::Value cost = actions.find("maxCostUsd");
  if (cost.kind() == json::Kind::number) {
    policy.cost_nano_max = nano_of(cost.number());
  }
  return policy;
}

void write_text(json::Writer& writer, std::string_view member, const std::string& text) {
  if (!text.empty()) writer.key(member).text(text);
}

void write_texts(json::Writer& writer, std::string_view member, const store::Texts& texts) {
  if (texts.empty()) return;
  writer.key(member).begin_array();
  for (const std::string& text : texts) writer.text(text);
  writer.end_array();
}

void write_policy(json::Writer& writer, const Policy& policy) {
  writer.begin_object().key("id").text(policy.id).key("name").text(policy.name);
  writer.key("type").text(policy.type).key("enabled").boolean(policy.enabled);
  writer.key("priority").integer(policy.priority).key("conditions").begin_object();
  write_text(writer, "modelPattern", policy.model_pattern);
  write_text(writer, "keyId", policy.key_id);
  write_text(writer, "provider", policy.provider);
  writer.end_object().key("actions").begin_object();
  write_texts(writer, "preferProvider", policy.preferred_providers);
  write_texts(writer, "blockProvider", policy.blocked_providers);
  write_texts(writer, "blockModel", policy.blocked_models);
  if (policy.output_tokens_max) writer.key("maxTokens").integer(*policy.output_tokens_max);
  if (policy.cost_nano_max) {
    writer.key("maxCostUsd").number(dollars(*policy.cost_nano_max));
  }
  writer.end_object();
  write_time_or_null(writer.key("createdAt"), policy.created_at);
  write_time_or_null(writer.key("updatedAt"), policy.updated_at);
  writer.end_object();
}

std::string written(const Policy& policy) {
  std::string text;
  json::Writer writer(text);
  write_policy(writer, policy);
  return text;
}

store::AuditEntry about(store::AuditEntry entry, std::string_view id) {
  entry.resource_type = "policy";
  entry.target = id;
  return entry;
}

}  // namespace

std::vector<Route> Policies::routes() {
  using net::Method;
  using net::Role;
  return {{.method = Method::get,
           .pattern = "/api/policies",
           .role = Role::read,
           .summary = "The policies in their order, and who is locked out",
           .handler = handler<&Policies::show>(this),
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/policies",
           .role = Role::write,
           .summary = "Makes or replaces a policy, or unlocks an address",
           .handler = handler<&Policies::post>(this),
           .body = shape::object(post_members),
           .outcomes = {{201, "The policy"}, {200, "The address is unlocked"}},
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::delete_,
           .pattern = "/api/policies",
           .role = Role::write,
           .summary = "Deletes a policy",
           .handler = handler<&Policies::remove>(this),
           .query = remove_query,
           .outcomes = {{200, "Deleted"}, {404, "There is none"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

net::Task<Status> Policies::show(net::Exchange& exchange, Arguments) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("lockedIdentifiers").begin_array();
  for (const identity::Lockout::Locked& locked : with_.lockout.locked()) {
    const auto left = std::chrono::ceil<Millis>(locked.left);
    writer.begin_object().key("identifier").text(identity::text_of(locked.address));
    writer.key("lockedUntil").integer(to_millis(with_.clock.wall() + left));
    writer.key("remainingMs").integer(left.count()).end_object();
  }
  writer.end_array().key("policies").begin_array();
  for (const Policy& policy : with_.store.current()->policies) write_policy(writer, policy);
  writer.end_array().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Policies::post(net::Exchange& exchange, Arguments arguments) {
  const json::Value body = arguments.body;
  if (body.find("action")) {
    co_return co_await unlock(exchange, text_of(body, "identifier"));
  }
  if (!body.find("name")) {
    co_return co_await answer_invalid(exchange, {{"name", "is missing"}});
  }
  co_return co_await put(exchange, body);
}

net::Task<Status> Policies::put(net::Exchange& exchange, json::Value body) {
  Policy policy = read_policy(body);
  if (policy.id.empty()) policy.id = new_uuid(with_.random);
  store::AuditEntry entry = about(changes_.entry(exchange, "policy.stored"), policy.id);
  policy.created_at = policy.updated_at = entry.when;
  entry.details = json::Raw::trusted(written(policy));
  const auto work = [policy](sql::Session& session, store::AuditEntry&) -> Result<Policy> {
    if (Status put = store::put_policy(session, policy); !put) return put.error();
    const auto all = store::load_policies(session);
    if (!all) return all.error();
    return *std::ranges::find(*all, policy.id, &Policy::id);
  };
  const Result<Policy> stored = co_await changes_.make(std::move(entry), work);
  if (!stored) co_return stored.error();
  co_return co_await exchange.reply_json(201, R"({"policy":)" + written(*stored) + "}");
}

/// Not for a token that may only change what is behind the door.
net::Task<Status> Policies::unlock(net::Exchange& exchange, std::string identifier) {
  if (!has_role(identity::caller_of(exchange), net::Role::admin)) {
    co_return Error(Error::Kind::forbidden, "The token lacks the scope admin");
  }
  const auto address = identity::parse_address(identifier);
  if (!address) co_return co_await answer_invalid(exchange, {{"identifier", "is no address"}});
  with_.lockout.unlock(*address);
  Status noted =
      co_await changes_.note(about(changes_.entry(exchange, "auth.unlocked"), identifier));
  if (!noted) co_return noted;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("success").boolean(true).key("action").text("unlocked");
  writer.key("identifier").text(identifier).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Policies::remove(net::Exchange& exchange, Arguments arguments) {
  const std::string id(arguments.query.at("id").text());
  Status done = co_await changes_.make(about(changes_.entry(exchange, "policy.deleted"), id),
                                       [id](sql::Session& session, store::AuditEntry&) {
                                         return store::delete_policy(session, id);
                                       });
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"success":true})");
}

}  // namespace omni::api
