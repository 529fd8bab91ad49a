#include "store/config_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "store/secrets_table.h"
#include "store/settings_table.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

class ConfigStoreTest : public testing::Test {
 protected:
  ConfigStoreTest() { open(); }
  void open() {
    store_.reset();
    auto opened = ConfigStore::open({folder_.path(), Secret()}, random_, log_);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
  }
  Status set_theme(sql::Session& session, std::string theme) {
    Settings settings;
    settings.theme = std::move(theme);
    return SettingWriter{session, store_->sealer(), {}}.store(settings, *find_setting("theme"));
  }

  TestFolder folder_;
  SystemRandom random_;
  SystemClock clock_;
  std::string lines_;
  Log log_{clock_, {}, [this](std::string_view line) { lines_ += line; }};
  std::unique_ptr<ConfigStore> store_;
};

TEST_F(ConfigStoreTest, HasWhatIsStoredInForceBeforeAnybodyIsTold) {
  std::promise<std::string> told;
  store_->database().write([this](sql::Session& session) { return set_theme(session, "dark"); },
                           [&](const Status& status) {
                             EXPECT_TRUE(status);
                             told.set_value(store_->current()->settings.theme);
                           });
  EXPECT_EQ(told.get_future().get(), "dark");
}

TEST_F(ConfigStoreTest, TellsItsListenersAtOnceAndBeforeAnybodyElse) {
  std::atomic<int> calls = 0;
  for (int i = 0; i < 2; ++i) {
    store_->add_listener([&](const std::shared_ptr<const Configuration>&) { ++calls; });
  }
  EXPECT_EQ(calls, 2);
  std::promise<int> told;
  store_->database().write([this](sql::Session& session) { return set_theme(session, "dark"); },
                           [&](const Status&) { told.set_value(calls); });
  EXPECT_EQ(told.get_future().get(), 4);
}

TEST_F(ConfigStoreTest, SaysThatAChangeIsNotInForceWhereItCannotBeReadAgain) {
  const Status told = store_->database().write_now([](sql::Session& session) {
    return session.run("INSERT INTO secrets VALUES ('password_hash', 'plain')");
  });
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message().find("stored, but not in force"), std::string::npos);
  EXPECT_NE(lines_.find("config.not_reloaded"), std::string::npos);
}

TEST_F(ConfigStoreTest, LeavesASnapshotAsItIsForWhoHoldsIt) {
  const auto before = store_->current();
  EXPECT_TRUE(store_->database().write_now(
      [this](sql::Session& session) { return set_theme(session, "dark"); }));
  EXPECT_EQ(before->settings.theme, "");
  EXPECT_EQ(store_->current()->settings.theme, "dark");
}

TEST_F(ConfigStoreTest, IsTheSameWhenItIsOpenedAgain) {
  EXPECT_TRUE(store_->database().write_now([this](sql::Session& session) {
    Status done = set_theme(session, "dark");
    if (done) done = add_api_key(session, {.id = "k", .name = "k", .hash = "hash"});
    if (done) done = add_management_token(session, {.id = "t", .name = "t", .hash = "token"});
    if (done) done = add_login_session(session, {.id_hash = "login"});
    if (!done) return done;
    return store_secret(session, store_->sealer(), password_hash, Secret("$2b$12$x"));
  }));
  const std::string check_secret(store_->current()->api_key_secret.reveal());
  EXPECT_FALSE(check_secret.empty());
  open();
  const auto now = store_->current();
  EXPECT_EQ(now->settings.theme, "dark");
  EXPECT_EQ(now->password_hash.reveal(), "$2b$12$x");
  EXPECT_EQ(now->api_key_secret.reveal(), check_secret);
  EXPECT_EQ(now->find_api_key("hash")->id, "k");
  EXPECT_EQ(now->find_management_token("token")->id, "t");
  EXPECT_NE(now->find_login_session("login"), nullptr);
  EXPECT_EQ(now->find_api_key("token"), nullptr);
  EXPECT_EQ(now->find_management_token("hash"), nullptr);
  EXPECT_EQ(now->find_login_session(""), nullptr);
}

TEST_F(ConfigStoreTest, IsNotOpenedWithAWrongKey) {
  store_.reset();
  const auto refused = ConfigStore::open({folder_.path(), Secret("another")}, random_, log_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("STORAGE_ENCRYPTION_KEY"), std::string::npos);
}

TEST_F(ConfigStoreTest, PassesOverASettingThatIsNoneAndSaysSo) {
  EXPECT_TRUE(store_->database().write_now([](sql::Session& session) {
    return session.run("INSERT INTO settings VALUES ('gone', '1', 1)");
  }));
  EXPECT_NE(lines_.find("setting.passed_over"), std::string::npos);
  EXPECT_NE(lines_.find("gone"), std::string::npos);
}

}  // namespace
}  // namespace omni::store
