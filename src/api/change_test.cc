#include "api/change.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ChangesTest : public testing::ApiTest {
 protected:
  using Work = std::function<Status(sql::Session&, store::AuditEntry&)>;

  void start(Work work, Changes::AutoBackup backup = Changes::AutoBackup::off) {
    changes_ = std::make_unique<Changes>(*with_, backup);
    serve({{.method = net::Method::post,
            .pattern = "/api/change",
            .role = net::Role::open,
            .summary = "Changes",
            .handler = [this, work](net::Exchange& exchange, Arguments) {
              return change(exchange, work);
            }}});
  }
  net::Task<Status> change(net::Exchange& exchange, Work work) {
    const Status done = co_await changes_->make(changes_->entry(exchange, "tested"), work);
    if (!done) co_return done;
    co_return co_await exchange.reply_json(200, "{}");
  }
  static Status add_row(sql::Session& session, store::AuditEntry&) {
    return session.run("INSERT INTO meta (name, value) VALUES ('x', 'y')");
  }
  TestAnswer run() { return ask({.method = "POST", .path = "/api/change", .from = "192.0.2.1"}); }
  std::size_t backups() { return backups_.list().size(); }
};

TEST_F(ChangesTest, AreNotedWithWhoAskedFromWhereAndWhen) {
  start(add_row);
  EXPECT_EQ(run().status, 200);
  EXPECT_EQ(select("SELECT action || ' ' || actor || ' ' || ip_address || ' ' || request_id || ' ' "
                   "|| timestamp FROM audit_log"),
            "tested session 192.0.2.1 r-1 1772359200000");
}

TEST_F(ChangesTest, ThatFailAreNotNotedNorHalfDone) {
  start([](sql::Session& session, store::AuditEntry& entry) -> Status {
    const Status added = add_row(session, entry);
    EXPECT_TRUE(added);
    return Error(Error::Kind::conflict, "No");
  });
  EXPECT_EQ(run().status, 409);
  EXPECT_EQ(select("SELECT count(*) FROM audit_log"), "0");
  EXPECT_EQ(select("SELECT count(*) FROM meta WHERE name = 'x'"), "0");
}

TEST_F(ChangesTest, ThatCannotBeNotedAreNotDone) {
  write([](sql::Session& session) { return session.run_script("DROP TABLE audit_log"); });
  start(add_row);
  EXPECT_EQ(run().status, 500);
  EXPECT_EQ(select("SELECT count(*) FROM meta WHERE name = 'x'"), "0");
}

TEST_F(ChangesTest, AreMadeAfterABackupAtMostOnceAnHour) {
  const Work nothing = [](sql::Session&, store::AuditEntry&) -> Status { return Nothing{}; };
  start(nothing, Changes::AutoBackup::on);
  run();
  run();
  ASSERT_EQ(backups(), 1U);
  EXPECT_EQ(backups_.list()[0].reason, store::BackupReason::pre_write);
  clock_.advance(std::chrono::minutes(61));
  run();
  EXPECT_EQ(backups(), 2U);
}

TEST_F(ChangesTest, AreNotRefusedForWantOfABackupWhichIsLogged) {
  store::write_file(folder_.file("db_backups"), "in the way");
  start(add_row, Changes::AutoBackup::on);
  EXPECT_EQ(run().status, 200);
  EXPECT_NE(log_lines_.find("backup.not_made"), std::string::npos) << log_lines_;
}

TEST_F(ChangesTest, HaveNoBackupBeforeThemWhereThatIsSwitchedOff) {
  start(add_row);
  run();
  EXPECT_EQ(backups(), 0U);
}

}  // namespace
}  // namespace omni::api
