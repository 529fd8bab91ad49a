#include "store/settings_table.h"

#include "json/scratch_reader.h"

namespace omni::store {
namespace {

void take_row(const sql::Row& row, StoredSettings& stored) {
  const std::string_view name = row.text(0);
  const SettingRow* const setting = find_setting(name);
  if (setting == nullptr) {
    stored.skipped.push_back({std::string(name), "is not known here"});
    return;
  }
  const json::ScratchReader reader;
  for (json::Finding& finding : assign(stored.settings, *setting, reader->read(row.text(1)))) {
    stored.skipped.push_back({std::string(name), std::move(finding.message)});
  }
}

std::int64_t millis(Clock::Wall time) {
  return std::chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace

Result<StoredSettings> load_settings(sql::Session& session) {
  StoredSettings stored;
  const Status read = session.run("SELECT name, value FROM settings ORDER BY name", {},
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
      "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
      {row.full_name(), std::string_view(value), millis(now)});
}

}  // namespace omni::store
