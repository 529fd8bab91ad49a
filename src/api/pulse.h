#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "api/change.h"
#include "json/writer.h"
#include "meter/watch.h"

namespace omni::api {

/// Once a second, and once for all who listen: tells them the gateway's numbers, and what of
/// providers, breakers, quotas and budgets is no longer as it was.  That is found by comparing, so
/// that no request has to think of it.
class Pulse {
 public:
  explicit Pulse(const Surroundings& with) : with_(with) {}
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  void beat();

 private:
  /// What each thing of a topic was like, by its name.
  using States = std::map<std::string, std::string, std::less<>>;
  struct Aspect;

  void tell_stats();
  void compare(const Aspect& aspect);
  States accounts(const store::Configuration& now) const;
  States breakers(const store::Configuration& now) const;
  States quotas(const store::Configuration& now) const;
  States budgets(const store::Configuration& now) const;

  const Surroundings with_;
  std::mutex mutex_;
  std::map<meter::Topic, States> known_;  // of topics that somebody listens to
  Clock::Steady last_{};
  std::uint64_t requests_ = 0, failures_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace omni::api
