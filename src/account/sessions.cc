#include "account/sessions.h"

#include <algorithm>

namespace omni::account {
namespace {

constexpr std::chrono::minutes kept_for{30};

}  // namespace

bool Sessions::is_over(const Session& session) const {
  return clock_.wall() - session.last_active >= kept_for;
}

std::string Sessions::account_of(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || is_over(*found->second)) return {};
  return found->second->connection;
}

void Sessions::note(std::string_view id, std::string_view connection, std::string_view key_id) {
  const std::scoped_lock lock(mutex_);
  const auto forget_last = [this] {
    by_id_.erase(rows_.back().id);
    rows_.pop_back();
  };
  while (!rows_.empty() && is_over(rows_.back())) forget_last();
  const Clock::Wall now = clock_.wall();
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) {
    rows_.splice(rows_.begin(), rows_, found->second);
  } else {
    if (rows_.size() >= kept_max_) forget_last();
    rows_.push_front({.id = std::string(id), .created = now, .key_id = std::string(key_id)});
    by_id_.emplace(rows_.front().id, rows_.begin());
  }
  Session& session = rows_.front();
  session.last_active = now;
  ++session.requests;
  session.connection = connection;
}

std::int64_t Sessions::count_of(std::string_view key_id) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::count_if(
      rows_, [&](const Session& session) { return session.key_id == key_id && !is_over(session); });
}

std::vector<Sessions::Session> Sessions::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Session> sessions;
  for (const Session& session : rows_) {
    if (is_over(session)) break;
    sessions.push_back(session);
  }
  return sessions;
}

}  // namespace omni::account
