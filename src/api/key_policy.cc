// One table says how each member of a key is read and written, so that a list, a change and the
// audit of it cannot differ.

#include "api/key_policy.h"

#include <algorithm>
#include <array>

#include "identity/access_rules.h"
#include "identity/address_rule.h"
#include "json/or_null.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::ApiKey;
namespace format = json::format;
namespace shape = json::shape;

constexpr std::int64_t limit_max = 1'000'000'000;
constexpr json::Shape limit = shape::integer(1, limit_max).or_null();
constexpr json::Shape time = shape::text(1, 40).like(format::timestamp).or_null();
constexpr json::Shape model = shape::text(1, 200).like(format::name);
constexpr json::Shape connection = shape::text(36, 36).like(format::uuid);
constexpr json::Shape address_rule = shape::text(1, 100).like(format::address_rule);
constexpr json::Shape scope = shape::text(1, 50).like(format::name);
constexpr json::Shape weekday = shape::integer(0, 6);
constexpr json::Shape time_of_day = shape::text(5, 5).like(format::time_of_day);

constexpr std::array schedule_members{
    MemberShape{"enabled", shape::boolean(), Presence::required, "The hours count."},
    MemberShape{"from", time_of_day, Presence::required, "When they begin."},
    MemberShape{"until", time_of_day, Presence::required, "When they end, perhaps the next day."},
    MemberShape{"days", shape::list(weekday, 1, 7), Presence::required, "0 is Sunday."},
    MemberShape{"tz", shape::text(1, 100), Presence::required, "A zone such as Europe/Berlin."}};
constexpr json::Shape schedule = shape::object(schedule_members).strict();

/// How a member of the API stands in a key.
struct KeyMember {
  MemberShape shape;
  Status (*read)(ApiKey& key, json::Value value);
  void (*write)(json::Writer& writer, const ApiKey& key);
};

template <auto Member>
Status read_plain(ApiKey& key, json::Value value) {
  auto& member = key.*Member;
  if constexpr (std::is_same_v<decltype(member), bool&>) {
    member = value.boolean();
  } else if constexpr (std::is_same_v<decltype(member), std::string&>) {
    member = value.text();
  } else {
    member = value.integer();
  }
  return Nothing{};
}

template <auto Member>
Status read_texts(ApiKey& key, json::Value value) {
  (key.*Member).clear();
  if (value.is_null()) return Nothing{};
  for (const json::Value item : value.items()) (key.*Member).emplace_back(item.text());
  return Nothing{};
}

template <auto Member>
Status read_limit(ApiKey& key, json::Value value) {
  key.*Member = value.is_null() ? std::nullopt : std::optional(value.integer());
  return Nothing{};
}

Status read_expiry(ApiKey& key, json::Value value) {
  key.expires_at = value.is_null() ? std::nullopt : parse_iso8601(value.text());
  return Nothing{};
}

Status read_addresses(ApiKey& key, json::Value value) {
  if (Status read = read_texts<&ApiKey::ip_allowlist>(key, value); !read) return read;
  for (const std::string& text : key.ip_allowlist) {
    const auto rule = identity::AddressRule::parse(text);
    if (!rule) return Error(Error::Kind::bad_request, "ipAllowlist: " + rule.error().message());
  }
  return Nothing{};
}

Status read_schedule(ApiKey& key, json::Value value) {
  key.access_schedule.reset();
  if (value.is_null()) return Nothing{};
  identity::Zones zones;
  const auto made = identity::read_schedule(value.raw(), zones);
  if (!made) return Error(Error::Kind::bad_request, "accessSchedule." + made.error().message());
  key.access_schedule = value.raw();
  return Nothing{};
}

template <auto Member>
void write_plain(json::Writer& writer, const ApiKey& key) {
  const auto& member = key.*Member;
  if constexpr (std::is_same_v<decltype(member), const bool&>) {
    writer.boolean(member);
  } else if constexpr (std::is_same_v<decltype(member), const std::string&>) {
    writer.text(member);
  } else {
    writer.integer(member);
  }
}

template <auto Member>
void write_texts(json::Writer& writer, const ApiKey& key) {
  writer.begin_array();
  for (const std::string& item : key.*Member) writer.text(item);
  writer.end_array();
}

/// As the predecessor has it: no list is null.
template <auto Member>
void write_texts_or_null(json::Writer& writer, const ApiKey& key) {
  if ((key.*Member).empty()) {
    writer.null();
  } else {
    write_texts<Member>(writer, key);
  }
}

template <auto Member>
void write_limit(json::Writer& writer, const ApiKey& key) {
  if (key.*Member) {
    writer.integer(*(key.*Member));
  } else {
    writer.null();
  }
}

void write_schedule(json::Writer& writer, const ApiKey& key) {
  if (key.access_schedule) {
    writer.raw(*key.access_schedule);
  } else {
    writer.null();
  }
}

