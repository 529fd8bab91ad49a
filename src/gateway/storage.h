#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/config.h"
#include "store/backup.h"
#include "store/config_store.h"
#include "store/usage_log.h"

namespace omni::gateway {

/// The two databases of a data directory and what belongs to them.  When it goes, all that waits is
/// written and the databases are whole files again.
class Storage {
 public:
  /// Makes what is missing and brings the rest to the newest shape, after a backup.  An error says
  /// what to do; it is `bad_request` unless it may go away by itself.  The data directory is held.
  static Result<std::unique_ptr<Storage>> open(const Config& config, const Clock& clock,
                                               Random& random, const Log& log);
  /// What `open` would find, or why it would refuse.  Changes nothing, also while a gateway runs.
  static Result<std::shared_ptr<const store::Configuration>> rehearse(const Config& config,
                                                                      Random& random);
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  store::ConfigStore& configuration() { return *configuration_; }
  store::Backups& backups() { return backups_; }
  store::UsageLog& usage() { return *usage_; }
  /// Of what happens and is not set up.
  store::Database& usage_database() { return *usage_database_; }

  /// What is due once a minute: rows of usage that could not be written before, and sessions that
  /// are over; and once an hour, what is older than it is kept.
  void tidy_up();

 private:
  Storage(const Config& config, const Clock& clock);
  Status adopt(const Secret& api_key_secret);
  Status open_usage(const std::string& path, const Log& log);
  void end_sessions();
  void forget_what_is_old();
  void forget_usage(store::UsageBounds bounds);

  const Clock& clock_;
  std::optional<Clock::Steady> forgotten_at_;
  bool more_usage_is_old_ = false;  // the writer's
  store::Backups backups_;
  std::unique_ptr<store::Database> usage_database_;
  std::unique_ptr<store::UsageLog> usage_;
  /// Goes first: whoever listens to it may look into the other database.
  std::unique_ptr<store::ConfigStore> configuration_;
};

/// The backups of the data directory; `settings` tells how long they are kept where the environment
/// does not.  While it gives nothing, all are.
using SettingsNow = std::function<std::optional<store::Settings>()>;
store::Backups::Options backups_of(const Config& config, const SettingsNow& settings);
/// Where the master key of these options is.
store::KeyRing key_ring_of(const Config& config);

}  // namespace omni::gateway
