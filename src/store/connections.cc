#include "store/connections.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "store/columns.h"

namespace omni::store {
namespace {

constexpr std::string_view table = "provider_connections";
constexpr std::string_view unknown = "Connection not found";

void read_into(std::string& member, const sql::Row& row, std::size_t i) { member = row.text(i); }
void read_into(std::int64_t& member, const sql::Row& row, std::size_t i) {
  member = row.integer(i);
}
void read_into(bool& member, const sql::Row& row, std::size_t i) { member = row.integer(i) != 0; }
void read_into(Clock::Wall& member, const sql::Row& row, std::size_t i) {
  member = time_in(row, i);
}
void read_into(std::optional<std::int64_t>& member, const sql::Row& row, std::size_t i) {
  member = optional_integer_in(row, i);
}
void read_into(std::optional<Clock::Wall>& member, const sql::Row& row, std::size_t i) {
  member = optional_time_in(row, i);
}

/// A column and its member, both ways.
struct Column {
  std::string_view name;
  void (*read)(Connection&, const sql::Row&, std::size_t);
  sql::Value (*write)(const Connection&);
};

template <auto member>
constexpr Column column(std::string_view name) {
  return {name,
          [](Connection& connection, const sql::Row& row, std::size_t i) {
            read_into(connection.*member, row, i);
          },
          [](const Connection& connection) { return to_value(connection.*member); }};
}

/// The same with what stands there sealed; empty: nothing stands there.
struct SealedColumn {
  std::string_view name;
  void (*read)(Connection&, const Secret&);
  Secret (*write)(const Connection&);
};

template <auto member>
constexpr SealedColumn sealed_column(std::string_view name) {
  return {name, [](Connection& connection, const Secret& secret) { connection.*member = secret; },
          [](const Connection& connection) { return connection.*member; }};
}

constexpr std::array sealed_columns{
    sealed_column<&Connection::api_key>("api_key"),
    sealed_column<&Connection::access_token>("access_token"),
    sealed_column<&Connection::refresh_token>("refresh_token"),
    sealed_column<&Connection::id_token>("id_token"),
    // Some providers need more than one key.
    SealedColumn{"provider_specific_data",
                 [](Connection& connection, const Secret& secret) {
                   connection.data = json::Raw::trusted(std::string(secret.reveal()));
                 },
                 [](const Connection& connection) {
                   const std::string_view data = connection.data.text();
                   return data == "{}" ? Secret() : Secret(std::string(data));
                 }},
};

/// The id is the first.
constexpr std::array plain_columns{
    column<&Connection::id>("id"),
    column<&Connection::provider>("provider"),
    column<&Connection::auth_type>("auth_type"),
    column<&Connection::name>("name"),
    column<&Connection::email>("email"),
    column<&Connection::display_name>("display_name"),
    column<&Connection::group>("group_name"),
    column<&Connection::priority>("priority"),
    column<&Connection::global_priority>("global_priority"),
    column<&Connection::active>("is_active"),
    column<&Connection::token_type>("token_type"),
    column<&Connection::scope>("scope"),
    column<&Connection::project_id>("project_id"),
    column<&Connection::token_expires_at>("token_expires_at"),
    column<&Connection::default_model>("default_model"),
    column<&Connection::concurrent_max>("max_concurrent"),
    column<&Connection::rate_limit_protection>("rate_limit_protection"),
    column<&Connection::health_check_minutes>("health_check_interval"),
    column<&Connection::last_health_check_at>("last_health_check_at"),
    column<&Connection::test_status>("test_status"),
    column<&Connection::error_code>("error_code"),
    column<&Connection::last_error>("last_error"),
    column<&Connection::last_error_type>("last_error_type"),
    column<&Connection::last_error_source>("last_error_source"),
    column<&Connection::last_tested_at>("last_tested_at"),
    column<&Connection::last_error_at>("last_error_at"),
    column<&Connection::rate_limited_until>("rate_limited_until"),
    column<&Connection::last_used_at>("last_used_at"),
    column<&Connection::backoff_level>("backoff_level"),
    column<&Connection::consecutive_uses>("consecutive_use_count"),
    column<&Connection::created_at>("created_at"),
    column<&Connection::updated_at>("updated_at"),
};

constexpr std::size_t columns_count = plain_columns.size() + sealed_columns.size();

std::string_view column_name(std::size_t i) {
  return i < plain_columns.size() ? plain_columns[i].name
                                  : sealed_columns[i - plain_columns.size()].name;
}

/// All columns, each as `as` has it with its name and its number, with commas between.
template <class As>
std::string list_columns(const As& as) {
  std::string list;
  for (std::size_t i = 0; i < columns_count; ++i) {
    list.append(i == 0 ? "" : ", ").append(as(std::string(column_name(i)), std::to_string(i + 1)));
  }
  return list;
}

std::string names() {
  return list_columns([](const std::string& name, const std::string&) { return name; });
}

/// A secret that does not open is nobody's credential: the whole is refused, and says which one.
Status open_secrets(Connection& connection, const sql::Row& row, const Sealer& sealer) {
  for (std::size_t i = 0; i < sealed_columns.size(); ++i) {
    const SealedColumn& column = sealed_columns[i];
    const std::string_view sealed = row.text(plain_columns.size() + i);
    if (sealed.empty()) continue;
    Result<Secret> opened = sealer.open(sealed, {table, column.name, connection.id});
    if (!opened) {
      return Error(opened.error().kind(), std::string(column.name) + " of the connection " +
                                              connection.id + ": " + opened.error().message());
    }
    column.read(connection, *std::move(opened));
  }
  return Nothing{};
}

Result<std::vector<Connection>> select(sql::Session& session, const Sealer& sealer,
                                       const std::string& rest,
                                       std::initializer_list<sql::Value> values) {
  static const std::string all = "SELECT " + names() + " FROM " + std::string(table) + " ";
  std::vector<Connection> connections;
  Status opened = Nothing{};
  const Status read = session.run(all + rest, values, [&](const sql::Row& row) {
    Connection& connection = connections.emplace_back();
    for (std::size_t i = 0; i < plain_columns.size(); ++i) {
      plain_columns[i].read(connection, row, i);
    }
    if (opened) opened = open_secrets(connection, row, sealer);
  });
  if (!read) return read.error();
  if (!opened) return opened.error();
  return connections;
}

Status write(sql::Session& session, const Sealer& sealer, const std::string& statement,
             const Connection& connection) {
  std::array<sql::Value, columns_count> values{nullptr};
  std::array<std::string, sealed_columns.size()> sealed;
  for (std::size_t i = 0; i < plain_columns.size(); ++i) {
    values[i] = plain_columns[i].write(connection);
  }
  for (std::size_t i = 0; i < sealed_columns.size(); ++i) {
    const SealedColumn& column = sealed_columns[i];
    const Secret secret = column.write(connection);
    if (secret.empty()) continue;
    sealed[i] = sealer.seal(secret, {table, column.name, connection.id});
    values[plain_columns.size() + i] = std::string_view(sealed[i]);
  }
  return session.run(statement, values, {});
}

}  // namespace

Result<std::vector<Connection>> load_connections(sql::Session& session, const Sealer& sealer) {
  return select(session, sealer, "ORDER BY priority, updated_at DESC, id", {});
}

Result<Connection> load_connection(sql::Session& session, const Sealer& sealer,
                                   std::string_view id) {
  Result<std::vector<Connection>> found = select(session, sealer, "WHERE id = $1", {to_value(id)});
  if (!found) return found.error();
  if (found->empty()) return Error(Error::Kind::not_found, std::string(unknown));
  return std::move(found->front());
}

Status add_connection(sql::Session& session, const Sealer& sealer, const Connection& connection) {
  static const std::string statement =
      "INSERT INTO " + std::string(table) + " (" + names() + ") VALUES (" +
      list_columns([](const std::string&, const std::string& number) { return "$" + number; }) +
      ")";
  return write(session, sealer, statement, connection);
}

Status update_connection(sql::Session& session, const Sealer& sealer,
                         const Connection& connection) {
  static const std::string statement =
      "UPDATE " + std::string(table) + " SET " +
      list_columns([](const std::string& name, const std::string& number) {
        return std::string(name).append(" = $").append(number);
      }) +
      " WHERE id = $1";
  return expect_one_row(session, write(session, sealer, statement, connection), unknown);
}

Status delete_connection(sql::Session& session, std::string_view id) {
  Status done = expect_one_row(
      session, session.run("DELETE FROM provider_connections WHERE id = $1", {to_value(id)}),
      unknown);
  if (done) done = session.run("DELETE FROM proxies WHERE place = 'key:' || $1", {to_value(id)});
  return done;
}

Status place_connection(sql::Session& session, std::string_view provider, std::string_view id,
                        std::optional<std::int64_t> place) {
  std::vector<std::string> order;
  Status done = session.run(
      "SELECT id FROM provider_connections WHERE provider = $1 AND id <> $2 "
      "ORDER BY priority, updated_at DESC, id",
      {to_value(provider), to_value(id)},
      [&](const sql::Row& row) { order.emplace_back(row.text(0)); });
  const auto end = static_cast<std::int64_t>(order.size());
  order.emplace(order.begin() + std::clamp(place.value_or(end + 1) - 1, std::int64_t{0}, end), id);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!done) break;
    done = session.run(
        "UPDATE provider_connections SET priority = $1 WHERE id = $2 AND priority <> $1",
        {static_cast<std::int64_t>(i + 1), to_value(order[i])});
  }
  return done;
}

void forget_errors(Connection& connection) {
  connection.test_status = "unknown";
  for (std::string* const text : {&connection.error_code, &connection.last_error,
                                  &connection.last_error_type, &connection.last_error_source}) {
    text->clear();
  }
  connection.last_error_at = connection.rate_limited_until = std::nullopt;
  connection.backoff_level = 0;
}

}  // namespace omni::store
