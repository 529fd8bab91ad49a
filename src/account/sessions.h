#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace omni::account {

/// Conversations of clients of the last half hour, and the account that each was answered by: it
/// may still have what was said in its prompt cache.  In memory, bounded; for all threads.
class Sessions {
 public:
  struct Session {
    std::string id;
    Clock::Wall created{}, last_active{};
    std::uint64_t requests = 0;
    std::string connection;
    std::string key_id;  // of the API key that began it; empty: none
  };

  explicit Sessions(const Clock& clock, std::size_t kept_max = 10'000)
      : clock_(clock), kept_max_(kept_max) {}
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// Empty where it is not known, or not any more.
  std::string account_of(std::string_view id) const;
  void note(std::string_view id, std::string_view connection, std::string_view key_id);
  /// How many of a key there are.
  std::int64_t count_of(std::string_view key_id) const;
  /// The last active first.
  std::vector<Session> all() const;

 private:
  using Rows = std::list<Session>;  // the last active first

  bool is_over(const Session& session) const;

  const Clock& clock_;
  const std::size_t kept_max_;
  mutable std::mutex mutex_;
  Rows rows_;
  std::unordered_map<std::string_view, Rows::iterator> by_id_;
};

}  // namespace omni::account
