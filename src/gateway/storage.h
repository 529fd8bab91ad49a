#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/config.h"
#include "store/backup.h"
#include "store/body_log.h"
#include "store/config_store.h"
#include "store/retention.h"
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
  store::BodyLog& bodies() { return *bodies_; }
  /// Of usage.sqlite, when it was last looked at, and of bodies.
  std::uint64_t log_bytes() const { return usage_bytes_ + bodies_->files().bytes(); }
  /// Of what happens and is not set up.
  store::Database& usage_database() { return *usage_database_; }

  /// What is due once a minute: rows of usage that could not be written before, sessions that are
  /// over, and what of usage, calls and bodies is too old or too much; and once an hour, what else
  /// is older than it is kept.
  void tidy_up();

 private:
  Storage(const Config& config, const Clock& clock);
  Status adopt(const Secret& api_key_secret);
  Status open_usage(const std::string& path, const Log& log);
  void end_sessions();
  void forget_what_is_old();
  void measure_usage();
  void forget_bodies();
  std::uint64_t bodies_bytes_kept() const;
  void forget_usage();
  void forget_piece(store::UsageBounds bounds);
  store::UsageBounds usage_bounds() const;

  const Clock& clock_;
  std::optional<Clock::Steady> forgotten_at_;
  std::optional<int> call_days_;                // where the settings do not say it
  std::uint64_t log_bytes_max_;                 // of usage.sqlite and bodies together
  std::atomic<std::uint64_t> usage_bytes_ = 0;  // when it was last looked at
  std::atomic<bool> forgetting_ = false;
  bool more_is_old_ = false;  // the writer's, as is the next
  store::Retention retention_;
  store::Backups backups_;
  std::unique_ptr<store::Database> usage_database_;
  std::unique_ptr<store::UsageLog> usage_;
  std::unique_ptr<store::BodyLog> bodies_;
  /// Goes first: whoever listens to it may look into the other database.
  std::unique_ptr<store::ConfigStore> configuration_;
};

/// Of answers that are remembered: they stand in usage.sqlite and leave most of its room to rows.
std::size_t stored_answer_bytes_max(const Config& config);
/// The backups of the data directory; `settings` tells how long they are kept where the environment
/// does not.  While it gives nothing, all are.
using SettingsNow = std::function<std::optional<store::Settings>()>;
store::Backups::Options backups_of(const Config& config, const SettingsNow& settings);
/// Where the master key of these options is.
store::KeyRing key_ring_of(const Config& config);

}  // namespace omni::gateway
