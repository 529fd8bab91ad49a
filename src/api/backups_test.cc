#include "api/backups.h"

#include <zlib.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "api/test_api.h"
#include "store/sql/sqlite.h"

namespace omni::api {
namespace {

using testing::Ask;
using testing::TestAnswer;

constexpr std::string_view canary = "canary-of-a-credential";

class BackupsApiTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    api_ = std::make_unique<BackupsApi>(
        *with_, *changes_,
        BackupsApi::Options{.data_dir = folder_.path(), .version = "1.2.3", .machine_id = "m1"});
    serve(api_->routes());
    connect("c1");
  }
  void connect(std::string id) {
    write([&](sql::Session& session) {
      const std::string sealed = store_->sealer().seal(Secret(std::string(canary)),
                                                       {"provider_connections", "api_key", id});
      return session.run(
          "INSERT INTO provider_connections (id, provider, auth_type, api_key, created_at, "
          "updated_at) VALUES ($1, 'groq', 'api_key', $2, 0, 0)",
          {std::string_view(id), std::string_view(sealed)});
    });
  }
  std::string connections() { return select("SELECT id FROM provider_connections ORDER BY id"); }
  /// What the credential opens to; empty if it does not.
  std::string credential(const std::string& id) {
    const auto opened = store_->sealer().open(
        select("SELECT api_key FROM provider_connections WHERE id = '" + id + "'"),
        {"provider_connections", "api_key", id});
    return opened ? std::string(opened->reveal()) : "";
  }
  std::string member(const TestAnswer& answer, std::string_view name) {
    json::Reader reader;
    return std::string(reader.read(answer.body).at(name).text());
  }
  std::string make() { return member(send("PUT", "/api/db-backups", ""), "filename"); }
  TestAnswer restore(std::string id) {
    return send("POST", "/api/db-backups", R"({"backupId":")" + id + R"("})");
  }
  std::string export_one(std::string passphrase = "") {
    const TestAnswer answer = ask({.path = "/api/db-backups/export", .fields = field(passphrase)});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }
  static std::string field(const std::string& passphrase) {
    return passphrase.empty() ? "" : "x-backup-passphrase: " + passphrase + "\r\n";
  }
  TestAnswer import_one(std::string file, std::string passphrase = "") {
    return ask({.method = "POST",
                .path = "/api/db-backups/import?filename=mine.sqlite",
                .body = std::move(file),
                .fields = field(passphrase)});
  }
  /// What is given to the workers from now on waits.
  void hold_workers(std::shared_future<void> go) {
    struct Wait final : net::Workers::Job {
      explicit Wait(std::shared_future<void> until) : go(std::move(until)) {}
      void run() override { go.wait(); }
      std::shared_future<void> go;
    };
    for (int i = 0; i < 2; ++i) workers_.post(std::make_unique<Wait>(go));
  }
  /// Another process of ours, with the key that is there now.
  void reopen() {
    store_ = *store::ConfigStore::open({folder_.path(), Secret()}, random_, log_);
    with_.reset(new Surroundings{*store_, backups_, workers_, lockout_, clock_, random_, log_,
                                 *catalog_, prober_, explainer_, combo_memory_, accounts_,
                                 breakers_, sessions_, recall_, budgets_, watch_,
                                 *usage_database_});
    changes_ = std::make_unique<Changes>(*with_, Changes::AutoBackup::off);
    gate_ = std::make_unique<testing::BelievingGate>(*store_);
    api_ = std::make_unique<BackupsApi>(
        *with_, *changes_,
        BackupsApi::Options{.data_dir = folder_.path(), .version = "1.2.3", .machine_id = "m1"});
    serve(api_->routes());
  }
  /// A file that we have exported, and then somebody has changed.
  std::string crafted_file(const std::string& script) {
    const store::TestFolder folder;
    EXPECT_TRUE(backups_.export_to(folder.file("out"),
                                   [&](sql::Session& copy) { return copy.run_script(script); }));
    return store::read_file(folder.file("out"));
  }
  bool starts_again() {
    return static_cast<bool>(store::ConfigStore::open({folder_.path(), Secret()}, random_, log_));
  }
  /// A file that another installation has exported, with one connection, "theirs".
  std::string foreign_file(std::string passphrase = "") {
    const store::TestFolder folder;
    auto theirs = *store::ConfigStore::open({folder.path(), Secret()}, random_, log_);
    EXPECT_TRUE(theirs->database().write_now([&](sql::Session& session) -> Status {
      const std::string sealed = theirs->sealer().seal(
          Secret(std::string(canary)), {"provider_connections", "api_key", "theirs"});
      Status done = session.run(
          "INSERT INTO provider_connections (id, provider, auth_type, api_key, created_at, "
          "updated_at) VALUES ('theirs', 'groq', 'api_key', $1, 0, 0)",
          {std::string_view(sealed)});
      if (done) {
        done = session.run_script(
            "INSERT INTO settings VALUES ('requireLogin', 'false', 1), ('corsOrigins', '\"*\"', "
            "1), "
            "('requireApiKey', 'false', 1), ('bruteForceProtection', 'false', 1), "
            "('allowedHosts', '[\"evil.example\"]', 1), ('ip-filter.enabled', 'false', 1), "
            "('theme', '\"theirs\"', 1)");
      }
      if (done) {
        done = store::add_management_token(
            session, {.id = "t", .name = "t", .hash = "t", .scopes = {"admin"}});
      }
      return done;
    }));
    store::Backups backups(
        {.database = folder.file("config.sqlite"), .folder = folder.file("b"), .retention = {}},
        clock_);
    const auto prepare = [&](sql::Session& copy) -> Status {
      if (passphrase.empty()) return Nothing{};
      const store::Sealer sealer(store::MasterKey::from_passphrase(Secret(passphrase)), random_);
      return store::reseal(copy, theirs->sealer(), sealer);
    };
    EXPECT_TRUE(backups.export_to(folder.file("out"), prepare));
    return store::read_file(folder.file("out"));
  }
  /// The worker lets go of the file a moment after the handler was told.
  bool no_transfer_is_left() {
    return net::testing::eventually([this] { return !has_transfer(); });
  }
  bool has_transfer() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().filename().string().starts_with(".transfer")) return true;
    }
    return false;
  }

  std::unique_ptr<BackupsApi> api_;
};

