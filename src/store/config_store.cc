#include "store/config_store.h"

#include <filesystem>

#include "base/ids.h"
#include "store/migrations.h"
#include "store/secrets_table.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

/// Made once and kept for good: the check digits of every key rest on it.
Status provide_api_key_secret(sql::Session& session, const Sealer& sealer, Random& random) {
  const Result<std::optional<Secret>> there = load_secret(session, sealer, api_key_secret);
  if (!there) return there.error();
  if (*there) return Nothing{};
  return store_secret(session, sealer, api_key_secret, Secret(new_token(random, 43)));
}

}  // namespace

Result<std::unique_ptr<ConfigStore>> ConfigStore::open(
    const KeyRing& keys, Random& random, const Log& log,
    const std::function<Status()>& before_migration) {
  const std::string path = keys.data_dir + "/config.sqlite";
  Result<std::unique_ptr<sql::Session>> writer = sql::open_sqlite(path);
  if (!writer) return writer.error();
  const Status migrated = migrate(**writer, migrations_of("config"), before_migration);
  if (!migrated) return migrated.error();
  Result<MasterKey> key = keys.unlock(**writer, random);
  if (!key) return key.error();
  std::unique_ptr<ConfigStore> store(new ConfigStore(keys, Sealer(*key, random), log));
  Status ready = provide_api_key_secret(**writer, store->sealer_, random);
  if (ready) ready = store->load(**writer);
  if (!ready) return ready.error();
  Result<std::unique_ptr<sql::Session>> reader = sql::open_sqlite(path, {.read_only = true});
  if (!reader) return reader.error();
  Database::Options options;
  options.committed = [store = store.get()](sql::Session& session) {
    Status loaded = store->load(session);
    if (!loaded) store->log_.error("config.not_reloaded", {{"why", loaded.error().message()}});
    return loaded;
  };
  store->database_ = std::make_unique<Database>(*std::move(writer), *std::move(reader), options);
  return store;
}

Result<std::shared_ptr<const Configuration>> ConfigStore::rehearse(const KeyRing& keys,
                                                                   Random& random) {
  const auto copy = sql::open_sqlite_in_memory();
  if (!copy) return copy.error();
  const std::string path = keys.data_dir + "/config.sqlite";
  std::error_code missing;
  if (std::filesystem::exists(path, missing)) {
    const auto file = sql::open_sqlite_as_it_stands(path, sql::config_application_id);
    if (!file) return file.error();
    if (Status copied = sql::copy_sqlite(**file, **copy); !copied) return copied.error();
  }
  if (Status done = migrate(**copy, migrations_of("config")); !done) return done.error();
  const Result<MasterKey> key = keys.find_key(**copy, random);
  if (!key) return key.error();
  std::vector<json::Finding> passed_over;
  return Configuration::load(**copy, Sealer(*key, random), passed_over);
}

ConfigStore::~ConfigStore() = default;

std::shared_ptr<const Configuration> ConfigStore::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void ConfigStore::add_listener(Listener listener) {
  listener(current());
  listeners_.push_back(std::move(listener));
}

Status ConfigStore::load(sql::Session& session) {
  std::vector<json::Finding> complaints;
  Result<std::shared_ptr<const Configuration>> loaded =
      Configuration::load(session, sealer_, complaints);
  if (!loaded) return loaded.error();
  for (const json::Finding& complaint : complaints) {
    log_.warn("setting.passed_over", {{"name", complaint.field}, {"why", complaint.message}});
  }
  for (const Listener& listener : listeners_) listener(*loaded);
  const std::lock_guard lock(mutex_);
  current_ = *std::move(loaded);
  return Nothing{};
}

}  // namespace omni::store
