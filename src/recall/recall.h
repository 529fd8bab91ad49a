#pragma once

#include "recall/answers.h"

namespace omni::recall {

/// All that is remembered of answers.
struct Recall {
  static constexpr std::size_t megabyte = std::size_t{1} << 20;
  static constexpr std::size_t cached_bytes_max = std::size_t{256} << 10;

  struct Limits {
    std::size_t cache_entries_max = 500;
    std::size_t cache_bytes_max = 32 * megabyte;
  };

  Recall(const Clock& clock, const Limits& limits)
      : repeats(clock,
                {.entries_max = 10'000, .bytes_max = 64 * megabyte, .answer_bytes_max = megabyte}),
        cache(clock, {.entries_max = limits.cache_entries_max,
                      .bytes_max = limits.cache_bytes_max,
                      .answer_bytes_max = cached_bytes_max,
                      .heir = Answers::Heir::nobody}) {}

  Answers repeats;  // to requests that clients send again under the same key
  Answers cache;    // to questions that have the same answer again, whoever asks
};

}  // namespace omni::recall
