// enc:v2:<key id>:<base64url(nonce, encrypted bytes, tag)>         ours
// enc:v1:<nonce of 16 bytes>:<encrypted bytes>:<tag>, all in hex    the predecessor's

#include "store/seal.h"

#include <array>
#include <mutex>
#include <utility>

#include "base/cipher.h"
#include "base/hash.h"
#include "base/strings.h"

namespace omni::store {
namespace {

constexpr std::string_view v1 = "enc:v1:";
constexpr std::string_view v2 = "enc:v2:";
constexpr std::size_t key_id_digits = 8;
constexpr std::string_view v1_salt = "omniroute-field-encryption-v1";

/// The parts with their lengths before them, so that no two places give the same text.
std::string bound_of(const Place& place) {
  std::string bound;
  for (const std::string_view part : {place.table, place.column, place.row}) {
    append_number(bound, part.size());
    bound.append(":").append(part);
  }
  return bound;
}

Error broken() {
  return {Error::Kind::internal, "a stored secret is damaged or was moved from where it belongs"};
}

Error foreign_key(std::string_view wanted, std::string_view ours) {
  std::string message("a stored secret was sealed with the key ");
  message.append(wanted).append(", and ours is ").append(ours);
  return {Error::Kind::internal, std::move(message)};
}

}  // namespace

bool is_sealed(std::string_view text) { return text.starts_with(v1) || text.starts_with(v2); }

std::string_view key_id_of(std::string_view sealed) {
  if (!sealed.starts_with(v2)) return {};
  sealed.remove_prefix(v2.size());
  const std::string_view id = cut(sealed, ':');
  return id.size() == key_id_digits && from_hex(id) ? id : std::string_view();
}

struct Sealer::KeysOfV1 {
  std::once_flag once;
  std::array<Secret, 2> keys;
};

Sealer::Sealer(MasterKey key, Random& random)
    : key_(std::move(key)), random_(random), v1_(std::make_unique<KeysOfV1>()) {}
Sealer::~Sealer() = default;
Sealer::Sealer(Sealer&&) noexcept = default;

std::string Sealer::seal(const Secret& secret, const Place& place) const {
  std::array<std::uint8_t, Cipher::nonce_bytes> chance{};
  random_.fill(chance);
  std::string sealed(chance.begin(), chance.end());
  sealed.append(Cipher{key_.bytes.reveal(), sealed, bound_of(place)}.encrypt(secret.reveal()));
  return std::string(v2).append(key_.id).append(":").append(base64url_encode(sealed));
}

Result<Secret> Sealer::open(std::string_view sealed, const Place& place) const {
  if (sealed.starts_with(v1)) return open_v1(sealed.substr(v1.size()));
  if (!sealed.starts_with(v2)) return broken();
  std::string_view rest = sealed.substr(v2.size());
  const std::string_view key_id = cut(rest, ':');
  if (key_id != key_.id) return foreign_key(key_id, key_.id);
  const std::optional<std::string> bytes = base64_decode(rest);
  if (!bytes || bytes->size() < Cipher::nonce_bytes) return broken();
  const std::string_view all = *bytes;
  const std::string bound = bound_of(place);
  const Cipher cipher{key_.bytes.reveal(), all.substr(0, Cipher::nonce_bytes), bound};
  std::optional<Secret> opened = cipher.decrypt(all.substr(Cipher::nonce_bytes));
  if (!opened) return broken();
  return *std::move(opened);
}

/// Bound to no place, and with a key that was made of the passphrase, in old rows with a salt that
/// was made of it too.
Result<Secret> Sealer::open_v1(std::string_view fields) const {
  if (key_.passphrase.empty()) {
    return Error(Error::Kind::internal,
                 "a stored secret was sealed by the predecessor with STORAGE_ENCRYPTION_KEY, which "
                 "is not set");
  }
  const std::optional<std::string> nonce = from_hex(cut(fields, ':'));
  const std::optional<std::string> encrypted = from_hex(cut(fields, ':'));
  const std::optional<std::string> tag = from_hex(fields);
  if (!nonce || nonce->empty() || !encrypted || !tag) return broken();
  std::call_once(v1_->once, [this] {
    const Sha256 digest = sha256(key_.passphrase.reveal());
    const std::string own_salt(digest.begin(), digest.begin() + 16);
    v1_->keys = {scrypt(key_.passphrase, v1_salt), scrypt(key_.passphrase, own_salt)};
  });
  for (const Secret& key : v1_->keys) {
    std::optional<Secret> opened = Cipher{key.reveal(), *nonce, {}}.decrypt(*encrypted + *tag);
    if (opened) return *std::move(opened);
  }
  return broken();
}

}  // namespace omni::store
