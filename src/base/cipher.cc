#include "base/cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"

namespace omni {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

enum class Direction : int { decrypt = 0, encrypt = 1 };

/// The length of the nonce must be known before key and nonce are given.
Context begin(const Cipher& cipher, Direction direction) {
  OMNI_ASSERT(cipher.key.size() == Cipher::key_bytes && !cipher.nonce.empty());
  Context context(EVP_CIPHER_CTX_new());
  const int encrypting = static_cast<int>(direction);
  int length = 0;
  const bool done = context != nullptr &&
                    EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr,
                                      encrypting) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_IVLEN,
                                        static_cast<int>(cipher.nonce.size()), nullptr) == 1 &&
                    EVP_CipherInit_ex(context.get(), nullptr, nullptr, bytes_of(cipher.key),
                                      bytes_of(cipher.nonce), encrypting) == 1 &&
                    EVP_CipherUpdate(context.get(), nullptr, &length, bytes_of(cipher.bound),
                                     static_cast<int>(cipher.bound.size())) == 1;
  OMNI_ASSERT(done);
  return context;
}

}  // namespace

std::string Cipher::encrypt(std::string_view plain) const {
  const Context context = begin(*this, Direction::encrypt);
  std::string out(plain.size() + tag_bytes, '\0');
  int length = 0;
  int rest = 0;
  const bool done =
      EVP_CipherUpdate(context.get(), bytes_of(out), &length, bytes_of(plain),
                       static_cast<int>(plain.size())) == 1 &&
      EVP_CipherFinal_ex(context.get(), bytes_of(out) + length, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes),
                          out.data() + plain.size()) == 1;
  OMNI_ASSERT(done);
  return out;
}

std::optional<Secret> Cipher::decrypt(std::string_view encrypted) const {
  if (encrypted.size() < tag_bytes) return std::nullopt;
  std::string tag(encrypted.substr(encrypted.size() - tag_bytes));
  encrypted.remove_suffix(tag_bytes);
  const Context context = begin(*this, Direction::decrypt);
  std::string plain(encrypted.size(), '\0');
  int length = 0;
  int rest = 0;
  const bool done = EVP_CipherUpdate(context.get(), bytes_of(plain), &length, bytes_of(encrypted),
                                     static_cast<int>(encrypted.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG,
                                        static_cast<int>(tag_bytes), tag.data()) == 1 &&
                    EVP_CipherFinal_ex(context.get(), bytes_of(plain) + length, &rest) == 1;
  Secret secret(std::move(plain));
  if (!done) return std::nullopt;
  return secret;
}

Secret scrypt(const Secret& passphrase, std::string_view salt) {
  constexpr std::uint64_t n = 16384;
  constexpr std::uint64_t r = 8;
  constexpr std::uint64_t p = 1;
  constexpr std::uint64_t memory_max = 64 * 1024 * 1024;
  std::string key(Cipher::key_bytes, '\0');
  const std::string_view words = passphrase.reveal();
  const int done = EVP_PBE_scrypt(words.data(), words.size(), bytes_of(salt), salt.size(), n, r, p,
                                  memory_max, bytes_of(key), key.size());
  OMNI_ASSERT(done == 1);
  return Secret(std::move(key));
}

}  // namespace omni
