#include "store/settings_table.h"

#include "json/scratch_reader.h"

namespace omni::store {
namespace {

void take_row(const sql::Row& row, StoredSettings& stored) {
  const std::string_view group = row.text(0);
  const std::string_view name = row.text(1);
  const SettingRow* const setting = find_setting(group, name);
  if (setting == nullptr) {
    const std::string full = SettingRow{.group = group, .name = name}.full_name();
    stored.skipped.push_back({full, "is not known here"});
    return;
  }
  const json::ScratchReader reader;
  for (json::Finding& finding : assign(stored.settings, *setting, reader->read(row.text(2)))) {
    stored.skipped.push_back({setting->full_name(), std::move(finding.message)});
  }
}

std::int64_t millis(Clock::Wall time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

Result<StoredSettings> load_settings(sql::Session& session) {
  StoredSettings stored;
  const Status read =
      session.run("SELECT group_name, name, value FROM settings ORDER BY group_name, name", {},
                  [&stored](const sql::Row& row) { take_row(row, stored); });
  if (!read) return read.error();
  return stored;
}

Status store_setting(sql::Session& session, const Settings& settings, const SettingRow& row,
                     Clock::Wall now) {
  std::string value;
  json::Writer writer(value);
  write(writer, settings, row);
  return session.run(
      "INSERT INTO settings (group_name, name, value, updated_at) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (group_name, name) DO UPDATE SET value = excluded.value, "
      "updated_at = excluded.updated_at",
      {row.group, row.name, std::string_view(value), millis(now)});
}

}  // namespace omni::store
