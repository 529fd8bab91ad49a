#pragma once

#include <vector>

#include "base/clock.h"
#include "store/seal.h"
#include "store/settings.h"
#include "store/sql/session.h"

namespace omni::store {

/// What the table `settings` gives: the defaults, and over them every row that is still valid.
struct StoredSettings {
  Settings settings;
  /// Rows that were passed over, by their names: of another version of ours, or written by hand.
  std::vector<json::Finding> skipped;
};
Result<StoredSettings> load_settings(sql::Session& session, const Sealer& sealer);

/// Writes one member of the settings.
struct SettingWriter {
  sql::Session& session;
  const Sealer& sealer;
  Clock::Wall now;

  Status store(const Settings& settings, const SettingRow& row) const;
};

}  // namespace omni::store
