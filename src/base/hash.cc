#include "base/hash.h"

#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"
#include "base/strings.h"

namespace omni {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

/// Fetching the digest and making a context cost ten times what hashing a key does, so each thread
/// does both once.
struct Hasher {
  std::unique_ptr<EVP_MD, FreeDigest> digest{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const Hasher hasher;
  Sha256 result{};
  const bool done = EVP_DigestInit_ex2(hasher.context.get(), hasher.digest.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(hasher.context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(hasher.context.get(), result.data(), nullptr) == 1;
  OMNI_ASSERT(done);
  return result;
}

Sha256 pbkdf2_sha256(std::string_view password, std::string_view salt, int rounds) {
  Sha256 result{};
  const bool done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                      reinterpret_cast<const unsigned char*>(salt.data()),
                                      static_cast<int>(salt.size()), rounds, EVP_sha256(),
                                      static_cast<int>(result.size()), result.data()) == 1;
  OMNI_ASSERT(done);
  return result;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  char* end = out.data();
  for (const std::uint8_t byte : bytes) {
    *end++ = digits[byte >> 4];
    *end++ = digits[byte & 15];
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace omni
