#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace omni::meter {

/// What notices are about.
enum class Topic : std::uint8_t {
  request,
  stats,
  provider,
  breaker,
  quota,
  budget,
  audit,
  log,
  job,
  config,  // everybody hears of it
};
inline constexpr std::array<std::string_view, 10> topic_names{
    "request", "stats", "provider", "breaker", "quota", "budget", "audit", "log", "job", "config"};
using Topics = std::bitset<topic_names.size()>;

/// What happens, told as it happens to whoever listens.  Each notice is kept for a while, so that
/// one who comes back hears what he has missed, or that it was too much.  Nobody who listens holds
/// up anybody: what waits for him is bounded.  For all threads; while nobody listens, a notice
/// costs one atomic load.
class Feed {
 public:
  struct Limits {
    std::size_t kept_max = 2048;
    std::size_t waiting_bytes_max = std::size_t{256} << 10;  // of each subscriber
    std::size_t subscribers_max = 32;
    /// Notices of requests beyond these in a span are only counted.
    std::size_t requests_max = 20;
    Millis requests_span{250};
    /// How long a topic is kept on after the last who listened to it has gone.
    Millis patience{30'000};
  };

  // Two constructors, for Limits{} can be no default argument inside its own class.
  explicit Feed(const Clock& clock);
  Feed(const Clock& clock, const Limits& limits);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Whether a notice of it would be kept: to be asked before one is written.
  bool wants(Topic topic) const {
    return (wanted_.load(std::memory_order_relaxed) >> static_cast<unsigned>(topic) & 1U) != 0;
  }
  /// `json` is one line.
  void tell(Topic topic, std::string_view name, std::string_view json);
  /// To be called each second or so, for what has to be told though nothing happens.
  void beat();

  /// Goes when there is something to take: to be made by who waits for that.
  struct Bell {
    Bell() = default;
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    virtual ~Bell() = default;
  };
  using MakeBell = std::function<std::unique_ptr<Bell>()>;

  /// Somebody who listens.  Goes before the feed.
  class Subscriber {
   public:
    ~Subscriber();
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;

    /// The notices that wait for him, as server-sent events; where there are none, a bell is made
    /// that goes when he should look again.
    std::string take(const MakeBell& make_bell);

   private:
    friend class Feed;
    Subscriber(Feed& feed, Topics topics) : feed_(feed), topics_(topics) {}

    Feed& feed_;
    const Topics topics_;
    std::string waiting_;
    std::unique_ptr<Bell> bell_;
    Clock::Steady span_began_{};
    std::size_t requests_ = 0;  // in the span
    std::size_t skipped_ = 0;   // that he has not been told of
  };
  /// From the notice behind `last_id` on, or from now; null: there are too many, or no more at all.
  std::unique_ptr<Subscriber> subscribe(Topics topics, std::string_view last_id);

  /// Everybody should look whether he may still listen.
  void wake_all();
  /// The same at the end, after which nobody listens any more.
  void close();
  bool closed() const { return closed_; }

 private:
  struct Notice {
    std::uint64_t number;
    Topic topic;
    std::string text;
  };
  /// Of a topic.
  struct Interest {
    std::size_t subscribers = 0;
    std::optional<std::uint64_t> since;  // all notices from that number on are kept
    Clock::Steady left{};                // the last of them
  };
  using Bells = std::vector<std::unique_ptr<Bell>>;

  std::string id(std::uint64_t number) const;
  void hand(Subscriber& subscriber, const Notice& notice, Bells& bells) const;
  void tell_skipped(Subscriber& subscriber, Bells& bells) const;
  void append(Subscriber& subscriber, std::string_view text, Bells& bells) const;
  std::string resync() const;
  bool replay(Subscriber& subscriber, std::string_view last_id) const;
  void leave(Subscriber& subscriber);
  void publish_interests();

  const Clock& clock_;
  const Limits limits_;
  const std::string boot_;
  std::atomic<std::uint32_t> wanted_ = 0;
  std::atomic<bool> closed_ = false;
  std::mutex mutex_;
  std::array<Interest, topic_names.size()> interests_;
  std::deque<Notice> kept_;
  std::uint64_t last_number_ = 0;
  std::list<Subscriber*> subscribers_;
};

}  // namespace omni::meter
