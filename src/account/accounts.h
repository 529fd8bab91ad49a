#pragma once

#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "account/verdict.h"
#include "base/clock.h"
#include "store/connections.h"

namespace omni::account {

/// Nobody can be asked now, though there are accounts.
struct AllResting {
  int status = 503;          // of the last failure
  std::string last_message;  // likewise
  Millis over_in{0};         // when the first of them may be asked again
};

/// What a borrower wants.
struct Wish {
  std::span<const store::Connection* const> candidates;  // the most wanted first
  std::string_view model;
  const std::set<std::string>* tried = nullptr;  // ids that have failed this request
};

/// Which accounts may be asked now.  Remembers what failed, in memory; for all threads.
class Accounts {
 public:
  explicit Accounts(const Clock& clock) : clock_(clock) {}
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  /// The first that does not rest, or else the first whose rest binds nobody; null where all that
  /// there are were tried.
  std::variant<const store::Connection*, AllResting> borrow(const Wish& wish) const;
  /// What became of an attempt on that connection, for that model.
  void settle(std::string_view connection, std::string_view model, const Verdict& verdict);

 private:
  struct Rest {
    Clock::Steady until;
    bool binding = false;
    Clock::Wall noted{};
    int level = 0;  // grows with each failure in a row
    int status = 0;
    std::string message;
  };
  using Key = std::pair<std::string, std::string>;  // connection and model; no model: all of them

  void make_room();
  const Rest* rest_of(const store::Connection& connection, std::string_view model) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Key, Rest, std::less<>> rests_;
};

}  // namespace omni::account