TEST_F(BackupsApiTest, PutApiDbBackupsMakesOneAndIsNeverThrottled) {
  const TestAnswer answer = send("PUT", "/api/db-backups", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.starts_with(
      R"({"created":true,"filename":"db_2026-03-01T10-00-00-000Z_manual.sqlite","size":)"))
      << answer.body;
  clock_.advance(Millis(1));
  EXPECT_NE(make(), "");
  EXPECT_EQ(audit(),
            "backup.created session db_2026-03-01T10-00-00-001Z_manual.sqlite, "
            "backup.created session db_2026-03-01T10-00-00-000Z_manual.sqlite");
}

TEST_F(BackupsApiTest, GetApiDbBackupsListsThemTheNewestFirst) {
  EXPECT_EQ(get("/api/db-backups").body, R"({"backups":[]})");
  const std::string first = make();
  clock_.advance(Millis(1));
  const std::string second = make();
  const std::string body = get("/api/db-backups").body;
  EXPECT_LT(body.find(second), body.find(first));
  EXPECT_NE(body.find(R"("createdAt":"2026-03-01T10:00:00.000Z")"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("reason":"manual","connectionCount":1})"), std::string::npos) << body;
}

TEST_F(BackupsApiTest, PostApiDbBackupsRestoresWhatIsInForceAtOnce) {
  write([&](sql::Session& session) {
    return store::add_api_key(session, {.id = "k", .name = "k", .hash = "h"});
  });
  const std::string name = make();
  connect("c2");
  write([&](sql::Session& session) { return store::delete_api_key(session, "k"); });
  const TestAnswer answer = restore(name);
  EXPECT_EQ(answer.body, R"({"restored":true,"backupId":")" + name +
                             R"(","connectionCount":1,"nodeCount":0,"comboCount":0,)"
                             R"("apiKeyCount":1})");
  EXPECT_EQ(connections(), "c1");
  EXPECT_NE(store_->current()->find_api_key("h"), nullptr);
  EXPECT_EQ(credential("c1"), canary);
  EXPECT_TRUE(audit().starts_with("backup.restored session " + name)) << audit();
  EXPECT_EQ(backups_.list()[0].reason, store::BackupReason::pre_restore);
}

