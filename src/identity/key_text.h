#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace omni::identity {

/// What of a machine stands in the keys made on it, 16 hexadecimal digits of no use to anybody
/// else.
std::string machine_id(std::string_view text, std::string_view salt = "endpoint-proxy-salt");

/// The last 8 digits of a client key.  They tell a key from a mistyped one and vouch for nothing: a
/// key is good if its hash is stored.
std::string key_check(std::string_view machine, std::string_view id, const Secret& check_secret);

/// `sk-<machine>-<32 hex>-<check>`: 128 bits that nobody can guess.
Secret new_client_key(std::string_view machine, const Secret& check_secret, Random& random);
/// `mt_` and 256 bits of chance.
Secret new_management_token(Random& random);
/// 256 bits of chance, fit for a cookie.
Secret new_session_id(Random& random);

/// As lists show a key: its first 8 and last 4 characters.
std::string mask(std::string_view key);

/// Under which keys, tokens and session ids are stored and found.  They are of chance alone, so a
/// fast hash is enough, and to look a hash up tells nothing of how much of it was right.
std::string token_hash(const Secret& token);

}  // namespace omni::identity
