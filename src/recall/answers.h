#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "recall/answer.h"

namespace omni::recall {

class Answers;

/// The duty to bring the answer for a print.  Who has it asks; all others who want the same wait
/// for him.
class Lead {
 public:
  Lead(Lead&& other) noexcept;
  Lead& operator=(Lead&&) = delete;
  ~Lead();

  /// To all who wait, and for `lifetime` to all who come.
  void bring(const Shared& answer, Millis lifetime);
  /// The same with one that was kept elsewhere: nobody is asked for it, so it has been told again.
  void bring_back(Kept kept);

 private:
  friend class Answers;
  Lead(Answers& answers, std::string print) : answers_(&answers), print_(std::move(print)) {}

  Answers* answers_;
  std::string print_;
};

/// Who had the duty went without an answer, and nobody is to wait for another.
struct Unanswered {};

using Found = std::variant<Shared, Lead, Unanswered>;

/// Who waits for an answer.
class Follower {
 public:
  Follower() = default;
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  virtual ~Follower() = default;
  /// Once, on the thread of who brings it or gives up.
  virtual void hear(Found found) = 0;
};

/// Answers by the print of what was asked: those that may be told again, and those on their way.
/// In memory, bounded, the least used go first; for all threads.  Outlives its leads.
class Answers {
 public:
  /// Who has the duty when a lead goes without an answer: whoever has waited longest, so that never
  /// two ask at a time; or nobody, so that nobody waits twice.
  enum class Heir : std::uint8_t { the_next, nobody };
  struct Limits {
    std::size_t entries_max = 0, bytes_max = 0;
    std::size_t answer_bytes_max = 0;
    Heir heir = Heir::the_next;
  };
  struct Counts {
    std::size_t entries = 0, bytes = 0;
    std::size_t waiting = 0;  // followers
    std::uint64_t hits = 0, misses = 0, evictions = 0;
    std::int64_t tokens_saved = 0, cost_nano_saved = 0;
  };

  Answers(const Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  /// A follower in a place of its own.
  using MakeFollower = std::function<std::unique_ptr<Follower>(std::uint64_t place)>;
  /// The answer, or the duty to bring it.  Nothing where another has the duty: then `follower` has
  /// made one who will hear of it.
  std::optional<Found> find(const std::string& print, const MakeFollower& follower);
  /// What is kept there, to who was to bring another and tells this instead; null where nothing is.
  Shared find_instead(const std::string& print);
  bool has(const std::string& print);
  /// Of who has waited long enough; nothing happens if he has heard already.
  void leave(const std::string& print, std::uint64_t place);

  /// Frees what nobody may be told any more; it is not told without this either.
  void sweep();
  /// What those that are kept have served since the last time: their hits and the tokens that these
  /// saved.  Of those that went meanwhile nothing is known.
  std::vector<Shown> take_uses();
  /// How many there were.
  std::size_t forget(const std::function<bool(const Shown&)>& which);
  Counts counts();
  /// The last used first.
  std::vector<Shown> all();
  const Limits& limits() const { return limits_; }

 private:
  friend class Lead;
  using Followers = std::map<std::uint64_t, std::unique_ptr<Follower>>;  // by their places
  struct Entry {
    Shown shown;
    Shared answer;
    Clock::Steady over{};
    std::uint64_t hits_taken = 0;

    std::size_t bytes() const { return answer->bytes + shown.print.size() + 400; }
  };
  using Entries = std::list<Entry>;

  void bring(const std::string& print, const Shared& answer, Millis lifetime);
  void give_up(const std::string& print);
  void bring_back(const std::string& print, Kept kept);
  Followers leave_waiting(const std::string& print);
  void keep(Kept kept, std::uint64_t hits_taken);
  Shared use(const std::string& print);
  void note_use(const Answer& answer);
  void drop(Entries::iterator entry);
  void drop_expired();

  const Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  Entries entries_;                                                   // the last used first
  std::unordered_map<std::string_view, Entries::iterator> by_print_;  // views into entries_
  std::unordered_map<std::string, Followers> on_the_way_;
  Counts counts_;
  std::uint64_t places_ = 0;  // that were ever taken
};

}  // namespace omni::recall
