#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "store/audit.h"
#include "store/master_key.h"
#include "store/seal.h"
#include "store/sql/session.h"

namespace omni::store {

/// Where an installation's master key is: in `master.key` of the data directory or, where there is
/// a passphrase (STORAGE_ENCRYPTION_KEY), in the head of whoever knows it.
struct KeyRing {
  std::string data_dir;
  Secret passphrase;

  /// The key that the database was sealed with, made if nothing was sealed yet.  A key that is
  /// missing or wrong is refused with what to do: a new one would only hide that all is lost.
  Result<MasterKey> unlock(sql::Session& session, Random& random) const;
  /// Seals everything anew, under a random key in the file or under `passphrase` if it has one, and
  /// notes it as `entry` says.  Whenever it is broken off, the old key or the new one opens
  /// everything.  A key that was in the file is kept in another, for the backups of before.
  struct Change {
    Secret passphrase;
    AuditEntry entry;
  };
  Result<MasterKey> change_key(sql::Session& session, Change change, Random& random) const;
  /// The key of before that opens this database, a backup; nothing where it needs another one.
  Result<std::optional<MasterKey>> find_old_key(sql::Session& session, Random& random) const;
  /// The key that `unlock` would give, or why it would give none; changes nothing.
  Result<MasterKey> find_key(sql::Session& session, Random& random) const;

  KeyFile file() const { return KeyFile(data_dir + "/master.key"); }
  /// The key of a change that was broken off, or is under way.
  KeyFile next_file() const { return KeyFile(data_dir + "/master.key.next"); }
  /// A key of before, by its id.
  KeyFile old_file(std::string_view id) const {
    return KeyFile(file().path() + "." + std::string(id));
  }

 private:
  enum class Where : std::uint8_t { nowhere, passphrase, file, next_file };
  struct Found {
    MasterKey key;
    Where where;
  };
  Result<Found> find(const std::string& check, Random& random) const;
  Status keep_old(const MasterKey& key) const;
  Result<std::optional<MasterKey>> old_key_for(const std::string& check, Random& random) const;
};

/// Opens every sealed value and seals it again with another key.  In a transaction.  Fails where
/// something that the first key has sealed is left.
Status reseal(sql::Session& session, const Sealer& from, const Sealer& to);

}  // namespace omni::store
