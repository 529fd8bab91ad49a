#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "identity/pace.h"
#include "store/api_keys.h"

namespace omni::identity {

/// How much a key may use.
struct KeyLimits {
  explicit KeyLimits(const store::ApiKey& key);

  Pace minute, day;  // of requests
  Pace tokens;
  std::uint64_t at_once = 0;  // requests; 0: any number

  bool any() const;
};

/// How a limit stands, as a client is told it.
struct Standing {
  std::uint64_t limit = 0, left = 0;
  std::chrono::nanoseconds full_in{0};
};

/// Counts what keys use, and refuses what is more than they may.  For stored keys alone, which
/// bounds how many there are.  From any thread; a key without limits costs no lock.
class ClientLimits {
 public:
  /// A request of a key for as long as it lasts; of a key without limits, nothing.
  class Stay {
   public:
    Stay() = default;
    Stay(Stay&& other) noexcept;
    Stay& operator=(Stay&& other) noexcept;
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay();

    /// What its answer used, which nobody knows before.
    void use_tokens(std::uint64_t tokens) const;

   private:
    friend class ClientLimits;
    Stay(ClientLimits& limits, std::string key_id, Pace tokens)
        : limits_(&limits), key_id_(std::move(key_id)), tokens_(tokens) {}

    ClientLimits* limits_ = nullptr;
    std::string key_id_;
    Pace tokens_;
  };

  struct Refusal {
    std::string_view why;
    std::chrono::seconds wait;
  };
  /// What a request gets at the door.  A refused one is not counted.
  struct Entry {
    Stay stay;
    std::optional<Refusal> refusal;
    std::optional<Standing> requests, tokens;  // of keys that have such a limit
  };

  explicit ClientLimits(const Clock& clock) : clock_(clock) {}
  ClientLimits(const ClientLimits&) = delete;
  ClientLimits& operator=(const ClientLimits&) = delete;

  Entry enter(const store::ApiKey& key);

 private:
  struct Count {
    Allowance minute, day, tokens;
    std::uint64_t running = 0;

    std::optional<Refusal> refuse(const KeyLimits& limits, Clock::Steady now) const;
    bool idle(Clock::Steady now) const;
  };

  Count& count_of(const std::string& key_id, Clock::Steady now);
  void leave(const std::string& key_id);
  void use_tokens(const std::string& key_id, Pace pace, std::uint64_t tokens);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Count, std::less<>> counts_;
  std::size_t sweep_at_ = 64;
};

}  // namespace omni::identity