TEST_F(BackupsApiTest, PostApiDbBackupsKeepsWhoMayManage) {
  set_password("$2b$12$old");
  write([&](sql::Session& session) {
    return store::add_management_token(session,
                                       {.id = "t", .name = "t", .hash = "revoked", .scopes = {}});
  });
  log_in("ended");
  const std::string name = make();
  set_password("$2b$12$new");
  write([&](sql::Session& session) { return store::delete_management_token(session, "t"); });
  write([&](sql::Session& session) { return store::end_login_session(session, "ended"); });
  log_in("s");
  EXPECT_EQ(restore(name).status, 200);
  const auto now = store_->current();
  EXPECT_EQ(now->password_hash.reveal(), "$2b$12$new");
  EXPECT_EQ(now->find_management_token("revoked"), nullptr);
  EXPECT_EQ(now->find_login_session("ended"), nullptr);
  EXPECT_NE(now->find_login_session("s"), nullptr);
}

TEST_F(BackupsApiTest, PostApiDbBackupsRefusesANameThatIsNone) {
  EXPECT_EQ(restore("db_2026-03-01T10-00-00-000Z_manual.sqlite").status, 404);
  EXPECT_EQ(restore("../config.sqlite").body, R"({"error":"there is no such backup"})");
  EXPECT_EQ(send("POST", "/api/db-backups", "{}").status, 400);
}

