#pragma once

#include <functional>

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

}  // namespace omni::api
