// One table says how each member of an account is read and written, so that a list, a change and
// the audit of it cannot differ.

#include "api/connection_members.h"

#include <algorithm>
#include <array>

#include "api/provider_formats.h"
#include "base/strings.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using json::Value;
using json::Writer;
using store::Connection;
namespace shape = json::shape;

constexpr json::Shape time_shape = shape::text(1, 40).like(json::format::timestamp).or_null();
constexpr json::Shape word = shape::text(0, 200).or_null();
constexpr json::Shape place = shape::integer(1, 100);
constexpr std::int64_t minutes_max = 525'600;
constexpr std::int64_t concurrent_max = 100'000;

bool is_empty(const std::string& text) { return text.empty(); }
template <class T>
bool is_empty(const std::optional<T>& value) {
  return !value;
}
template <class T>
bool is_empty(const T&) {
  return false;
}

void write_value(Writer& writer, const std::string& text) { writer.text(text); }
void write_value(Writer& writer, std::int64_t number) { writer.integer(number); }
void write_value(Writer& writer, const bool& yes) { writer.boolean(yes); }
void write_value(Writer& writer, Clock::Wall time) { writer.text(iso8601(time)); }
template <class T>
void write_value(Writer& writer, const std::optional<T>& value) {
  write_value(writer, *value);
}

void read_value(std::string& member, Value value) { member = value.is_null() ? "" : value.text(); }
void read_value(std::int64_t& member, Value value) { member = value.integer(); }
void read_value(bool& member, Value value) { member = value.boolean(); }
void read_value(std::optional<std::int64_t>& member, Value value) {
  member = value.is_null() ? std::nullopt : std::optional(value.integer());
}
void read_value(std::optional<Clock::Wall>& member, Value value) {
  member = value.is_null() ? std::nullopt : parse_iso8601(value.text());
}

/// What is not there is left out.
template <auto member>
void write_member(Writer& writer, std::string_view name, const Connection& connection) {
  if (!is_empty(connection.*member)) write_value(writer.key(name), connection.*member);
}

/// A member of the API and how it stands in an account.
struct ConnectionMember {
  MemberShape shape;
  void (*read)(Connection&, Value);
  void (*write)(Writer&, std::string_view name, const Connection&);
};

template <auto member>
constexpr ConnectionMember plain(std::string_view name, const json::Shape& shape,
                                 std::string_view help) {
  return {{name, shape, Presence::optional, help},
          [](Connection& connection, Value value) { read_value(connection.*member, value); },
          write_member<member>};
}

/// People paste keys with a line's end behind them, and forms that were not filled in say nothing.
Secret key_in(const Connection& connection, Value value) {
  if (value.is_null()) return Secret();
  const std::string_view text = trim(value.text());
  return text.empty() ? connection.api_key : Secret(std::string(text));
}

void read_key(Connection& connection, Value value) {
  connection.api_key = key_in(connection, value);
}

void write_nothing(Writer&, std::string_view, const Connection&) {}