TEST_F(BackupsApiTest, DeleteApiDbBackupsKeepsTheLatest) {
  for (int i = 0; i < 3; ++i) {
    make();
    clock_.advance(Millis(1));
  }
  EXPECT_EQ(send("DELETE", "/api/db-backups", R"({"keepLatest":1})").body,
            R"({"cleaned":true,"keepLatest":1,"retentionDays":0,"deletedBackupFamilies":2,)"
            R"("deletedFiles":2,"keptBackupFamilies":1,"maxFiles":1})");
  EXPECT_EQ(send("DELETE", "/api/db-backups", R"({"keepLatest":0})").status, 400);
  EXPECT_TRUE(audit().starts_with("backup.cleaned session"));
  EXPECT_NE(send("DELETE", "/api/db-backups", "").body.find(R"("keepLatest":20)"),
            std::string::npos);
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportHoldsNothingThatOnlyThisInstallationMayKnow) {
  set_password("$2b$12$canary-hash");
  log_in("canary-session");
  write([&](sql::Session& session) {
    return store::add_management_token(
        session, {.id = "t", .name = "t", .hash = "canary-token", .scopes = {"admin"}});
  });
  const TestAnswer answer = get("/api/db-backups/export");
  EXPECT_EQ(answer.field("content-disposition"),
            "attachment; filename=\"omniroute-backup-2026-03-01T10-00-00-000Z.sqlite\"");
  EXPECT_EQ(answer.field("content-type"), "application/octet-stream");
  EXPECT_TRUE(answer.body.starts_with("SQLite format 3"));
  EXPECT_EQ(answer.body.find("canary"), std::string::npos);
  EXPECT_EQ(audit(), "backup.exported session");
  EXPECT_TRUE(no_transfer_is_left());
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportWantsAPassphraseThatIsOne) {
  EXPECT_EQ(ask({.path = "/api/db-backups/export", .fields = field("short")}).status, 400);
  EXPECT_EQ(get("/api/db-backups/export?passphrase=short").status, 400);
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportTakesAFileOfOurOwnAgain) {
  const std::string file = export_one();
  connect("c2");
  const TestAnswer answer = import_one(file);
  EXPECT_EQ(answer.body, R"({"imported":true,"filename":"mine.sqlite","connectionCount":1,)"
                         R"("nodeCount":0,"comboCount":0,"apiKeyCount":0})");
  EXPECT_EQ(connections(), "c1");
  EXPECT_EQ(credential("c1"), canary);
  EXPECT_TRUE(audit().starts_with("backup.imported session mine.sqlite")) << audit();
  EXPECT_TRUE(no_transfer_is_left());
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportTakesAForm) {
  const std::string file = export_one();
  connect("c2");
  const std::string body =
      "--b\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b\r\n"
      "content-disposition: form-data; name=\"file\"; filename=\"up.sqlite\"\r\n\r\n" +
      file + "\r\n--b--\r\n";
  const auto send_form = [&](const std::string& form) {
    return ask({.method = "POST",
                .path = "/api/db-backups/import",
                .body = form,
                .fields = "content-type: multipart/form-data; boundary=b\r\n"});
  };
  const TestAnswer answer = send_form(body);
  EXPECT_EQ(member(answer, "filename"), "up.sqlite") << answer.body;
  EXPECT_EQ(connections(), "c1");
  EXPECT_EQ(send_form("--b--\r\n").status, 400);
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportOpensAForeignFileWithItsPassphrase) {
  const TestAnswer answer = import_one(foreign_file("between friends"), "between friends");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(connections(), "theirs");
  EXPECT_EQ(credential("theirs"), canary);
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportRefusesAForeignKeyBeforeAnythingChanges) {
  const std::string before = select("SELECT count(*) FROM audit_log");
  for (const auto& [file, passphrase] : {std::pair<std::string, std::string>{foreign_file(), ""},
                                         {foreign_file("between friends"), ""},
                                         {foreign_file("between friends"), "another one"}}) {
    const TestAnswer answer = import_one(file, passphrase);
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("X-Backup-Passphrase"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(connections(), "c1");
  EXPECT_EQ(select("SELECT count(*) FROM audit_log"), before);
  EXPECT_TRUE(backups_.list().empty());
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportSaysThatAPassphraseDoesNotFit) {
  const std::string file = foreign_file("between friends");
  EXPECT_NE(import_one(file, "another one").body.find("The passphrase does not fit"),
            std::string::npos);
  EXPECT_EQ(import_one(file).body.find("The passphrase does not fit"), std::string::npos);
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportOpensNoDoor) {
  set_password("$2b$12$ours");
  log_in("s");
  write([](sql::Session& session) {
    return session.run_script(
        "INSERT INTO settings VALUES ('requireApiKey', 'true', 1), "
        "('ip-filter.enabled', 'true', 1)");
  });
  EXPECT_EQ(import_one(foreign_file("between friends"), "between friends").status, 200);
  const auto now = store_->current();
  EXPECT_TRUE(now->settings.require_login);
  EXPECT_TRUE(now->management_tokens.empty());
  EXPECT_EQ(now->password_hash.reveal(), "$2b$12$ours");
  EXPECT_NE(now->find_login_session("s"), nullptr);
  EXPECT_EQ(now->settings.theme, "theirs");
  EXPECT_EQ(now->settings.cors_origins, "");
  EXPECT_TRUE(now->settings.allowed_hosts.empty());
  EXPECT_TRUE(now->settings.require_api_key);
  EXPECT_TRUE(now->settings.brute_force_protection);
  EXPECT_TRUE(now->settings.ip_filter_enabled);
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportLetsTheGatewayStartAgainWhateverTheKeyCheckIs) {
  for (const char* const script : {"UPDATE meta SET value = 'plain'", "DELETE FROM meta",
                                   "INSERT INTO secrets VALUES ('password_hash', 'plain')"}) {
    const TestAnswer answer = import_one(crafted_file(script));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(starts_again()) << script;
  }
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportRefusesWithWhichItCouldNotStart) {
  for (const char* const script :
       {"UPDATE meta SET value = 'enc:v2:00000000:AAAA'", "DROP TABLE sessions",
        "ALTER TABLE api_keys DROP COLUMN no_log", "PRAGMA application_id = 1",
        "INSERT INTO schema_migrations VALUES (999, 'future')", "DELETE FROM schema_migrations",
        "CREATE TRIGGER t AFTER INSERT ON audit_log BEGIN DELETE FROM secrets; END",
        "CREATE VIEW v AS SELECT 1"}) {
    const TestAnswer answer = import_one(crafted_file(script));
    EXPECT_EQ(answer.status, 400) << script << answer.body;
  }
  EXPECT_EQ(connections(), "c1");
  EXPECT_TRUE(starts_again());
}

TEST_F(BackupsApiTest, PostApiDbBackupsImportRefusesWhatIsNoBackup) {
  EXPECT_EQ(import_one("short").status, 400);
  EXPECT_EQ(import_one(std::string(5000, 'x')).status, 400);
  std::string cut = export_one();
  cut.resize(cut.size() / 2);
  EXPECT_EQ(import_one(cut).status, 400);
  EXPECT_EQ(connections(), "c1");
  EXPECT_TRUE(no_transfer_is_left());
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportWithAPassphraseCanBeImportedElsewhere) {
  const std::string file = export_one("between friends");
  store::write_file(folder_.file("out"), file);
  EXPECT_EQ(import_one(file).status, 400) << "it is sealed with the passphrase";
  EXPECT_EQ(import_one(file, "between friends").status, 200);
  EXPECT_EQ(credential("c1"), canary);
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportAllIsAnArchiveForPeople) {
  write([&](sql::Session& session) {
    return store::add_api_key(session, {.id = "k", .name = "prod", .hash = "hash-of-k"});
  });
  { const auto usage = *sql::open_sqlite(folder_.file("usage.sqlite")); }
  const TestAnswer answer = get("/api/db-backups/exportAll");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.field("content-type"), "application/gzip");
  EXPECT_EQ(answer.field("content-disposition"),
            "attachment; filename=\"omniroute-full-backup-2026-03-01T10-00-00-000Z.tar.gz\"");
  store::write_file(folder_.file("all.tar.gz"), answer.body);
  std::string text(4'000'000, '\0');
  const gzFile file = ::gzopen(folder_.file("all.tar.gz").c_str(), "rb");
  text.resize(
      static_cast<std::size_t>(::gzread(file, text.data(), static_cast<unsigned>(text.size()))));
  EXPECT_EQ(::gzclose(file), Z_OK);
  for (const std::string_view name :
       {"storage.sqlite", "usage.sqlite", "settings.json", "combos.json", "providers.json",
        "api-keys.json", "metadata.json"}) {
    EXPECT_NE(text.find("omniroute-export-2026-03-01T10-00-00-000Z/" + std::string(name)),
              std::string::npos)
        << name;
  }
  EXPECT_NE(text.find(R"({"format":"omniroute-full-backup-v1","version":"1.2.3",)"
                      R"("exportedAt":"2026-03-01T10:00:00.000Z","machineId":"m1"})"),
            std::string::npos);
  EXPECT_NE(text.find(R"("provider":"groq")"), std::string::npos);
  EXPECT_EQ(text.find(canary), std::string::npos);
  EXPECT_TRUE(no_transfer_is_left());
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportAllIsRefusedWhereItWouldFillTheDisk) {
  BackupsApi api(*with_, *changes_,
                 {.data_dir = folder_.path(),
                  .version = "1.2.3",
                  .machine_id = "m1",
                  .bytes_left_free = std::uint64_t{1} << 62});
  serve(api.routes());
  const TestAnswer answer = get("/api/db-backups/exportAll");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("too little space"), std::string::npos) << answer.body;
}

