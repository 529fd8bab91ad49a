#include "store/settings_table.h"

#include "json/scratch_reader.h"
#include "store/columns.h"

namespace omni::store {
namespace {

Place place_of(std::string_view name) { return {"settings", "value", name}; }

class Loader {
 public:
  explicit Loader(const Sealer& sealer) : sealer_(sealer) {}

  void take(const sql::Row& row) {
    const std::string_view name = row.text(0);
    const SettingRow* const setting = find_setting(name);
    if (setting == nullptr) return skip(name, "is not known here");
    if (!is_sealed(row.text(1))) return assign_json(*setting, row.text(1));
    const Result<Secret> opened = sealer_.open(row.text(1), place_of(name));
    if (!opened) return skip(name, opened.error().message());
    assign_json(*setting, opened->reveal());
  }
  StoredSettings stored() && { return std::move(stored_); }

 private:
  void skip(std::string_view name, std::string why) {
    stored_.skipped.push_back({std::string(name), std::move(why)});
  }
  void assign_json(const SettingRow& setting, std::string_view text) {
    const json::ScratchReader reader;
    for (json::Finding& finding : assign(stored_.settings, setting, reader->read(text))) {
      skip(setting.full_name(), std::move(finding.message));
    }
  }

  const Sealer& sealer_;
  StoredSettings stored_;
};

}  // namespace

Result<StoredSettings> load_settings(sql::Session& session, const Sealer& sealer) {
  Loader loader(sealer);
  const Status read = session.run("SELECT name, value FROM settings ORDER BY name", {},
                                  [&loader](const sql::Row& row) { loader.take(row); });
  if (!read) return read.error();
  return std::move(loader).stored();
}

Status SettingWriter::store(const Settings& settings, const SettingRow& row) const {
  const std::string name = row.full_name();
  std::string value;
  json::Writer writer(value);
  write(writer, settings, row);
  if (row.shape.hidden) value = sealer.seal(Secret(std::move(value)), place_of(name));
  return session.run(
      "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
      {to_value(name), to_value(value), to_value(now)});
}

}  // namespace omni::store
