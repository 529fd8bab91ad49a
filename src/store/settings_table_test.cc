#include "store/settings_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace omni::store {
namespace {

/// The table `settings` and no other, by name.
class SettingsSession final : public sql::Session {
 public:
  struct Entry {
    std::string value;
    std::int64_t updated_at = 0;
  };

  Status run(std::string_view statement, std::span<const sql::Value> values,
             const sql::OnRow& on_row) override {
    if (!failure.empty()) return Error(Error::Kind::unavailable, failure);
    if (statement.starts_with("INSERT")) {
      entries[std::string(std::get<std::string_view>(values[0]))] = {
          std::string(std::get<std::string_view>(values[1])), std::get<std::int64_t>(values[2])};
      return Nothing{};
    }
    for (const auto& [name, entry] : entries) on_row(EntryRow(name, entry.value));
    return Nothing{};
  }
  Status run_script(std::string_view) override { return Nothing{}; }
  std::int64_t rows_changed() const override { return 1; }
  Status begin() override { return Nothing{}; }
  Status commit() override { return Nothing{}; }
  void roll_back() override {}

  std::map<std::string, Entry> entries;
  std::string failure;

 private:
  class EntryRow final : public sql::Row {
   public:
    EntryRow(std::string_view name, std::string_view value) : name_(name), value_(value) {}
    bool is_null(std::size_t) const override { return false; }
    std::int64_t integer(std::size_t) const override { return 0; }
    double number(std::size_t) const override { return 0; }
    std::string_view text(std::size_t column) const override {
      return column == 0 ? name_ : value_;
    }

   private:
    std::string_view name_, value_;
  };
};

TEST(SettingsTable, GivesTheDefaultsWhereNothingIsStored) {
  SettingsSession session;
  const Result<StoredSettings> stored = load_settings(session);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->skipped.empty());
  EXPECT_EQ(stored->settings.max_body_size_mb, 10);
}

TEST(SettingsTable, GivesBackWhatWasStored) {
  SettingsSession session;
  Settings settings;
  settings.theme = "dark \"1\"";
  settings.max_body_size_mb = 20;
  settings.ip_blacklist = {"10.0.0.1", "::1"};
  settings.skillsmp_api_key = "sm-1";
  const Clock::Wall now{Millis(1234)};
  for (const std::string_view name :
       {"theme", "maxBodySizeMb", "ip-filter.blacklist", "skillsmpApiKey"}) {
    EXPECT_TRUE(store_setting(session, settings, *find_setting(name), now));
  }
  EXPECT_EQ(session.entries.size(), 4U);
  EXPECT_EQ(session.entries.at("theme").updated_at, 1234);
  const Result<StoredSettings> stored = load_settings(session);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->skipped.empty());
  EXPECT_EQ(stored->settings.theme, settings.theme);
  EXPECT_EQ(stored->settings.max_body_size_mb, 20);
  EXPECT_EQ(stored->settings.ip_blacklist, settings.ip_blacklist);
  EXPECT_EQ(stored->settings.skillsmp_api_key, "sm-1");
}

TEST(SettingsTable, PassesOverRowsThatAreUnknownOrNoLongerValidAndSaysSo) {
  SettingsSession session;
  session.entries = {{"language", {"\"de\""}},
                     {"maxBodySizeMb", {"501"}},
                     {"theme", {"no json"}},
                     {"gone", {"1"}},
                     {"ip-filter.blacklist", {"[7]"}}};
  const Result<StoredSettings> stored = load_settings(session);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->settings.language, "de");
  EXPECT_EQ(stored->settings.max_body_size_mb, 10);
  EXPECT_TRUE(stored->settings.ip_blacklist.empty());
  std::string skipped;
  for (const json::Finding& finding : stored->skipped) {
    skipped += finding.field + ": " + finding.message + "\n";
  }
  EXPECT_EQ(skipped,
            "gone: is not known here\n"
            "ip-filter.blacklist: must be a text of 1 to 100 characters\n"
            "maxBodySizeMb: must be a whole number from 1 to 500\n"
            "theme: must be a text of at most 50 characters\n");
}

TEST(SettingsTable, SaysWhyItCannotBeRead) {
  SettingsSession session;
  session.failure = "the disk is full";
  EXPECT_EQ(load_settings(session).error().message(), "the disk is full");
  EXPECT_FALSE(store_setting(session, Settings{}, *find_setting("theme"), {}));
}

}  // namespace
}  // namespace omni::store
