#include "api/keys.h"

#include <algorithm>
#include <array>

#include "api/errors.h"
#include "api/expiry.h"
#include "api/key_policy.h"
#include "base/ids.h"
#include "identity/key_text.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::array list_query{
    MemberShape{"limit", shape::integer(1, 1000), Presence::optional, "How many at most."},
    MemberShape{"offset", shape::integer(0, 1'000'000), Presence::optional, "After how many."}};

std::vector<MemberShape> members_of_new() {
  const std::span<const MemberShape> policy = key_policy_members();
  std::vector<MemberShape> members(policy.begin(), policy.end());
  std::ranges::find(members, "name", &MemberShape::name)->presence = Presence::required;
  return members;
}

/// What the body names, as it was and as it is.
json::Raw details_of(const store::ApiKey& before, const store::ApiKey& after, json::Value body) {
  std::string details;
  json::Writer writer(details);
  writer.begin_object().key("before").begin_object();
  write_key_members(writer, before, body);
  writer.end_object().key("after").begin_object();
  write_key_members(writer, after, body);
  writer.end_object().end_object();
  return json::Raw::trusted(std::move(details));
}

store::AuditEntry about(store::AuditEntry entry, std::string_view id) {
  entry.resource_type = "api_key";
  entry.target = id;
  return entry;
}

bool names_a_member(json::Value body) {
  for (const auto [name, value] : body.members()) {
    const auto members = key_policy_members();
    if (std::ranges::find(members, name, &MemberShape::name) != members.end()) return true;
  }
  return false;
}

Error not_found() { return {Error::Kind::not_found, "Key not found"}; }

}  // namespace

std::vector<Route> Keys::routes() {
  using net::Method;
  using net::Role;
  static const std::vector<MemberShape> new_members = members_of_new();
  std::vector<Route> rows{{.method = Method::get,
                           .pattern = "/api/keys",
                           .role = Role::keys,
                           .summary = "Lists the keys, masked",
                           .handler = handler<&Keys::list>(this),
                           .query = list_query,
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::post,
                           .pattern = "/api/keys",
                           .role = Role::keys,
                           .summary = "Makes a key",
                           .handler = handler<&Keys::create>(this),
                           .body = shape::object(new_members),
                           .outcomes = {{201, "The key, shown this once"}},
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::get,
                           .pattern = "/api/keys/{id}",
                           .role = Role::keys,
                           .summary = "A key, masked",
                           .handler = handler<&Keys::show>(this),
                           .outcomes = {{200, "The key"}, {404, "There is none"}},
                           .errors = ErrorForm::text,
                           .answer = shape::object(key_policy_members())},
                          {.method = Method::delete_,
                           .pattern = "/api/keys/{id}",
                           .role = Role::keys,
                           .summary = "Deletes a key",
                           .handler = handler<&Keys::remove>(this),
                           .outcomes = {{200, "Deleted"}, {404, "There is none"}},
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::get,
                           .pattern = "/api/keys/{id}/reveal",
                           .role = Role::keys,
                           .summary = "Says that keys cannot be shown again",
                           .handler = handler<&Keys::reveal>(this),
                           .outcomes = {{403, "Only a hash of it is kept"}, {404, "There is none"}},
                           .errors = ErrorForm::text}};
  for (const Method method : {Method::patch, Method::put}) {
    rows.push_back({.method = method,
                    .pattern = "/api/keys/{id}",
                    .role = Role::keys,
                    .summary = "Changes what the body names of a key",
                    .handler = handler<&Keys::change>(this),
                    .body = shape::object(key_policy_members()),
                    .outcomes = {{200, "Changed"}, {404, "There is none"}},
                    .errors = ErrorForm::text,
                    .answer = shape::object(key_policy_members())});
  }
  return rows;
}

