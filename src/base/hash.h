#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace omni {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

/// PBKDF2 with HMAC-SHA-256 (RFC 8018), its first 32 bytes.
Sha256 pbkdf2_sha256(std::string_view password, std::string_view salt, int rounds);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view bytes);
/// Of digits of either case; nothing where `hex` is anything else.
std::optional<std::string> from_hex(std::string_view hex);

}  // namespace omni