constexpr std::array members{
    ConnectionMember{{"apiKey", shape::text(0, 10'000).like(format::key).secret().or_null(),
                      Presence::optional, "What opens it; never shown again."},
                     read_key,
                     write_nothing},
    plain<&Connection::name>("name", shape::text(1, 200).like(json::format::name),
                             "What people call it."),
    plain<&Connection::priority>("priority", place, "Its place among those of its provider."),
    plain<&Connection::global_priority>("globalPriority", place.or_null(),
                                        "Its place among all, where a combo asks for that."),
    plain<&Connection::active>("isActive", shape::boolean(), "It is used."),
    plain<&Connection::group>("group", shape::text(0, 100).or_null(),
                              "Under which heading lists show it."),
    plain<&Connection::default_model>("defaultModel", word, "The model it is tested with."),
    ConnectionMember{
        {"maxConcurrent", shape::integer(0, concurrent_max).or_null(), Presence::optional,
         "How many requests it may have at a time; 0: any number."},
        [](Connection& connection, Value value) { read_value(connection.concurrent_max, value); },
        [](Writer& writer, std::string_view name, const Connection& connection) {
          writer.key(name);
          if (!connection.concurrent_max) {
            writer.null();
          } else {
            writer.integer(*connection.concurrent_max);
          }
        }},
    plain<&Connection::rate_limit_protection>("rateLimitProtection", shape::boolean(),
                                              "Requests wait where its limits are near."),
    plain<&Connection::health_check_minutes>("healthCheckInterval", shape::integer(0, minutes_max),
                                             "How often it is tested, in minutes; 0: never."),
    plain<&Connection::test_status>("testStatus", shape::text(0, 50), "How it was found."),
    plain<&Connection::error_code>("errorCode", word, "What its last error is called."),
    plain<&Connection::last_error>("lastError", shape::text(0, 2000).or_null(),
                                   "What went wrong the last time."),
    plain<&Connection::last_error_at>("lastErrorAt", time_shape, "When that was."),
    plain<&Connection::last_error_type>("lastErrorType", word, "Of what kind it was."),
    plain<&Connection::last_error_source>("lastErrorSource", word, "Where it came from."),
    plain<&Connection::rate_limited_until>("rateLimitedUntil", time_shape,
                                           "Until then it is left alone."),
    plain<&Connection::last_tested_at>("lastTested", time_shape, "When it was tested."),
};

constexpr std::string_view data_name = "providerSpecificData";

const auto shapes = [] {
  std::array<MemberShape, members.size() + 1> all{};
  for (std::size_t i = 0; i < members.size(); ++i) all[i] = members[i].shape;
  all.back() = {data_name, connection_data_shape, Presence::optional,
                "What only this provider needs; goes over what is there."};
  return all;
}();

const ConnectionMember* find_member(std::string_view name) {
  const auto found = std::ranges::find(
      members, name, [](const ConnectionMember& member) { return member.shape.name; });
  return found == members.end() ? nullptr : &*found;
}

/// `…a91f`, by which people tell keys apart; nothing of one that would be half told by it.
void write_key_hint(Writer& writer, const Secret& key) {
  constexpr std::size_t told = 4;
  constexpr std::size_t bytes_min = 12;
  const std::string_view text = key.reveal();
  if (text.size() < bytes_min || !format::key.fits(text)) return;
  writer.key("keyHint").text("…" + std::string(text.substr(text.size() - told)));
}

}  // namespace

std::span<const MemberShape> connection_members() { return shapes; }

bool names_connection_member(Value body) {
  for (const auto [name, value] : body.members()) {
    if (std::ranges::find(shapes, name, &MemberShape::name) != shapes.end()) return true;
  }
  return false;
}

Status apply_connection_members(Connection& connection, Value body, const KnownProvider& provider) {
  const Value key = body.find("apiKey");
  const bool starts_anew = !connection.active && body.find("isActive").boolean();
  const bool has_new_key = key && !(key_in(connection, key) == connection.api_key);
  if (starts_anew || has_new_key) forget_errors(connection);
  for (const auto [name, value] : body.members()) {
    if (const ConnectionMember* const member = find_member(name)) member->read(connection, value);
  }
  if (const Value data = body.find(data_name)) {
    return merge_connection_data(connection, data, provider);
  }
  return Nothing{};
}

void write_connection(Writer& writer, const Connection& connection, const KnownProvider& provider) {
  writer.begin_object().key("id").text(connection.id).key("provider").text(connection.provider);
  writer.key("authType").text(connection.auth_type);
  for (const ConnectionMember& member : members) {
    member.write(writer, member.shape.name, connection);
  }
  write_connection_data(writer.key(data_name), connection, provider);
  write_key_hint(writer, connection.api_key);
  write_member<&Connection::email>(writer, "email", connection);
  write_member<&Connection::display_name>(writer, "displayName", connection);
  write_member<&Connection::token_type>(writer, "tokenType", connection);
  write_member<&Connection::scope>(writer, "scope", connection);
  write_member<&Connection::project_id>(writer, "projectId", connection);
  write_member<&Connection::token_expires_at>(writer, "expiresAt", connection);
  write_member<&Connection::token_expires_at>(writer, "tokenExpiresAt", connection);
  write_member<&Connection::last_health_check_at>(writer, "lastHealthCheckAt", connection);
  write_member<&Connection::last_used_at>(writer, "lastUsedAt", connection);
  writer.key("backoffLevel").integer(connection.backoff_level);
  writer.key("consecutiveUseCount").integer(connection.consecutive_uses);
  writer.key("createdAt").text(iso8601(connection.created_at));
  writer.key("updatedAt").text(iso8601(connection.updated_at)).end_object();
}

void write_connection_members(Writer& writer, const Connection& connection, Value body) {
  for (const ConnectionMember& member : members) {
    bool named = false;  // find() gives nothing for null, which names a member as well
    for (const auto [name, value] : body.members()) named = named || name == member.shape.name;
    if (named) member.write(writer, member.shape.name, connection);
  }
}

}  // namespace omni::api
