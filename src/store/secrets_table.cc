#include "store/secrets_table.h"

#include "store/columns.h"

namespace omni::store {
namespace {

Place place_of(std::string_view name) { return {"secrets", "value", name}; }

}  // namespace

Result<std::optional<Secret>> load_secret(sql::Session& session, const Sealer& sealer,
                                          std::string_view name) {
  std::optional<std::string> sealed;
  const Status read = session.run("SELECT value FROM secrets WHERE name = $1", {to_value(name)},
                                  [&](const sql::Row& row) { sealed = row.text(0); });
  if (!read) return read.error();
  if (!sealed) return std::optional<Secret>();
  Result<Secret> opened = sealer.open(*sealed, place_of(name));
  if (!opened) return opened.error();
  return std::optional(*std::move(opened));
}

Status store_secret(sql::Session& session, const Sealer& sealer, std::string_view name,
                    const Secret& secret) {
  const std::string sealed = sealer.seal(secret, place_of(name));
  return session.run(
      "INSERT INTO secrets (name, value) VALUES ($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      {to_value(name), to_value(sealed)});
}

}  // namespace omni::store
