#include "identity/key_text.h"

#include <array>
#include <span>

#include "base/hash.h"
#include "base/ids.h"

namespace omni::identity {
namespace {

constexpr int check_rounds = 1000;
constexpr std::size_t token_length = 43;  // times 5.95 bits

}  // namespace

std::string machine_id(std::string_view text, std::string_view salt) {
  return to_hex(sha256(std::string(text).append(salt))).substr(0, 16);
}

std::string key_check(std::string_view machine, std::string_view id, const Secret& check_secret) {
  const Sha256 derived =
      pbkdf2_sha256(std::string(machine).append(id), check_secret.reveal(), check_rounds);
  return to_hex(std::span(derived).first<4>());
}

Secret new_client_key(std::string_view machine, const Secret& check_secret, Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  const std::string id = to_hex(bytes);
  std::string key = "sk-";
  key.append(machine).append("-").append(id).append("-");
  return Secret(key.append(key_check(machine, id, check_secret)));
}

Secret new_management_token(Random& random) {
  return Secret("mt_" + new_token(random, token_length));
}

Secret new_session_id(Random& random) { return Secret(new_token(random, token_length)); }

std::string mask(std::string_view key) {
  static constexpr std::string_view stars = "****";
  if (key.size() < 16) return std::string(stars);  // of a short one too little would be hidden
  return std::string(key.substr(0, 8)).append(stars).append(key.substr(key.size() - 4));
}

std::string token_hash(const Secret& token) { return to_hex(sha256(token.reveal())); }

}  // namespace omni::identity
