#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/raw.h"
#include "store/sql/session.h"

namespace omni::store {

/// A model that a user has added to a provider, or that a provider's own list has brought.
struct CustomModel {
  std::string provider, id, name;
  std::string source = "manual";  // or "imported"
  std::string api_format = "chat-completions";
  std::vector<std::string> endpoints{"chat"};
};

/// What a user has said about a model, listed or added.
struct ModelSwitches {
  std::string provider, model;
  bool hidden = false;                            // left out of lists
  json::Raw settings = json::Raw::trusted("{}");  // the rest, as the API takes it
};

/// A name that stands for another: "provider/model", or a combo.
struct ModelAlias {
  std::string name;  // may have `*` and `?`
  std::string target;
};

/// A price that a user has set: dollars for a million tokens, as the catalogue writes it.
struct UserPrice {
  std::string provider, model;
  json::Raw price = json::Raw::trusted("{}");
};

Result<std::vector<CustomModel>> load_custom_models(sql::Session& session);
Status put_custom_model(sql::Session& session, const CustomModel& model);
Result<bool> delete_custom_model(sql::Session& session, std::string_view provider,
                                 std::string_view id);
Status delete_custom_models(sql::Session& session, std::string_view provider);

Result<std::vector<ModelSwitches>> load_model_switches(sql::Session& session);
Status put_model_switches(sql::Session& session, const ModelSwitches& switches);

Result<std::vector<ModelAlias>> load_model_aliases(sql::Session& session);
Status put_model_alias(sql::Session& session, const ModelAlias& alias);
Result<bool> delete_model_alias(sql::Session& session, std::string_view name);

Result<std::vector<UserPrice>> load_user_prices(sql::Session& session);
Status put_user_price(sql::Session& session, const UserPrice& price);
/// Those of the provider, of the model or of that model of the provider; an empty name is any.
Status delete_user_prices(sql::Session& session, std::string_view provider, std::string_view model);

}  // namespace omni::store
