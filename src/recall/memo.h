#pragma once

#include <cstddef>
#include <optional>

#include "chat/collector.h"

namespace omni::recall {

/// Writes an answer down while it is told, so that it can be told again; gives up on one that is
/// longer than it may be.
class Memo final : public chat::EventSink {
 public:
  explicit Memo(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void on(const chat::Event& event) override;
  /// About as many as it takes in memory.
  std::size_t bytes() const { return bytes_; }
  /// What has been told, once; nothing where it failed, was cut off or is too long.
  std::optional<chat::Reply> take();

 private:
  const std::size_t bytes_max_;
  std::size_t bytes_ = sizeof(chat::Reply);
  chat::Collector collector_;
};

}  // namespace omni::recall
