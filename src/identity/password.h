#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace omni::identity {

/// bcrypt looks at no more bytes than these.
inline constexpr std::size_t password_bytes_max = 72;

/// A `$2b$12$…` hash of bcrypt.  It takes a fifth of a second of one core, so never on a loop.
/// Refused is what bcrypt could not tell from another password: none, one with a NUL, and more than
/// 72 bytes.  (Hashing before bcrypt would lift that, but then imported hashes and ours would be of
/// two kinds.)
Result<std::string> hash_password(const Secret& password, Random& random);

/// Whether a `$2a$`, `$2b$` or `$2y$` hash is of this password.  As slow as the hash's cost says,
/// and false for what is no such hash or would take minutes.  Imported hashes of long passwords are
/// of their first 72 bytes, and match as they always did.
bool password_matches(const Secret& password, std::string_view hash);

/// How many characters a new password has at least.
enum class PasswordLength : std::uint8_t { weak = 4, usual = 8 };

/// Whether a new password will do; the error says why not.
Status check_new_password(const Secret& password, PasswordLength least);

/// Whether everybody who tries passwords tries this one first, as examples and old defaults have
/// it.
bool is_well_known_password(const Secret& password);

}  // namespace omni::identity