net::Task<Status> Keys::list(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const std::span<const store::ApiKey> all = now->api_keys;
  const json::Value limit = arguments.query.find("limit");
  const json::Value offset = arguments.query.find("offset");
  const std::size_t begin =
      std::min(all.size(), static_cast<std::size_t>(offset ? offset.integer() : 0));
  const std::size_t count =
      std::min(all.size() - begin, limit ? static_cast<std::size_t>(limit.integer()) : all.size());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("keys").begin_array();
  for (const store::ApiKey& key : all.subspan(begin, count)) write_key(writer, key);
  writer.end_array().key("total").integer(static_cast<std::int64_t>(all.size()));
  writer.key("allowKeyReveal").boolean(false).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Keys::create(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const Secret text = identity::new_client_key(machine_id_, now->api_key_secret, with_.random);
  store::ApiKey key;
  key.id = new_uuid(with_.random);
  key.hash = identity::token_hash(text);
  key.mask = identity::mask(text.reveal());
  key.machine_id = machine_id_;
  store::AuditEntry entry = about(changes_.entry(exchange, "api_key.created"), key.id);
  key.created_at = entry.when;
  if (auto wrong = check_expiry(arguments.body, entry.when); !wrong.empty()) {
    co_return co_await answer_invalid(exchange, std::move(wrong));
  }
  const auto work = [key, body_text = std::string(arguments.body.slice())](
                        sql::Session& session, store::AuditEntry& noted) -> Result<store::ApiKey> {
    store::ApiKey added = key;
    json::Reader reader;
    const json::Value policy = reader.read(body_text);
    if (Status applied = apply_key_policy(added, policy); !applied) return applied.error();
    noted.details = details_of({}, added, policy);
    if (Status kept = store::add_api_key(session, added); !kept) return kept.error();
    return added;
  };
  const Result<store::ApiKey> added = co_await changes_.make(std::move(entry), work);
  if (!added) co_return added.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("key").text(text.reveal()).key("name").text(added->name);
  writer.key("id").text(added->id).key("machineId").text(added->machine_id);
  writer.key("noLog").boolean(added->no_log).end_object();
  co_return co_await exchange.reply_json(201, std::move(body));
}

net::Task<Status> Keys::show(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const auto key = std::ranges::find(now->api_keys, exchange.param("id"), &store::ApiKey::id);
  if (key == now->api_keys.end()) co_return not_found();
  std::string body;
  json::Writer writer(body);
  write_key(writer, *key);
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Keys::change(net::Exchange& exchange, Arguments arguments) {
  const std::string id(exchange.param("id"));
  if (!names_a_member(arguments.body)) {
    co_return Error(Error::Kind::bad_request, "No valid fields to update");
  }
  const auto work = [id, text = std::string(arguments.body.slice())](
                        sql::Session& session, store::AuditEntry& entry) -> Result<store::ApiKey> {
    Result<store::ApiKey> key = store::load_api_key(session, id);
    if (!key) return key;
    const store::ApiKey before = *key;
    json::Reader reader;
    const json::Value body = reader.read(text);
    if (Status applied = apply_key_policy(*key, body); !applied) return applied.error();
    entry.details = details_of(before, *key, body);
    if (Status kept = store::update_api_key(session, *key); !kept) return kept.error();
    return key;
  };
  const auto changed =
      co_await changes_.make(about(changes_.entry(exchange, "api_key.updated"), id), work);
  if (!changed) co_return changed.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("message").text("Key updated successfully");
  write_key_members(writer, *changed, arguments.body);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Keys::remove(net::Exchange& exchange, Arguments) {
  const std::string id(exchange.param("id"));
  Status done = co_await changes_.make(about(changes_.entry(exchange, "api_key.deleted"), id),
                                       [id](sql::Session& session, store::AuditEntry&) {
                                         return store::delete_api_key(session, id);
                                       });
  if (!done) co_return done;
  co_return co_await exchange.reply_json(200, R"({"message":"Key deleted successfully"})");
}

net::Task<Status> Keys::reveal(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  const auto key = std::ranges::find(now->api_keys, exchange.param("id"), &store::ApiKey::id);
  if (key == now->api_keys.end()) co_return not_found();
  co_return Error(Error::Kind::forbidden,
                  "Only a hash of the key is kept, so it cannot be shown again");
}

}  // namespace omni::api
