#include "api/model_import.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "api/fetch_models.h"
#include "json/scratch_reader.h"
#include "net/loop.h"

namespace omni::api {
namespace {

using store::Connection;
using store::CustomModel;

constexpr Millis time_for_it = std::chrono::seconds(5);
constexpr std::size_t models_max = 1000;
constexpr std::size_t id_bytes_max = 240;
constexpr std::string_view imported = "imported";

bool wants_import(const Connection& connection) {
  const json::ScratchReader reader;
  const json::Value wanted = reader->read(connection.data.text()).find("autoFetchModels");
  return wanted.kind() != json::Kind::boolean || wanted.boolean();
}

bool is_name(std::string_view id) {
  return id.size() <= id_bytes_max && std::ranges::none_of(id, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

/// All models of a node that is for one thing are for that.
CustomModel model_of(const ListedModel& listed, const store::ProviderNode& node) {
  constexpr std::array<std::string_view, 4> endpoints{"embeddings", "audio-transcriptions",
                                                      "audio-speech", "images-generations"};
  CustomModel model{
      .provider = node.id, .id = listed.id, .name = is_name(listed.name) ? listed.name : listed.id};
  model.source = imported;
  if (std::ranges::find(endpoints, node.api_type) != endpoints.end()) {
    model.endpoints = {node.api_type};
    model.api_format = node.api_type;
  }
  return model;
}

/// What changes about the models of a node.
struct Import {
  std::string provider, connection;  // whose list it is, as one account is shown it
  std::vector<CustomModel> listed;
  bool complete = false;  // what is not listed is gone

  /// How many models came or went; none do where the account is gone meanwhile.
  Result<std::size_t> apply(sql::Session& session, const store::Sealer& sealer) const;
};

Result<std::size_t> Import::apply(sql::Session& session, const store::Sealer& sealer) const {
  const auto accounts = store::load_connections(session, sealer);
  if (!accounts) return accounts.error();
  if (std::ranges::find(*accounts, connection, &Connection::id) == accounts->end()) return 0;
  // Of several accounts one may be shown models that another is not.
  const bool alone = std::ranges::count(*accounts, provider, &Connection::provider) == 1;
  const auto all = store::load_custom_models(session);
  if (!all) return all.error();
  std::map<std::string_view, const CustomModel*> before;
  for (const CustomModel& model : *all) {
    if (model.provider == provider) before.emplace(model.id, &model);
  }
  std::size_t changed = 0;
  std::set<std::string_view> ids;
  for (const CustomModel& model : listed) {
    if (!ids.insert(model.id).second || before.contains(model.id)) continue;
    if (Status put = store::put_custom_model(session, model); !put) return put.error();
    ++changed;
  }
  for (const auto& [id, model] : before) {
    if (!complete || !alone || model->source != imported || ids.contains(id)) continue;
    const Result<bool> gone = store::delete_custom_model(session, provider, id);
    if (!gone) return gone.error();
    ++changed;
  }
  return changed;
}

}  // namespace

net::Task<> import_models(Surroundings with, Changes& changes, store::AuditEntry entry,
                          std::string connection_id, std::optional<ModelList> listed) {
  const auto now = with.store.current();
  const Connection* const connection = find_connection(*now, connection_id);
  if (connection == nullptr || !wants_import(*connection)) co_return;
  const KnownProvider provider = find_provider(with.catalog, *now, connection->provider);
  if (provider.node() == nullptr) co_return;
  if (!listed) {
    Result<ModelList> fetched =
        co_await net::within(time_for_it, "The provider's list takes too long",
                             fetch_models(with, *connection, provider));
    if (!fetched) {
      with.log.info("models.not_imported",
                    {{"provider", provider.prefix()}, {"why", fetched.error().message()}});
      co_return;
    }
    listed = *std::move(fetched);
  }
  Import import{.provider = std::string(provider.id()),
                .connection = std::move(connection_id),
                .listed = {},
                .complete = listed->complete && listed->models.size() <= models_max};
  for (const ListedModel& model : listed->models) {
    if (import.listed.size() == models_max) break;
    if (is_name(model.id)) import.listed.push_back(model_of(model, *provider.node()));
  }
  entry.resource_type = "model";
  entry.target = provider.prefix();
  const auto work = [import = std::move(import), &sealer = with.store.sealer()](
                        sql::Session& session, store::AuditEntry& noted) -> Result<std::size_t> {
    Result<std::size_t> changed = import.apply(session, sealer);
    if (changed && *changed == 0) noted.action.clear();
    return changed;
  };
  const Result<std::size_t> done = co_await changes.make(std::move(entry), work);
  if (!done) {
    with.log.warn("models.not_imported",
                  {{"provider", provider.prefix()}, {"why", done.error().message()}});
  }
}

}  // namespace omni::api
