#pragma once

#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "account/choice.h"
#include "account/limiter.h"
#include "account/rules.h"
#include "account/verdict.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text_map.h"
#include "net/handoff.h"
#include "store/condition.h"
#include "store/connections.h"
#include "store/database.h"

namespace omni::account {

/// Nobody can be asked now, though there are accounts.
struct AllResting {
  int status = 503;          // of the last failure
  std::string last_message;  // likewise
  Millis over_in{0};         // when the first of them may be asked again
};

/// Nobody rests, but those who do not are asked as much as they may be.
struct AllBusy {
  Millis over_in{0};  // at the latest, unless somebody takes the place
};

/// What a borrower wants.
struct Wish {
  const catalog::Provider* provider = nullptr;
  std::span<const store::Connection* const> candidates;  // the most wanted first
  std::string_view model;
  const Rules* rules = nullptr;
  std::string_view known_to = {};                // the account that knows the conversation
  const std::set<std::string>* tried = nullptr;  // ids that have failed this request
};

/// Which accounts may be asked now, and which of them is.  Remembers what was asked and what
/// failed, in memory; for all threads.
class Accounts {
  struct State;

 public:
  /// An account for one attempt, to be settled with what became of it.  One that goes unsettled is
  /// given back without a verdict.  Goes before what its wish was made of.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept { *this = std::move(other); }
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { give_back(); }

    /// Null: nobody was left who has not been tried.
    const store::Connection* connection() const { return connection_; }

   private:
    friend class Accounts;
    void give_back();

    Accounts* accounts_ = nullptr;  // null: there is nothing to give back
    State* state_ = nullptr;
    const store::Connection* connection_ = nullptr;
    std::string_view provider_;
    std::string_view model_;
    const Profile* profile_ = nullptr;
    std::uint64_t number_ = 0;  // when it was lent, among all that has happened
  };

  Accounts(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  using Lent = std::variant<Lease, AllResting, AllBusy>;
  /// One that neither rests nor is busy, or else one whose rest binds nobody; a lease of nobody
  /// where all that there are were tried.  What somebody who waits can use is his first.
  Lent borrow(const Wish& wish);
  void settle(Lease lease, const Verdict& verdict);
  /// What its provider has said in passing.
  void learn(const Lease& lease, const Allowance& allowance);
  /// Why nobody could be borrowed; nothing where somebody could.  Changes nothing.
  std::optional<AllResting> obstacle(const Wish& wish);

  /// One that waits in a line because all of a provider are busy.  On a loop.  A place that becomes
  /// free is lent to the first who can use it before anybody else sees it.
  class Waiting {
   public:
    /// The wish outlives it.
    Waiting(Accounts& accounts, const Wish& wish);
    /// A place that came too late goes to whoever stands behind.
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    /// Borrows; while all are busy, when it is its turn or the time of one of them has come.  None
    /// is waited for that will be free later than after `patience`.
    net::Task<Lent> borrow(Millis patience);

   private:
    friend class Accounts;
    using Place = net::Handoff<bool>;

    Lent look(Place& place);
    /// With the accounts' lock.
    void tell();

    Accounts& accounts_;
    const Wish& wish_;
    /// With the accounts' lock.
    std::optional<Place::Giver> told_;  // while it sleeps
    Clock::Steady looks_at_{};          // when it wakes by itself
    std::optional<Lent> lent_;          // by whoever gave it back; no longer in the line
  };

  /// Adds what requests have found since the account was stored, changed or tested.
  void bring_up_to_date(store::Connection& connection) const;
  /// Hands what requests have found to the database's writer; nothing new, no work.  What cannot be
  /// written is lost until the account is found otherwise.
  void flush(store::Database& database);

  struct RestShown {
    std::string connection, model;  // no model: all of them
    Clock::Wall until{}, noted{};
    bool binding = false;
    int status = 0;
    std::string message;
  };
  /// Those that are not over.
  std::vector<RestShown> rests() const;
  struct Counts {
    std::int64_t running = 0;
    std::uint64_t done = 0;
    bool has_learned = false;
  };
  Counts counts_of(std::string_view connection) const;
  std::int64_t waiting_for(std::string_view provider) const;
  /// Its provider has said that nothing of this is left until then: it is not asked before.
  void exhaust(std::string_view connection, Clock::Wall until, std::string_view what);
  /// Ends the rests of a connection, for one model or, without a name, for all; how many.
  std::size_t wake(std::string_view connection, std::string_view model);

 private:
  struct Rest {
    Clock::Steady until{};    // it is the last choice
    Clock::Steady unasked{};  // and until then not even that
    Clock::Wall noted{};
    std::uint64_t number = 0;
    int level = 0;  // grows with each failure in a row
    int status = 0;
    std::string message;
  };
  /// What is known of one connection.
  struct State : Use {
    Rest own;  // of all its models
    std::map<std::string, Rest, std::less<>> of_models;
    Limiter limiter;
    std::optional<store::Condition> condition;  // where it is another one than was stored
    std::uint64_t found = 0;                    // when, among all that has happened
    bool written = true;
    int errors_in_row = 0;
    std::uint64_t last_error = 0;
    std::uint64_t done = 0;
  };
  /// Side by side, the most wanted first.
  struct Pool {
    std::vector<Use*> uses;
    std::vector<const store::Connection*> connections;
  };
  /// Candidates by how they may be asked, and what is to be said where there is nobody.
  struct Sorted {
    Pool free, doubtful;
    const Rest* first_over = nullptr;
    std::optional<Millis> place_in;

    bool has_place() const { return !free.uses.empty() || !doubtful.uses.empty(); }
  };

  Sorted sort(const Wish& wish);
  struct Rests {
    const Rest* binding = nullptr;  // the longest
    bool doubtful = false;
  };
  Rests rests_of(const State& state, const store::Connection& connection,
                 std::string_view model) const;
  AllResting resting(const Rest& rest) const;
  Lent lent_of(const Wish& wish, const Sorted& sorted);
  Lent borrow_behind(const Wish& wish, const Waiting* self);
  Lease lend(const Wish& wish, const Pool& pool);
  State& state_of(std::string_view connection);
  void end(Lease& lease);
  void note_success(const Lease& lease);
  void note_failure(const Lease& lease, const Verdict& verdict);
  void note_error(const Lease& lease, const Verdict& verdict);
  void note_condition(State& state, store::Condition condition);
  Clock::Wall wall_of(Clock::Steady time) const;
  void put_to_rest(Rest& rest, Millis rest_for, const Verdict& verdict) const;
  void make_room(State& state) const;
  /// Lends what is free to those who wait for that provider, up to `last`; whether anything was.
  bool serve_line(std::string_view provider, const Waiting* last);

  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  TextMap<State> states_;
  std::uint64_t number_ = 0;  // of what has happened
  std::list<Waiting*> line_;
};

using Lease = Accounts::Lease;

}  // namespace omni::account
