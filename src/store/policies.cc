#include "store/policies.h"

namespace omni::store {
namespace {

Policy policy_in(const sql::Row& row) {
  Policy policy;
  policy.id = row.text(0);
  policy.name = row.text(1);
  policy.type = row.text(2);
  policy.enabled = row.integer(3) != 0;
  policy.priority = row.integer(4);
  policy.model_pattern = row.text(5);
  policy.key_id = row.text(6);
  policy.provider = row.text(7);
  policy.preferred_providers = texts_in(row.text(8));
  policy.blocked_providers = texts_in(row.text(9));
  policy.blocked_models = texts_in(row.text(10));
  policy.output_tokens_max = optional_integer_in(row, 11);
  policy.cost_nano_max = optional_integer_in(row, 12);
  policy.created_at = time_in(row, 13);
  policy.updated_at = time_in(row, 14);
  return policy;
}

}  // namespace

Result<std::vector<Policy>> load_policies(sql::Session& session) {
  std::vector<Policy> policies;
  const Status read = session.run(
      "SELECT id, name, type, is_enabled, priority, model_pattern, key_id, provider, "
      "preferred_providers, blocked_providers, blocked_models, max_tokens, max_cost_nano, "
      "created_at, updated_at FROM policies ORDER BY priority, created_at, id",
      {}, [&](const sql::Row& row) { policies.push_back(policy_in(row)); });
  if (!read) return read.error();
  return policies;
}

Status put_policy(sql::Session& session, const Policy& policy) {
  const std::string preferred = to_column(policy.preferred_providers);
  const std::string providers = to_column(policy.blocked_providers);
  const std::string models = to_column(policy.blocked_models);
  return session.run(
      "INSERT INTO policies (id, name, type, is_enabled, priority, model_pattern, key_id, "
      "provider, preferred_providers, blocked_providers, blocked_models, max_tokens, "
      "max_cost_nano, created_at, updated_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type, "
      "is_enabled = excluded.is_enabled, priority = excluded.priority, "
      "model_pattern = excluded.model_pattern, key_id = excluded.key_id, "
      "provider = excluded.provider, preferred_providers = excluded.preferred_providers, "
      "blocked_providers = excluded.blocked_providers, "
      "blocked_models = excluded.blocked_models, max_tokens = excluded.max_tokens, "
      "max_cost_nano = excluded.max_cost_nano, updated_at = excluded.updated_at",
      {to_value(policy.id), to_value(policy.name), to_value(policy.type), to_value(policy.enabled),
       to_value(policy.priority), to_value(policy.model_pattern), to_value(policy.key_id),
       to_value(policy.provider), to_value(preferred), to_value(providers), to_value(models),
       to_value(policy.output_tokens_max), to_value(policy.cost_nano_max),
       to_value(policy.created_at), to_value(policy.updated_at)});
}

Status delete_policy(sql::Session& session, std::string_view id) {
  return expect_one_row(session, session.run("DELETE FROM policies WHERE id = $1", {to_value(id)}),
                        "Policy not found");
}

}  // namespace omni::store