TEST_F(BackupsApiTest, GetApiDbBackupsExportAllIsMadeOneAtATime) {
  std::promise<void> go;
  hold_workers(go.get_future().share());
  std::promise<int> told;
  std::atomic<int> answered = 0;
  std::atomic<int> statuses = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      const int status = get("/api/db-backups/exportAll").status;
      statuses += status;
      if (++answered == 1) told.set_value(status);
    });
  }
  EXPECT_EQ(told.get_future().get(), 503);
  go.set_value();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(statuses, 200 + 503);
  EXPECT_TRUE(no_transfer_is_left());
  EXPECT_EQ(get("/api/db-backups/exportAll").status, 200);
}

TEST_F(BackupsApiTest, WhatIsMadeOrDeletedForOneWhoHasLeftIsNotedAllTheSame) {
  for (const auto& [method, noted] :
       {std::pair<std::string, std::string>{"PUT", "backup.created session db_"},
        {"DELETE", "backup.cleaned session"}}) {
    std::promise<void> go;
    hold_workers(go.get_future().share());
    net::testing::RawClient client(server_->port());
    client.send(method + " /api/db-backups HTTP/1.1\r\nhost: localhost\r\nx-caller: session\r\n" +
                "content-length: 0\r\n\r\n");
    EXPECT_EQ(get("/nothing").status, 404);
    client.close();
    EXPECT_EQ(get("/nothing").status, 404) << "by then it has seen that the client has left";
    go.set_value();
    EXPECT_TRUE(net::testing::eventually([&] { return audit().starts_with(noted); })) << audit();
  }
}

TEST_F(BackupsApiTest, PostApiDbBackupsOpensABackupFromBeforeTheKeyWasChanged) {
  const std::string name = make();
  store_.reset();
  const store::KeyRing ring{folder_.path(), Secret()};
  {
    const auto session = *sql::open_sqlite(folder_.file("config.sqlite"));
    EXPECT_TRUE(ring.change_key(*session, {}, random_));
  }
  reopen();
  EXPECT_EQ(restore(name).status, 200);
  EXPECT_EQ(credential("c1"), canary);
}

}  // namespace
}  // namespace omni::api
