#pragma once

#include "base/log.h"
#include "meter/feed.h"

namespace omni::gateway {

/// Hands the lines of the log on to whoever listens to them.
class FeedTap final : public Log::Tap {
 public:
  explicit FeedTap(meter::Feed& feed) : feed_(feed) {}

  bool wants_lines() const override { return feed_.wants(meter::Topic::log); }
  void hear(std::string_view line) const override { feed_.tell(meter::Topic::log, "log", line); }

 private:
  meter::Feed& feed_;
};

}  // namespace omni::gateway
