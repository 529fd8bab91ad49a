// bcrypt by libcrypt's functions that keep no state of their own, so that several threads can hash.

#include "identity/password.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "base/strings.h"

namespace omni::identity {
namespace {

constexpr unsigned long cost = 12;
constexpr std::uint64_t cost_max = 16;  // three seconds: nobody's hash, or meant to keep us busy
constexpr std::size_t hash_bytes = 60;
constexpr std::size_t setting_bytes = 29;  // of those: kind, cost and salt

/// What bcrypt works in: 32 KB that must not stay in memory.
struct Workspace {
  crypt_data data{};
  std::array<char, CRYPT_MAX_PASSPHRASE_SIZE> password{};

  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    explicit_bzero(&data, sizeof data);
    explicit_bzero(password.data(), password.size());
  }
};

bool is_hash_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '/';
}

/// `$2b$12$` and 53 characters of salt and hash.
bool is_bcrypt(std::string_view hash) {
  if (hash.size() != hash_bytes || hash[3] != '$' || hash[6] != '$') return false;
  const std::string_view kind = hash.substr(0, 3);
  if (kind != "$2a" && kind != "$2b" && kind != "$2y") return false;
  const std::optional<std::uint64_t> rounds = parse_unsigned(hash.substr(4, 2));
  return rounds && *rounds <= cost_max && std::ranges::all_of(hash.substr(7), is_hash_char);
}

/// Nothing for a password or setting that libcrypt does not take.
std::optional<Secret> bcrypt(const Secret& password, const std::string& setting) {
  const std::string_view text = password.reveal();
  const auto workspace = std::make_unique<Workspace>();
  if (text.size() >= workspace->password.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, workspace->password.begin());
  const char* const hash = crypt_r(workspace->password.data(), setting.c_str(), &workspace->data);
  if (hash == nullptr || std::strlen(hash) != hash_bytes) return std::nullopt;
  return Secret(hash);
}

}  // namespace

Result<std::string> hash_password(const Secret& password, Random& random) {
  const std::string_view text = password.reveal();
  if (text.empty()) return Error{Error::Kind::bad_request, "the password is empty"};
  if (text.size() > password_bytes_max) {
    return Error{Error::Kind::bad_request,
                 "the password is longer than 72 bytes, of which an accented letter takes two"};
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error{Error::Kind::bad_request, "the password holds a NUL character"};
  }
  std::array<std::uint8_t, 16> salt{};
  random.fill(salt);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* const made = crypt_gensalt_rn(
      "$2b$", cost, reinterpret_cast<const char*>(salt.data()), static_cast<int>(salt.size()),
      setting.data(), static_cast<int>(setting.size()));
  const std::optional<Secret> hash = made == nullptr ? std::nullopt : bcrypt(password, made);
  if (!hash) return Error{Error::Kind::internal, "the password could not be hashed"};
  return std::string(hash->reveal());
}

bool password_matches(const Secret& password, std::string_view hash) {
  if (password.empty() || !is_bcrypt(hash)) return false;
  const std::optional<Secret> again = bcrypt(password, std::string(hash.substr(0, setting_bytes)));
  return again && *again == Secret(std::string(hash));
}

Status check_new_password(const Secret& password, PasswordLength least) {
  if (is_well_known_password(password)) {
    return Error(Error::Kind::bad_request, "This password is too well known");
  }
  const auto characters =
      std::ranges::count_if(password.reveal(), [](char c) { return (c & 0xC0) != 0x80; });
  if (characters < static_cast<std::ptrdiff_t>(least)) {
    return Error(
        Error::Kind::bad_request,
        "The password needs at least " + std::to_string(static_cast<int>(least)) + " characters");
  }
  return Nothing{};
}

bool is_well_known_password(const Secret& password) {
  static constexpr auto known = std::to_array<std::string_view>(
      {"0000",          "000000",    "00000000",   "111111",       "11111111",    "11223344",
       "123123123",     "1234",      "12341234",   "12344321",     "12345",       "123456",
       "1234567",       "12345678",  "123456789",  "1234567890",   "1q2w3e4r",    "1qaz2wsx",
       "66666666",      "87654321",  "88888888",   "987654321",    "9router",     "abc123",
       "abc12345",      "abcd1234",  "admin",      "admin123",     "admin1234",   "adminadmin",
       "administrator", "asdfghjk",  "asdfghjkl",  "baseball",     "change-me",   "change_me",
       "changeit",      "changeme",  "changeme1",  "changeme123",  "default",     "default1",
       "dragon",        "football",  "iloveyou",   "letmein",      "letmein1",    "letmein123",
       "monkey",        "omniroute", "omniroute1", "omniroute123", "p@ssw0rd",    "p@ssword",
       "passw0rd",      "password",  "password1",  "password12",   "password123", "password1234",
       "princess",      "q1w2e3r4",  "qwerty",     "qwerty12",     "qwerty123",   "qwertyuiop",
       "secret",        "secret123", "sunshine",   "superman",     "test1234",    "trustno1",
       "welcome",       "welcome1",  "welcome123", "zaq12wsx"});
  const Secret lower(to_lower(password.reveal()));
  return std::ranges::find(known, lower.reveal()) != known.end();
}

}  // namespace omni::identity
