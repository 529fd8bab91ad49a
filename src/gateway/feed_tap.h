#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "json/writer.h"
#include "meter/feed.h"

namespace omni::gateway {

/// Hands lines of the log on to whoever listens to them, once there is a feed.  For all threads.
class FeedTap {
 public:
  FeedTap() = default;
  FeedTap(const FeedTap&) = delete;
  FeedTap& operator=(const FeedTap&) = delete;

  /// It outlives whoever may still write a line.
  void open(meter::Feed& feed) { feed_ = &feed; }
  void close() { feed_ = nullptr; }

  /// A line with its end; one that is for people becomes a member of an object.
  void hear(std::string_view line) const {
    meter::Feed* const feed = feed_;
    if (feed == nullptr || !feed->wants(meter::Topic::log)) return;
    line.remove_suffix(1);
    std::string json(line);
    if (!line.starts_with('{')) {
      json.clear();
      json::Writer(json).begin_object().key("line").text(line).end_object();
    }
    feed->tell(meter::Topic::log, "log", json);
  }

 private:
  std::atomic<meter::Feed*> feed_ = nullptr;
};

}  // namespace omni::gateway
