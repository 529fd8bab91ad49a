#pragma once

#include <functional>

#include "api/change.h"
#include "store/audit.h"
#include "store/settings_table.h"

namespace omni::api {

/// Changes settings and may refuse to.
using SettingsEdit = std::function<Status(store::Settings&)>;

/// In a transaction: lets `edit` change what is stored, writes the rows that became different, each
/// of which has to fit its shape, and puts their names with what they were and are into the entry;
/// where none did, empties its action.
Status change_settings(const store::SettingWriter& writer, const SettingsEdit& edit,
                       store::AuditEntry& entry);

/// For edits: sets one setting, or those members of an object that are settings of the group.
Status assign_setting(store::Settings& settings, const store::SettingRow& row, json::Value value);
Status assign_group(store::Settings& settings, std::string_view group, json::Value object);

/// A change of settings and of nothing else, as the audit log has it.
struct SettingsChange {
  std::string_view action, target;
  SettingsEdit edit;
};
net::Task<Status> make_change(Changes& changes, const net::Exchange& exchange,
                              const store::Sealer& sealer, SettingsChange change);

}  // namespace omni::api
