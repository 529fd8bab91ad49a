#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "store/configuration.h"
#include "store/database.h"
#include "store/key_ring.h"
#include "store/seal.h"

namespace omni::store {

/// The configuration database of one installation, `config.sqlite`, and what it says at this
/// moment.  After every commit the writer reads all of it again and exchanges the snapshot before
/// it tells anybody: what is stored is what is active, by construction.
class ConfigStore {
 public:
  /// Makes the database or brings it to the newest shape, and unlocks it.  Refused, with the
  /// reason, is a file that is none of ours, damaged, of a newer program, or sealed with a key that
  /// is not there.
  /// `before_migration` is for a backup, as in `migrate`.
  static Result<std::unique_ptr<ConfigStore>> open(
      const KeyRing& keys, Random& random, const Log& log,
      const std::function<Status()>& before_migration = {});
  /// What `open` would find, or why it would refuse; changes nothing.
  static Result<std::shared_ptr<const Configuration>> rehearse(const KeyRing& keys, Random& random);
  ~ConfigStore();
  ConfigStore(const ConfigStore&) = delete;
  ConfigStore& operator=(const ConfigStore&) = delete;

  /// As of now, and good for as long as it is held.
  std::shared_ptr<const Configuration> current() const;
  Database& database() { return *database_; }
  const Sealer& sealer() const { return sealer_; }
  const KeyRing& keys() const { return keys_; }

  /// Called with each new configuration before it is told to anybody; to be added before there are
  /// changes.  Called at once with the present one.
  using Listener = std::function<void(const std::shared_ptr<const Configuration>&)>;
  void add_listener(Listener listener);

 private:
  ConfigStore(KeyRing keys, Sealer sealer, const Log& log)
      : log_(log), keys_(std::move(keys)), sealer_(std::move(sealer)) {}

  Status load(sql::Session& session);

  const Log& log_;
  KeyRing keys_;
  Sealer sealer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Configuration> current_;
  std::vector<Listener> listeners_;
  std::unique_ptr<Database> database_;
};

}  // namespace omni::store
