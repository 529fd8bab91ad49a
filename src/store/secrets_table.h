#pragma once

#include <optional>
#include <string_view>

#include "store/seal.h"
#include "store/sql/session.h"

namespace omni::store {

// What this installation alone may know.  No export holds any of it.
inline constexpr std::string_view password_hash = "password_hash";
inline constexpr std::string_view api_key_secret = "api_key_secret";  // behind a key's check digits

Result<std::optional<Secret>> load_secret(sql::Session& session, const Sealer& sealer,
                                          std::string_view name);
Status store_secret(sql::Session& session, const Sealer& sealer, std::string_view name,
                    const Secret& secret);

}  // namespace omni::store
