#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "json/raw.h"
#include "store/sql/session.h"

namespace omni::store {

/// What somebody changed, or tried to: written in the transaction of the change itself, so there is
/// never one without the other.
struct AuditEntry {
  std::int64_t id = 0;
  Clock::Wall when{};
  std::string action;  // "settings.updated"
  std::string actor;   // "admin", "token:ci", "owner"
  std::string target;
  std::string address;
  std::string resource_type;
  std::string status = "success";
  std::string request_id;
  json::Raw details = json::Raw::trusted("{}");  // what it was before and is now
  json::Raw metadata = json::Raw::trusted("{}");
};

/// Members of details and metadata whose names sound secret are redacted on their way in.
Status add_audit_entry(sql::Session& session, const AuditEntry& entry);

/// Which entries are asked for; what is empty does not matter.
struct AuditQuery {
  std::string action;  // a trailing `*` is for all that begin so
  std::string actor, target, resource_type, status, request_id;
  std::optional<Clock::Wall> from, to;
  std::int64_t limit = 50;
  std::int64_t offset = 0;
};

/// Newest first; returns how many there are without limit and offset.
Result<std::int64_t> find_audit_entries(sql::Session& session, const AuditQuery& query,
                                        const std::function<void(const AuditEntry&)>& take);
Status delete_audit_entries_before(sql::Session& session, Clock::Wall time);

/// Whether a member of that name is likely to hold a secret.
bool sounds_secret(std::string_view name);

/// The same value with "[redacted]" in the place of every member whose name sounds secret, at any
/// depth: password, token, secret, apiKey, authorization, cookie, …
json::Raw redacted(const json::Raw& value);

}  // namespace omni::store