constexpr std::array members{
    KeyMember{{"name", shape::text(1, 200).like(format::name), Presence::optional,
               "What people call it."},
              read_plain<&ApiKey::name>,
              write_plain<&ApiKey::name>},
    KeyMember{{"allowedModels", shape::list(model, 0, 1000), Presence::optional,
               "The models it may use, exactly or with *; none: all."},
              read_texts<&ApiKey::allowed_models>,
              write_texts<&ApiKey::allowed_models>},
    KeyMember{{"allowedConnections", shape::list(connection, 0, 100), Presence::optional,
               "The accounts it may use; none: all."},
              read_texts<&ApiKey::allowed_connections>,
              write_texts<&ApiKey::allowed_connections>},
    KeyMember{{"noLog", shape::boolean(), Presence::optional,
               "Nothing of its requests is kept but what they cost."},
              read_plain<&ApiKey::no_log>,
              write_plain<&ApiKey::no_log>},
    KeyMember{{"autoResolve", shape::boolean(), Presence::optional,
               "Models that it may not use are replaced by those that it may."},
              read_plain<&ApiKey::auto_resolve>,
              write_plain<&ApiKey::auto_resolve>},
    KeyMember{{"isActive", shape::boolean(), Presence::optional, "It can be used at all."},
              read_plain<&ApiKey::active>,
              write_plain<&ApiKey::active>},
    KeyMember{{"maxSessions", shape::integer(0, 10'000), Presence::optional,
               "How many conversations it may have at a time; 0: any number."},
              read_plain<&ApiKey::sessions_max>,
              write_plain<&ApiKey::sessions_max>},
    KeyMember{{"accessSchedule", schedule.or_null(), Presence::optional, "When it may be used."},
              read_schedule,
              write_schedule},
    KeyMember{{"expiresAt", time, Presence::optional, "From when on it may not be used any more."},
              read_expiry,
              [](json::Writer& writer, const ApiKey& key) {
                write_time_or_null(writer, key.expires_at);
              }},
    KeyMember{{"ipAllowlist", shape::list(address_rule, 0, 1000).or_null(), Presence::optional,
               "From where it may be used; none: from anywhere."},
              read_addresses,
              write_texts_or_null<&ApiKey::ip_allowlist>},
    KeyMember{{"maxRequestsPerDay", limit, Presence::optional,
               "Requests in a day; they grow back evenly."},
              read_limit<&ApiKey::requests_per_day_max>,
              write_limit<&ApiKey::requests_per_day_max>},
    KeyMember{{"maxRequestsPerMinute", limit, Presence::optional,
               "Requests in a minute; they grow back evenly."},
              read_limit<&ApiKey::requests_per_minute_max>,
              write_limit<&ApiKey::requests_per_minute_max>},
    KeyMember{{"maxTokensPerMinute", limit, Presence::optional,
               "Tokens in a minute, counted once an answer is there."},
              read_limit<&ApiKey::tokens_per_minute_max>,
              write_limit<&ApiKey::tokens_per_minute_max>},
    KeyMember{{"maxConcurrentRequests", limit, Presence::optional, "Requests at a time."},
              read_limit<&ApiKey::requests_at_once_max>,
              write_limit<&ApiKey::requests_at_once_max>},
    KeyMember{{"scopes", shape::list(scope, 0, 20).or_null(), Presence::optional,
               "What it may do beyond using models."},
              read_texts<&ApiKey::scopes>,
              write_texts_or_null<&ApiKey::scopes>},
    KeyMember{
        {"group", shape::text(0, 100), Presence::optional, "Under which heading lists show it."},
        read_plain<&ApiKey::group>,
        write_plain<&ApiKey::group>},
};

constexpr auto shapes = [] {
  std::array<MemberShape, members.size()> all{};
  for (std::size_t i = 0; i < members.size(); ++i) all[i] = members[i].shape;
  return all;
}();

const KeyMember* find_member(std::string_view name) {
  const auto found =
      std::ranges::find(members, name, [](const KeyMember& member) { return member.shape.name; });
  return found == members.end() ? nullptr : &*found;
}

}  // namespace

std::span<const MemberShape> key_policy_members() { return shapes; }

Status apply_key_policy(ApiKey& key, json::Value body) {
  for (const auto [name, value] : body.members()) {
    const KeyMember* const member = find_member(name);
    if (member == nullptr) continue;
    if (Status read = member->read(key, value); !read) return read;
  }
  return Nothing{};
}

void write_key(json::Writer& writer, const ApiKey& key) {
  writer.begin_object().key("id").text(key.id).key("key").text(key.mask);
  writer.key("keyPrefix").text(std::string_view(key.mask).substr(0, 8));
  writer.key("machineId").text(key.machine_id);
  write_time_or_null(writer.key("createdAt"), key.created_at);
  write_time_or_null(writer.key("revokedAt"), key.revoked_at);
  write_time_or_null(writer.key("lastUsedAt"), key.last_used_at);
  for (const KeyMember& member : members) member.write(writer.key(member.shape.name), key);
  writer.end_object();
}

void write_key_members(json::Writer& writer, const ApiKey& key, json::Value body) {
  for (const KeyMember& member : members) {
    bool named = false;  // find() gives nothing for null, which names a member as well
    for (const auto [name, value] : body.members()) named = named || name == member.shape.name;
    if (named) member.write(writer.key(member.shape.name), key);
  }
}

}  // namespace omni::api
