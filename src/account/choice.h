#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "account/rules.h"
#include "base/random.h"

namespace omni::account {

/// How one of several was used until now: all that a choice among them goes by.
struct Use {
  std::uint64_t last = 0;  // the larger, the later; 0: never
  std::int64_t in_a_row = 0;
  std::uint64_t deck = 0;  // the last from which it was dealt
  std::int64_t running = 0;
  std::int64_t failures_in_row = 0;
};

/// The place of the one to be used, of at least one, the most wanted first.
std::size_t choose(const Picking& picking, std::span<Use* const> uses, Random& random);

/// Notes that the one at that place is used, as the `number`th use of all.
void note_use(std::span<Use* const> uses, std::size_t place, std::uint64_t number);

}  // namespace omni::account
