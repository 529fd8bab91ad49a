#pragma once

#include <optional>

#include "recall/answers.h"
#include "recall/archive.h"
#include "recall/paraphrases.h"
#include "store/settings.h"

namespace omni::recall {

/// All that is remembered of answers.
struct Recall {
  static constexpr std::size_t megabyte = std::size_t{1} << 20;
  static constexpr std::size_t cached_bytes_max = std::size_t{256} << 10;

  struct Limits {
    std::size_t cache_entries_max = 500;
    std::size_t cache_bytes_max = 32 * megabyte;
    std::size_t archive_entries_max = 10'000;
    std::size_t archive_bytes_max = 64 * megabyte;
    /// Where it is not given, the settings hold.
    std::optional<Millis> cache_lifetime;
  };

  Recall(const Clock& clock, const Limits& limits)
      : cache_lifetime(limits.cache_lifetime),
        repeats(clock,
                {.entries_max = 10'000, .bytes_max = 64 * megabyte, .answer_bytes_max = megabyte}),
        cache(clock, {.entries_max = limits.cache_entries_max,
                      .bytes_max = limits.cache_bytes_max,
                      .answer_bytes_max = cached_bytes_max,
                      .heir = Answers::Heir::nobody}),
        paraphrases(clock, cache,
                    {.entries_max = limits.cache_entries_max, .bytes_max = limits.cache_bytes_max}),
        archive(clock, {.entries_max = limits.archive_entries_max,
                        .bytes_max = limits.archive_bytes_max,
                        .answer_bytes_max = cached_bytes_max}) {}

  /// What is due once a minute.
  void tidy_up() {
    write_notes();
    repeats.sweep();
    cache.sweep();
    paraphrases.sweep();
    archive.sweep();
  }
  /// What the archive is to know and does not yet.
  void write_notes() { archive.note(cache.take_uses()); }

  Millis lifetime(const store::Settings& settings) const {
    return cache_lifetime.value_or(Millis{settings.semantic_cache_ttl_ms});
  }

  const std::optional<Millis> cache_lifetime;
  Answers repeats;          // to requests that clients send again under the same key
  Answers cache;            // to questions that have the same answer again, whoever asks
  Paraphrases paraphrases;  // of what the cache has
  Archive archive;          // the same that the cache has had, for longer
};

}  // namespace omni::recall
