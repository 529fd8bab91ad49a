#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace omni {

/// AES-256-GCM.  `key` has 32 bytes; a nonce must never serve twice under one key.  `bound` is not
/// encrypted, but what was encrypted with it opens with nothing else.
struct Cipher {
  std::string_view key;
  std::string_view nonce;
  std::string_view bound;

  static constexpr std::size_t key_bytes = 32;
  static constexpr std::size_t nonce_bytes = 12;
  static constexpr std::size_t tag_bytes = 16;

  /// The encrypted bytes and behind them the tag.
  std::string encrypt(std::string_view plain) const;
  /// Nothing if a single bit of anything has changed.
  std::optional<Secret> decrypt(std::string_view encrypted) const;
};

/// A key of 32 bytes from words that people can remember; deliberately slow (N 16384, r 8, p 1).
Secret scrypt(const Secret& passphrase, std::string_view salt);

}  // namespace omni
