#include "api/settings_change.h"

namespace omni::api {
namespace {

/// Longer ones, a logo or a prompt, are told by their length alone.
constexpr std::size_t noted_bytes_max = 1000;

std::string text_of(const store::Settings& settings, const store::SettingRow& row) {
  std::string text;
  json::Writer writer(text);
  store::write(writer, settings, row);
  return text;
}

void write_noted(json::Writer& writer, const store::SettingRow& row, const std::string& text) {
  if (row.shape.hidden) {
    writer.text(store::masked);
  } else if (text.size() > noted_bytes_max) {
    writer.text(std::to_string(text.size()) + " bytes");
  } else {
    writer.raw(text);
  }
}

/// Also what an edit puts together itself: what does not fit would be passed over at the next load.
Status check(const store::SettingRow& row, const std::string& text) {
  json::Reader reader;
  const auto findings = json::check(row.shape, reader.read(text), row.full_name());
  if (findings.empty()) return Nothing{};
  return Error(Error::Kind::bad_request, findings[0].field + ": " + findings[0].message);
}

}  // namespace

Status assign_setting(store::Settings& settings, const store::SettingRow& row, json::Value value) {
  const auto findings = store::assign(settings, row, value);
  if (findings.empty()) return Nothing{};
  return Error(Error::Kind::bad_request, findings[0].field + ": " + findings[0].message);
}

Status assign_group(store::Settings& settings, std::string_view group, json::Value object) {
  for (const auto [name, value] : object.members()) {
    const store::SettingRow* const row = store::find_setting(group, name);
    if (row == nullptr) continue;
    if (Status assigned = assign_setting(settings, *row, value); !assigned) return assigned;
  }
  return Nothing{};
}

net::Task<Status> make_change(Changes& changes, const net::Exchange& exchange,
                              const store::Sealer& sealer, SettingsChange change) {
  store::AuditEntry entry = changes.entry(exchange, change.action);
  entry.resource_type = "settings";
  entry.target = change.target;
  co_return co_await changes.make(
      std::move(entry),
      [&sealer, edit = std::move(change.edit)](sql::Session& session,
                                               store::AuditEntry& noted) -> Status {
        return change_settings({session, sealer, noted.when}, edit, noted);
      });
}

Status change_settings(const store::SettingWriter& writer, const SettingsEdit& edit,
                       store::AuditEntry& entry) {
  Result<store::StoredSettings> stored = store::load_settings(writer.session, writer.sealer);
  if (!stored) return stored.error();
  const store::Settings before = stored->settings;
  store::Settings& after = stored->settings;
  if (Status edited = edit(after); !edited) return edited;
  std::string details;
  json::Writer noted(details);
  noted.begin_object();
  bool changed = false;
  for (const store::SettingRow& row : store::setting_rows()) {
    const std::string was = text_of(before, row);
    const std::string is = text_of(after, row);
    if (was == is) continue;
    changed = true;
    Status kept = check(row, is);
    if (kept) kept = writer.store(after, row);
    if (!kept) return kept;
    noted.key(row.full_name()).begin_object().key("before");
    write_noted(noted, row, was);
    noted.key("after");
    write_noted(noted, row, is);
    noted.end_object();
  }
  noted.end_object();
  if (changed) {
    entry.details = json::Raw::trusted(std::move(details));
  } else {
    entry.action.clear();
  }
  return Nothing{};
}

}  // namespace omni::api
