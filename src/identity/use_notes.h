#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"
#include "store/sessions.h"

namespace omni::identity {

/// Until when somebody may stay who was here at `now`: as long as before, or thirty days anew when
/// less than seven were left.
Clock::Wall slide(Clock::Wall expires_at, Clock::Wall now);

/// Which keys, tokens and sessions were used, and when last.  Kept in memory, so that no request
/// waits for a disk, and written down now and then.  From any thread.
class UseNotes {
 public:
  /// More than these of one kind are not noted until the next flush.
  static constexpr std::size_t notes_max = 10'000;

  void key_used(std::string_view id, Clock::Wall when);
  void token_used(std::string_view id, Clock::Wall when);
  void session_used(const store::LoginSession& login, Clock::Wall when);

  /// Hands what was noted to the database's writer and starts anew; nothing to write, no work.
  /// What cannot be written is lost, and noted again at the next use.
  void flush(store::Database& database);

 private:
  struct Stay {
    Clock::Wall last_used_at, expires_at;
  };
  template <class Note>
  using Notes = std::map<std::string, Note, std::less<>>;

  struct Page {
    Notes<Clock::Wall> keys, tokens;
    Notes<Stay> sessions;

    Status write(sql::Session& session) const;
  };

  Page take();

  std::mutex mutex_;
  Page page_;
};

}  // namespace omni::identity
