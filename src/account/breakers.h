#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "account/rules.h"
#include "account/verdict.h"
#include "base/clock.h"
#include "base/text_map.h"
#include "store/breakers.h"

namespace omni::account {

/// Whether a failed attempt says that its provider is down, and not only this account or model.
bool speaks_of_provider(const Verdict& verdict);

/// Leaves providers alone that fail: after so many requests in a row to which all of a provider's
/// accounts failed nobody calls it for a while, and then one request at a time tries whether it is
/// back.  Where all of them wanted the same model only that is left alone, until another one fails
/// as well.  For all threads; while nothing fails, without a lock.
class Breakers {
 public:
  explicit Breakers(const Clock& clock) : clock_(clock) {}
  Breakers(const Breakers&) = delete;
  Breakers& operator=(const Breakers&) = delete;

  /// Leave to call a provider for one request.  One that goes unsettled says nothing of it.
  class Pass {
   public:
    Pass() = default;
    Pass(Pass&& other) noexcept { *this = std::move(other); }
    Pass& operator=(Pass&& other) noexcept;
    ~Pass() { give_back(); }

   private:
    friend class Breakers;
    void give_back();

    Breakers* breakers_ = nullptr;
    std::string_view provider_, model_;
    const Profile* profile_ = nullptr;
    bool probes_ = false;
  };
  /// Nobody may call it now.
  struct Refusal {
    Millis over_in{0};
  };
  enum class Outcome : std::uint8_t { answered, failed };

  /// All of them outlive the pass.
  std::variant<Pass, Refusal> enter(std::string_view provider, std::string_view model,
                                    const Profile& profile);
  void settle(Pass pass, Outcome outcome);
  /// Whether it would still be given: nobody has opened the breaker since.
  bool stands(const Pass& pass) const;
  /// Whether `enter` would refuse, and for how long.
  std::optional<Refusal> obstacle(std::string_view provider, std::string_view model) const;

  /// Those of providers that have failed of late, as the store keeps them and the API shows them.
  struct Shown {
    store::BreakerRow row;
    Millis retry_after{0};
    std::string model;  // that alone is left alone; empty: all
  };
  std::vector<Shown> all() const;
  /// What the store has kept, and to whom each change of state is told from then on, under a lock,
  /// but of what is left alone for one model only.
  using Listener = std::function<void(const store::BreakerRow&)>;
  void follow(const std::vector<store::BreakerRow>& kept, Listener listener);
  /// Closes all of them; how many were not.
  std::size_t reset();

 private:
  using State = store::BreakerRow::State;
  struct Breaker {
    State state = State::closed;
    std::int64_t failures = 0;
    Clock::Wall last_failure{};
    Clock::Steady until{};  // while it is open
    Millis open_for{0};
    bool probed = false;  // half open, and somebody tries
    std::string model;    // that all wanted who failed; empty: they wanted several

    /// Whether it lets everybody pass who wants that model.
    bool lets_pass(std::string_view wanted) const {
      return state == State::closed || (!model.empty() && model != wanted);
    }
  };

  void fail(const Pass& pass, Breaker& breaker);
  void close(std::string_view provider, Breaker& breaker);
  store::BreakerRow row_of(std::string_view provider, const Breaker& breaker) const;
  void tell(std::string_view provider, const Breaker& breaker) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  TextMap<Breaker> breakers_;  // of providers that have failed since they last answered
  std::atomic<std::size_t> count_ = 0;
  Listener listener_;
};

}  // namespace omni::account
