#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "store/master_key.h"

namespace omni::store {

/// Where a sealed value stands.  It opens nowhere else, so nobody can give his own row another
/// row's secret.
struct Place {
  std::string_view table, column, row;
};

/// Seals secrets for the disk: `enc:v2:<key id>:<base64url of nonce, encrypted bytes and tag>`.
/// Safe from any thread if `random` is.
class Sealer {
 public:
  /// `random` outlives the sealer.
  Sealer(MasterKey key, Random& random);
  ~Sealer();
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) = delete;

  std::string seal(const Secret& secret, const Place& place) const;
  /// Refuses what another key has sealed, what was sealed for another place and what was changed:
  /// a broken secret never goes on as if it were one.  Reads `enc:v1:` as well, which the
  /// predecessor wrote, if the key is a passphrase.
  Result<Secret> open(std::string_view sealed, const Place& place) const;

  const std::string& key_id() const { return key_.id; }
  const MasterKey& key() const { return key_; }

 private:
  struct KeysOfV1;

  Result<Secret> open_v1(std::string_view fields) const;

  MasterKey key_;
  Random& random_;
  std::unique_ptr<KeysOfV1> v1_;  // made when the first value wants them
};

bool is_sealed(std::string_view text);
/// Of the key that has sealed it; empty where that is nowhere said.
std::string_view key_id_of(std::string_view sealed);

}  // namespace omni::store
