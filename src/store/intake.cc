// What comes in with a file from outside, and what stays as it is here.

#include "store/intake.h"

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "store/columns.h"
#include "store/migrations.h"
#include "store/settings.h"
#include "store/sql/sqlite.h"

namespace omni::store {
namespace {

/// A restore would otherwise log in again who has logged out, bring a revoked token back to life,
/// take the password away, or make what was done here undone in the audit's eyes.
constexpr std::array<std::string_view, 5> own_tables{"meta", "secrets", "sessions",
                                                     "management_tokens", "audit_log"};

Result<std::vector<std::string>> schema_after(std::span<const Migration> migrations) {
  const auto fresh = sql::open_sqlite_in_memory();
  if (!fresh) return fresh.error();
  if (const Status made = migrate(**fresh, migrations); !made) return made.error();
  return sql::sqlite_schema(**fresh);
}

/// A key that was taken away since the file was made stays so.
Status keep_revoked(sql::Session& draft) {
  return draft.run(
      "UPDATE api_keys SET is_active = min(api_keys.is_active, mine.is_active), "
      "revoked_at = coalesce(mine.revoked_at, api_keys.revoked_at) "
      "FROM live.api_keys AS mine WHERE mine.key_hash = api_keys.key_hash");
}

Status keep_rows(sql::Session& draft) {
  Status kept = Nothing();
  for (const std::string_view name : own_tables) {
    const std::string table(name);
    if (kept) kept = draft.run("DELETE FROM " + table);
    if (kept) kept = draft.run("INSERT INTO " + table + " SELECT * FROM live." + table);
  }
  for (const SettingRow& row : setting_rows()) {
    if (!row.guarded) continue;
    const std::string name = row.full_name();
    if (kept) kept = draft.run("DELETE FROM settings WHERE name = $1", {to_value(name)});
    if (kept) {
      kept = draft.run("INSERT INTO settings SELECT * FROM live.settings WHERE name = $1",
                       {to_value(name)});
    }
  }
  return kept;
}

}  // namespace

Status check_shape(sql::Session& file) {
  const auto found = sql::sqlite_schema(file);
  if (!found) return found.error();
  const std::vector<Migration> migrations = migrations_of("config");
  for (std::size_t version = migrations.size(); version > 0; --version) {
    const auto ours = schema_after(std::span(migrations).first(version));
    if (!ours) return ours.error();
    if (*found == *ours) return Nothing();
  }
  return Error(Error::Kind::bad_request,
               "the file is no backup of omniroute: its tables are not those of any version that "
               "this one knows, or it has something beside them");
}

Status keep_own(sql::Session& draft, const std::string& live) {
  Status kept = sql::attach_sqlite(draft, live, "live");
  if (kept) kept = draft.begin();
  if (kept) kept = keep_rows(draft);
  if (kept) kept = keep_revoked(draft);
  if (kept) kept = draft.commit();
  if (!kept) draft.roll_back();
  const Status detached = sql::detach_sqlite(draft, "live");
  return kept ? detached : kept;
}

}  // namespace omni::store
