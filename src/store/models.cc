#include "store/models.h"

#include "store/columns.h"

namespace omni::store {
namespace {

/// All rows of a statement without values, each as `make` has it.
template <class T, class Make>
Result<std::vector<T>> select(sql::Session& session, std::string_view statement, const Make& make) {
  std::vector<T> found;
  const Status read =
      session.run(statement, {}, [&](const sql::Row& row) { found.push_back(make(row)); });
  if (!read) return read.error();
  return found;
}

Result<bool> whether_deleted(const sql::Session& session, const Status& ran) {
  if (!ran) return ran.error();
  return session.rows_changed() > 0;
}

}  // namespace

Result<std::vector<CustomModel>> load_custom_models(sql::Session& session) {
  return select<CustomModel>(
      session,
      "SELECT provider, id, name, source, api_format, endpoints FROM custom_models "
      "ORDER BY provider, id",
      [](const sql::Row& row) {
        return CustomModel{std::string(row.text(0)), std::string(row.text(1)),
                           std::string(row.text(2)), std::string(row.text(3)),
                           std::string(row.text(4)), texts_in(row.text(5))};
      });
}

Status put_custom_model(sql::Session& session, const CustomModel& model) {
  const std::string endpoints = to_column(model.endpoints);
  return session.run(
      "INSERT INTO custom_models (provider, id, name, source, api_format, endpoints) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, id) DO UPDATE SET "
      "name = excluded.name, source = excluded.source, api_format = excluded.api_format, "
      "endpoints = excluded.endpoints",
      {to_value(model.provider), to_value(model.id), to_value(model.name), to_value(model.source),
       to_value(model.api_format), to_value(endpoints)});
}

Result<bool> delete_custom_model(sql::Session& session, std::string_view provider,
                                 std::string_view id) {
  return whether_deleted(session,
                         session.run("DELETE FROM custom_models WHERE provider = $1 AND id = $2",
                                     {to_value(provider), to_value(id)}));
}

Status delete_custom_models(sql::Session& session, std::string_view provider) {
  return session.run("DELETE FROM custom_models WHERE provider = $1", {to_value(provider)});
}

Result<std::vector<ModelSwitches>> load_model_switches(sql::Session& session) {
  return select<ModelSwitches>(
      session,
      "SELECT provider, model, hidden, settings FROM model_switches ORDER BY provider, model",
      [](const sql::Row& row) {
        return ModelSwitches{std::string(row.text(0)), std::string(row.text(1)),
                             row.integer(2) != 0, json::Raw::trusted(std::string(row.text(3)))};
      });
}

Status put_model_switches(sql::Session& session, const ModelSwitches& switches) {
  return session.run(
      "INSERT INTO model_switches (provider, model, hidden, settings) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (provider, model) DO UPDATE SET hidden = excluded.hidden, "
      "settings = excluded.settings",
      {to_value(switches.provider), to_value(switches.model), to_value(switches.hidden),
       to_value(switches.settings.text())});
}

Result<std::vector<ModelAlias>> load_model_aliases(sql::Session& session) {
  return select<ModelAlias>(session, "SELECT name, target FROM model_aliases ORDER BY name",
                            [](const sql::Row& row) {
                              return ModelAlias{std::string(row.text(0)), std::string(row.text(1))};
                            });
}

Status put_model_alias(sql::Session& session, const ModelAlias& alias) {
  return session.run(
      "INSERT INTO model_aliases (name, target) VALUES ($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET target = excluded.target",
      {to_value(alias.name), to_value(alias.target)});
}

Result<bool> delete_model_alias(sql::Session& session, std::string_view name) {
  return whether_deleted(
      session, session.run("DELETE FROM model_aliases WHERE name = $1", {to_value(name)}));
}

Result<std::vector<UserPrice>> load_user_prices(sql::Session& session) {
  return select<UserPrice>(
      session, "SELECT provider, model, price FROM user_prices ORDER BY provider, model",
      [](const sql::Row& row) {
        return UserPrice{std::string(row.text(0)), std::string(row.text(1)),
                         json::Raw::trusted(std::string(row.text(2)))};
      });
}

Status put_user_price(sql::Session& session, const UserPrice& price) {
  return session.run(
      "INSERT INTO user_prices (provider, model, price) VALUES ($1, $2, $3) "
      "ON CONFLICT (provider, model) DO UPDATE SET price = excluded.price",
      {to_value(price.provider), to_value(price.model), to_value(price.price.text())});
}

Status delete_user_prices(sql::Session& session, std::string_view provider,
                          std::string_view model) {
  return session.run(
      "DELETE FROM user_prices WHERE (provider = $1 OR $1 = '') AND (model = $2 OR $2 = '')",
      {to_value(provider), to_value(model)});
}

}  // namespace omni::store
