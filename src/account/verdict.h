#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace omni::account {

/// What became of one attempt: whose fault it was and what to do next, decided once.
struct Verdict {
  enum class Blame : std::uint8_t { nobody, client, account, model, provider, network };
  enum class Next : std::uint8_t {
    done,          // the answer goes to the client
    next_account,  // another account of the same provider may do better
    next_target,   // this provider will not, whoever asks
    give_up,       // it would fail everywhere
  };
  /// What rests: nothing, one model on this account, or all of the account.
  enum class Rest : std::uint8_t { none, model, account };

  Blame blame = Blame::nobody;
  Next next = Next::done;
  Rest rest = Rest::none;
  Millis rest_for{0};  // 0: longer with each failure in a row
  /// The provider itself has said for how long.
  bool stated = false;
  /// Nobody may call before the rest is over; otherwise it is only the last choice.
  bool binding = false;
  int status = 200;
  std::string message;  // of the failure
};

std::string_view name_of(Verdict::Blame blame);
std::string_view name_of(Verdict::Next next);

}  // namespace omni::account
