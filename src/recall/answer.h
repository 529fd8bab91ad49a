#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "chat/reply.h"

namespace omni::recall {

/// What was told to a client, in no dialect: it can be told again in any, whole or as a stream.
struct Answer {
  chat::Reply reply;
  /// For a dialect that says more of an answer than its provider did.
  std::string id;
  std::int64_t time_s = 0;     // since 1970
  std::string model;           // "provider/model"
  std::int64_t cost_nano = 0;  // that it is not to cost again
  std::size_t bytes = 0;
};
using Shared = std::shared_ptr<const Answer>;

/// What each time costs in tokens that it is not told again.
std::int64_t tokens_of(const Answer& answer);

/// What is known of an answer that is kept, besides what it says.
struct Shown {
  std::string print, model;
  std::uint64_t hits = 0;
  std::int64_t tokens_saved = 0;
  Clock::Wall created{}, expires{};
};

struct Kept {
  Shared answer;
  Shown shown;
};

}  // namespace omni::recall
