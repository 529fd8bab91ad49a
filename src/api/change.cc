#include "api/change.h"

#include <algorithm>
#include <chrono>

#include "identity/gate.h"
#include "json/writer.h"
#include "meter/watch.h"

namespace omni::api {
namespace {

/// Backups before a write are made no more often, so there is no use in asking.
constexpr Millis backup_every = std::chrono::hours(1);

bool has_scope(const identity::Caller& caller, net::Role role) {
  const auto& tokens = caller.configuration->management_tokens;
  const auto token = std::ranges::find(tokens, caller.id, &store::ManagementToken::id);
  return token != tokens.end() && identity::grants(*token, role);
}

}  // namespace

bool has_role(const identity::Caller& caller, net::Role role) {
  using enum identity::Caller::Kind;
  switch (caller.kind) {
    case anonymous:
    case client:
      return false;
    case token:
      return has_scope(caller, role);
    case visitor:
    case session:
    case owner:
      return true;
  }
  return false;
}

store::AuditEntry Changes::entry(const net::Exchange& exchange, std::string_view action) const {
  const identity::Caller& caller = identity::caller_of(exchange);
  store::AuditEntry entry;
  entry.when = with_.clock.wall();
  entry.action = action;
  entry.actor = caller.actor;
  entry.address = caller.address();
  entry.request_id = exchange.id();
  return entry;
}

void Changes::tell(const store::AuditEntry& entry) const {
  if (entry.action.empty() || !with_.watch.feed.wants(meter::Topic::audit)) return;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("timestamp").text(iso8601(entry.when));
  out.key("action").text(entry.action).key("actor").text(entry.actor);
  out.key("target").text(entry.target).key("resourceType").text(entry.resource_type);
  out.key("status").text(entry.status).key("requestId").text(entry.request_id).end_object();
  with_.watch.feed.tell(meter::Topic::audit, "audit", text);
}

net::Task<Status> Changes::note(store::AuditEntry entry) {
  co_return co_await write(std::move(entry),
                           [](sql::Session&, store::AuditEntry&) -> Status { return Nothing{}; });
}

net::Task<> Changes::back_up() {
  if (auto_backup_ == AutoBackup::off) co_return;
  const std::int64_t now = to_millis(with_.clock.wall());
  std::int64_t last = backed_up_ms_;
  if (last != 0 && now - last < backup_every.count()) co_return;
  if (!backed_up_ms_.compare_exchange_strong(last, now)) co_return;
  const auto made = co_await net::offload(with_.workers, [&backups = with_.backups] {
    return backups.create(store::BackupReason::pre_write);
  });
  // A change is not refused for want of a backup: the next one asks again.
  if (made && *made) co_return;
  backed_up_ms_ = 0;
  const Error& why = made ? made->error() : made.error();
  if (why.kind() != Error::Kind::cancelled) {
    with_.log.warn("backup.not_made", {{"why", why.message()}});
  }
}

}  // namespace omni::api
