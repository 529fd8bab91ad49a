#include "store/configuration.h"

#include "store/secrets_table.h"
#include "store/settings_table.h"

namespace omni::store {
namespace {

/// Moves what was read to where it belongs, or tells why it could not be read.
template <class T>
Status take(Result<T> read, T& member) {
  if (!read) return read.error();
  member = *std::move(read);
  return Nothing{};
}

Status take_secret(Result<std::optional<Secret>> read, Secret& member) {
  if (!read) return read.error();
  member = (*read).value_or(Secret());
  return Nothing{};
}

template <class T>
void index_by(const std::vector<T>& rows, std::string T::*hash,
              std::unordered_map<std::string_view, const T*>& index) {
  index.reserve(rows.size());
  for (const T& row : rows) index.emplace(row.*hash, &row);
}

}  // namespace

Result<std::shared_ptr<const Configuration>> Configuration::load(
    sql::Session& session, const Sealer& sealer, std::vector<json::Finding>& complaints) {
  std::unique_ptr<Configuration> made(new Configuration);
  if (Status read = made->read(session, sealer, complaints); !read) return read.error();
  made->index();
  return std::shared_ptr<const Configuration>(std::move(made));
}

Status Configuration::read(sql::Session& session, const Sealer& sealer,
                           std::vector<json::Finding>& complaints) {
  Result<StoredSettings> stored = load_settings(session, sealer);
  if (!stored) return stored.error();
  settings = std::move(stored->settings);
  complaints = std::move(stored->skipped);
  Status done = take(load_api_keys(session), api_keys);
  if (done) done = take(load_login_sessions(session), login_sessions);
  if (done) done = take(load_management_tokens(session), management_tokens);
  if (done) done = take(load_connections(session, sealer), connections);
  if (done) done = take(load_provider_nodes(session), provider_nodes);
  if (done) done = take(load_custom_models(session), custom_models);
  if (done) done = take(load_model_switches(session), model_switches);
  if (done) done = take(load_model_aliases(session), model_aliases);
  if (done) done = take(load_user_prices(session), user_prices);
  if (done) done = take(load_combos(session), combos);
  if (done) done = take(load_proxies(session, sealer), proxies);
  if (done) done = take(load_policies(session), policies);
  if (done) done = take(load_budgets(session), budgets);
  if (done) done = take_secret(load_secret(session, sealer, store::password_hash), password_hash);
  if (done) {
    done = take_secret(load_secret(session, sealer, store::api_key_secret), api_key_secret);
  }
  return done;
}

void Configuration::index() {
  index_by(api_keys, &ApiKey::hash, keys_by_hash_);
  index_by(login_sessions, &LoginSession::id_hash, logins_by_hash_);
  index_by(management_tokens, &ManagementToken::hash, tokens_by_hash_);
}

}  // namespace omni::store
