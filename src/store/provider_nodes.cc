#include "store/provider_nodes.h"

#include "store/columns.h"

namespace omni::store {
namespace {

constexpr std::string_view unknown = "Provider node not found";

Result<std::vector<ProviderNode>> select(sql::Session& session, const std::string& rest,
                                         std::initializer_list<sql::Value> values) {
  std::vector<ProviderNode> nodes;
  const Status read = session.run(
      "SELECT id, type, name, prefix, api_type, base_url, chat_path, models_path, created_at, "
      "updated_at FROM provider_nodes " +
          rest,
      values, [&](const sql::Row& row) {
        nodes.push_back(
            {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
             std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5)),
             std::string(row.text(6)), std::string(row.text(7)), time_in(row, 8), time_in(row, 9)});
      });
  if (!read) return read.error();
  return nodes;
}

Status write(sql::Session& session, std::string_view statement, const ProviderNode& node) {
  return session.run(
      statement,
      {to_value(node.id), to_value(node.type), to_value(node.name), to_value(node.prefix),
       to_value(node.api_type), to_value(node.base_url), to_value(node.chat_path),
       to_value(node.models_path), to_value(node.created_at), to_value(node.updated_at)});
}

}  // namespace

Result<std::vector<ProviderNode>> load_provider_nodes(sql::Session& session) {
  return select(session, "ORDER BY created_at, id", {});
}

Result<ProviderNode> load_provider_node(sql::Session& session, std::string_view id) {
  Result<std::vector<ProviderNode>> found = select(session, "WHERE id = $1", {to_value(id)});
  if (!found) return found.error();
  if (found->empty()) return Error(Error::Kind::not_found, std::string(unknown));
  return std::move(found->front());
}

Status add_provider_node(sql::Session& session, const ProviderNode& node) {
  return write(session,
               "INSERT INTO provider_nodes (id, type, name, prefix, api_type, base_url, "
               "chat_path, models_path, created_at, updated_at) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
               node);
}

Status update_provider_node(sql::Session& session, const ProviderNode& node) {
  return expect_one_row(
      session,
      write(session,
            "UPDATE provider_nodes SET type = $2, name = $3, prefix = $4, api_type = $5, "
            "base_url = $6, chat_path = $7, models_path = $8, created_at = $9, updated_at = $10 "
            "WHERE id = $1",
            node),
      unknown);
}

Status delete_provider_node(sql::Session& session, std::string_view id) {
  Status done = expect_one_row(
      session, session.run("DELETE FROM provider_nodes WHERE id = $1", {to_value(id)}), unknown);
  for (const std::string table :
       {"provider_connections", "custom_models", "model_switches", "user_prices"}) {
    if (done) done = session.run("DELETE FROM " + table + " WHERE provider = $1", {to_value(id)});
  }
  return done;
}

}  // namespace omni::store
