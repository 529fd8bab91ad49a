// What stands on disk: rows, secrets, backups.

#include <array>
#include <filesystem>
#include <future>

#include "gateway/selftest/check.h"
#include "gateway/selftest/stage.h"
#include "gateway/selftest/talk.h"
#include "gateway/storage.h"
#include "json/reader.h"
#include "json/writer.h"
#include "store/settings_table.h"
#include "store/sql/sqlite.h"

namespace omni::gateway::selftest {
namespace {

namespace fs = std::filesystem;

Error amiss(std::string what) { return {Error::Kind::internal, std::move(what)}; }

// store

constexpr std::int64_t unusual_retry = 7;
constexpr std::string_view row_mark = "of-the-selftest";

Config config_in(std::string data_dir) {
  Config config;
  config.data_dir = std::move(data_dir);
  return config;
}

Status write_setting(Storage& storage, Clock::Wall now) {
  store::ConfigStore& configuration = storage.configuration();
  return configuration.database().write_now([&](sql::Session& session) -> Status {
    const store::SettingRow* row = store::find_setting("requestRetry");
    if (row == nullptr) return amiss("there is no setting requestRetry");
    store::Settings settings;
    settings.request_retry = unusual_retry;
    return store::SettingWriter{session, configuration.sealer(), now}.store(settings, *row);
  });
}

/// Copies the folder while a row of usage stands in the journal and nowhere else, as a kill would
/// leave it.
Status copy_as_killed(Storage& storage, const std::string& from, const std::string& to,
                      Clock::Wall now) {
  std::promise<void> copied;
  storage.usage_database().maintain(
      [held = copied.get_future().share()](sql::Session&) -> Status {
        held.wait();
        return Nothing{};
      },
      [](const Status&) {});
  store::UsageRow row;
  row.time = now;
  row.request_id = row_mark;
  row.provider = "demo";
  row.model = "echo";
  row.success = true;
  const bool taken = storage.usage().append(std::move(row)) != 0;
  std::error_code failed;
  fs::copy(from, to, fs::copy_options::recursive, failed);
  copied.set_value();
  if (failed) return amiss("cannot copy a data directory: " + failed.message());
  return taken ? Status(Nothing{}) : amiss("a row of usage was not taken");
}

/// Rows of usage that `copy_as_killed` has left.
Result<std::size_t> marked_rows(sql::Session& session) {
  std::size_t count = 0;
  const Status read = store::latest_usage(session, 10, [&](const store::UsageRow& row) {
    if (row.request_id == row_mark) ++count;
  });
  if (!read) return read.error();
  return count;
}

Status expect_replay(const Config& config, const Tools& tools) {
  {
    const auto before =
        sql::open_sqlite_as_it_stands(config.data_dir + "/usage.sqlite", sql::usage_application_id);
    if (!before) return before.error();
    const auto rows = marked_rows(**before);
    if (!rows) return rows.error();
    if (*rows != 0) return amiss("a row of usage was stored before its time");
  }
  const auto storage = Storage::open(config, tools.clock, tools.random, tools.log);
  if (!storage) return storage.error();
  if ((*storage)->configuration().current()->settings.request_retry != unusual_retry) {
    return amiss("a setting is not what was written");
  }
  std::size_t found = 0;
  const Status looked =
      (*storage)->usage().look_back([&](sql::Session& session, std::int64_t) -> Status {
        const auto rows = marked_rows(session);
        if (rows) found = *rows;
        return rows ? Status(Nothing{}) : rows.error();
      });
  if (!looked) return looked;
  if (found == 1) return Nothing{};
  return amiss("the journal gave back " + std::to_string(found) + " rows of one");
}

Status expect_whole(const std::string& data_dir) {
  constexpr std::array files{std::pair{"/config.sqlite", sql::config_application_id},
                             std::pair{"/usage.sqlite", sql::usage_application_id}};
  for (const auto& [name, application_id] : files) {
    const auto session = sql::open_sqlite_as_it_stands(data_dir + name, application_id);
    if (!session) return session.error();
    if (Status whole = sql::check_sqlite(**session); !whole) return whole;
  }
  return Nothing{};
}

// backup

constexpr std::string_view passphrase = "of the selftest";

Question with_passphrase(Question question, std::string_view words) {
  question.fields.emplace_back("x-backup-passphrase", words);
  return question;
}

/// Its name.
Result<std::string> make_backup(Stage& stage) {
  const auto made = stage.get(stage.house(), {"PUT", "/api/db-backups", {}, {}});
  if (!made) return made.error();
  json::Reader reader;
  std::string name(reader.read(*made).find("filename").text());
  if (Status read = reader.finish(); !read) return read.error();
  if (name.empty()) return amiss("no backup was made: " + *made);
  const Status whole = sql::check_sqlite_file(stage.house().data_dir() + "/db_backups/" + name);
  if (!whole) return whole.error();
  return name;
}

Status restore_backup(Stage& stage, const std::string& name) {
  std::string json;
  json::Writer writer(json);
  writer.begin_object().key("backupId").text(name).end_object();
  const auto restored = stage.get(stage.house(), post_json("/api/db-backups", std::move(json)));
  return restored ? Status(Nothing{}) : restored.error();
}

/// In an installation with a key of its own, which opens nothing of ours.
Status import_elsewhere(Stage& stage, const std::string& file) {
  const auto other = stage.start_another("restored");
  if (!other) return other.error();
  const Question import{"POST",
                        "/api/db-backups/import?filename=selftest.sqlite",
                        file,
                        {{"content-type", "application/octet-stream"}}};
  const auto refused = stage.ask(**other, with_passphrase(import, "another one"));
  if (!refused) return refused.error();
  if (refused->status != 400) return amiss("a wrong passphrase was not refused");
  const auto imported = stage.get(**other, with_passphrase(import, passphrase));
  if (!imported) return imported.error();
  for (const chat::Dialect dialect : chat::all_dialects) {
    const auto told =
        talk(stage, **other, request_to(prefix_of(dialect) + "/echo", "Hello"), {dialect});
    if (!told) return told.error();
  }
  return Nothing{};
}

}  // namespace

Finding check_store(Stage& stage) {
  const Tools& tools = stage.tools();
  const Config config = config_in(stage.path("store"));
  const Config killed = config_in(stage.path("killed"));
  std::error_code failed;
  fs::create_directory(config.data_dir, failed);
  if (failed) return amiss("cannot make a folder: " + failed.message());
  {
    const auto storage = Storage::open(config, tools.clock, tools.random, tools.log);
    if (!storage) return storage.error();
    Status done = write_setting(**storage, tools.clock.wall());
    if (done) {
      done = copy_as_killed(**storage, config.data_dir, killed.data_dir, tools.clock.wall());
    }
    if (!done) return done.error();
  }
  Status done = expect_replay(killed, tools);
  if (done) done = expect_whole(config.data_dir);
  if (done) done = expect_whole(killed.data_dir);
  if (!done) return done.error();
  return std::string("rows come back, also from the journal of a killed process; files are whole");
}

Finding check_seal(Stage& stage) {
  Random& random = stage.tools().random;
  const store::Sealer sealer(store::MasterKey::random(random), random);
  const store::Sealer other(store::MasterKey::random(random), random);
  const Secret secret("what nobody else shall read");
  const store::Place place{"connections", "api_key", "1"};
  const std::string sealed = sealer.seal(secret, place);
  if (sealed.find(secret.reveal()) != std::string::npos)
    return amiss("a sealed secret can be read");
  const auto opened = sealer.open(sealed, place);
  if (!opened) return opened.error();
  if (!(*opened == secret)) return amiss("a secret is not what was sealed");
  if (other.open(sealed, place)) return amiss("another key opens what was sealed");
  if (sealer.open(sealed, {"connections", "api_key", "2"})) {
    return amiss("what was sealed opens in another place");
  }
  std::string changed = sealed;
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  if (sealer.open(changed, place)) return amiss("what was sealed opens although it was changed");
  return std::string("secrets open with their key and in their place alone");
}

Finding check_backup(Stage& stage) {
  const auto name = make_backup(stage);
  if (!name) return name.error();
  if (Status restored = restore_backup(stage, *name); !restored) return restored.error();
  const auto file = stage.get(
      stage.house(), with_passphrase({"GET", "/api/db-backups/export", {}, {}}, passphrase));
  if (!file) return file.error();
  if (Status imported = import_elsewhere(stage, *file); !imported) return imported.error();
  return std::string("made, whole, restored; and opened by another installation that knows the ") +
         "passphrase";
}

}  // namespace omni::gateway::selftest
