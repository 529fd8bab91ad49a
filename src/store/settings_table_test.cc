#include "store/settings_table.h"

#include <gtest/gtest.h>

#include <string>

#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

class SettingsTableTest : public testing::Test {
 protected:
  SettingsTableTest() { EXPECT_TRUE(migrate(*session_, migrations_of("config"))); }

  void store(const Settings& settings, std::string_view group, std::string_view name) {
    const Clock::Wall now{Millis(1234)};
    const SettingWriter writer{*session_, sealer_, now};
    EXPECT_TRUE(writer.store(settings, *find_setting(group, name)));
  }
  StoredSettings load() {
    Result<StoredSettings> stored = load_settings(*session_, sealer_);
    EXPECT_TRUE(stored);
    return *std::move(stored);
  }

  TestFolder folder_;
  SeededRandom random_{1};
  Sealer sealer_{MasterKey::random(random_), random_};
  std::unique_ptr<sql::Session> session_ = *sql::open_sqlite(folder_.file("config.sqlite"));
};

TEST_F(SettingsTableTest, GivesTheDefaultsWhereNothingIsStored) {
  const StoredSettings stored = load();
  EXPECT_TRUE(stored.skipped.empty());
  EXPECT_EQ(stored.settings.max_body_size_mb, 10);
}

TEST_F(SettingsTableTest, GivesBackWhatWasStoredLast) {
  Settings settings;
  store(settings, "", "theme");
  settings.theme = "dark \"1\"";
  settings.ip_filter_enabled = true;
  settings.ip_blacklist = {"10.0.0.1", "::1"};
  settings.system_prompt_enabled = true;
  settings.skillsmp_api_key = "sm-1";
  store(settings, "", "theme");
  store(settings, "", "skillsmpApiKey");
  store(settings, "ip-filter", "blacklist");
  store(settings, "system-prompt", "enabled");  // not that of ip-filter
  const StoredSettings stored = load();
  EXPECT_TRUE(stored.skipped.empty());
  EXPECT_EQ(stored.settings.theme, settings.theme);
  EXPECT_EQ(stored.settings.ip_blacklist, settings.ip_blacklist);
  EXPECT_EQ(stored.settings.skillsmp_api_key, "sm-1");
  EXPECT_TRUE(stored.settings.system_prompt_enabled);
  EXPECT_FALSE(stored.settings.ip_filter_enabled);
}

TEST_F(SettingsTableTest, PassesOverRowsThatAreUnknownOrNoLongerValidAndSaysSo) {
  EXPECT_TRUE(session_->run_script(R"(
    INSERT INTO settings VALUES ('language', '"de"', 1);
    INSERT INTO settings VALUES ('maxBodySizeMb', '501', 1);
    INSERT INTO settings VALUES ('theme', 'no json', 1);
    INSERT INTO settings VALUES ('gone', '1', 1);
    INSERT INTO settings VALUES ('ip-filter.blacklist', '[7]', 1);
    INSERT INTO settings VALUES ('ip-filter.theme', '""', 1);)"));
  const StoredSettings stored = load();
  EXPECT_EQ(stored.settings.language, "de");
  EXPECT_EQ(stored.settings.max_body_size_mb, 10);
  EXPECT_TRUE(stored.settings.ip_blacklist.empty());
  std::string skipped;
  for (const json::Finding& finding : stored.skipped) {
    skipped += finding.field + ": " + finding.message + "\n";
  }
  EXPECT_EQ(skipped,
            "gone: is not known here\n"
            "ip-filter.blacklist: must be a text of 1 to 100 characters\n"
            "ip-filter.theme: is not known here\n"
            "maxBodySizeMb: must be a whole number from 1 to 500\n"
            "theme: must be a text of at most 50 characters\n");
}

TEST_F(SettingsTableTest, KeepsASecretSealedAndPassesOverOneThatDoesNotOpen) {
  Settings settings;
  settings.skillsmp_api_key = "canary";
  store(settings, "", "skillsmpApiKey");
  std::string kept;
  EXPECT_TRUE(session_->run("SELECT value FROM settings", {},
                            [&](const sql::Row& row) { kept = row.text(0); }));
  EXPECT_TRUE(kept.starts_with("enc:v2:")) << kept;
  EXPECT_TRUE(session_->run("UPDATE settings SET value = $1", {std::string_view("enc:v2:x:y")}));
  const StoredSettings stored = load();
  EXPECT_EQ(stored.settings.skillsmp_api_key, "");
  EXPECT_EQ(stored.skipped.size(), 1U);
}

TEST_F(SettingsTableTest, SaysThatItCannotBeRead) {
  EXPECT_TRUE(session_->run_script("DROP TABLE settings"));
  EXPECT_FALSE(load_settings(*session_, sealer_));
  const SettingWriter writer{*session_, sealer_, {}};
  EXPECT_FALSE(writer.store(Settings{}, *find_setting("", "theme")));
}

}  // namespace
}  // namespace omni::store
