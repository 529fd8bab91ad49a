#include "account/accounts.h"

#include <algorithm>
#include <array>

namespace omni::account {
namespace {

constexpr int level_max = 15;
constexpr Millis step{1000};
constexpr Millis backoff_max{120'000};
constexpr std::size_t rests_max = 10'000;

Millis backoff(int level) {
  return std::min(step * (1 << std::min(level, level_max)), backoff_max);
}

}  // namespace

std::string_view name_of(Verdict::Blame blame) {
  constexpr std::array<std::string_view, 6> names{"nobody", "client",   "account",
                                                  "model",  "provider", "network"};
  return names[static_cast<std::size_t>(blame)];
}

std::string_view name_of(Verdict::Next next) {
  constexpr std::array<std::string_view, 4> names{"done", "next_account", "next_target", "give_up"};
  return names[static_cast<std::size_t>(next)];
}

/// The one that lasts longest, of the account's own and the model's.
const Accounts::Rest* Accounts::rest_of(const store::Connection& connection,
                                        std::string_view model) const {
  const Rest* longest = nullptr;
  for (const std::string_view of : {std::string_view(), model}) {
    const auto found = rests_.find(Key(connection.id, std::string(of)));
    if (found == rests_.end() || found->second.until <= clock_.steady()) continue;
    // What was changed since may do better: another key, say.
    if (connection.updated_at > found->second.noted) continue;
    if (longest == nullptr || found->second.until > longest->until) longest = &found->second;
  }
  return longest;
}

std::variant<const store::Connection*, AllResting> Accounts::borrow(const Wish& wish) const {
  const std::scoped_lock lock(mutex_);
  const store::Connection* last_choice = nullptr;
  const Rest* first_over = nullptr;
  for (const store::Connection* candidate : wish.candidates) {
    if (wish.tried != nullptr && wish.tried->contains(candidate->id)) continue;
    const Rest* rest = rests_.empty() ? nullptr : rest_of(*candidate, wish.model);
    if (rest == nullptr) return candidate;
    if (!rest->binding && last_choice == nullptr) last_choice = candidate;
    if (first_over == nullptr || rest->until < first_over->until) first_over = rest;
  }
  if (last_choice != nullptr || first_over == nullptr) return last_choice;
  const auto left = std::chrono::duration_cast<Millis>(first_over->until - clock_.steady());
  return AllResting{
      .status = first_over->status, .last_message = first_over->message, .over_in = left};
}

/// Names of models are the clients', so there may be any number of them.
void Accounts::make_room() {
  if (rests_.size() < rests_max) return;
  std::erase_if(rests_, [&](const auto& row) { return row.second.until <= clock_.steady(); });
  if (rests_.size() < rests_max) return;
  rests_.erase(
      std::ranges::min_element(rests_, {}, [](const auto& row) { return row.second.until; }));
}

void Accounts::settle(std::string_view connection, std::string_view model, const Verdict& verdict) {
  const std::scoped_lock lock(mutex_);
  if (verdict.next == Verdict::Next::done) {
    if (rests_.empty()) return;
    rests_.erase(Key(connection, model));
    rests_.erase(Key(connection, ""));
    return;
  }
  if (verdict.rest == Verdict::Rest::none) return;
  make_room();
  Key key(connection, verdict.rest == Verdict::Rest::model ? model : std::string_view());
  Rest& rest = rests_[std::move(key)];
  const Clock::Steady now = clock_.steady();
  const bool computed = verdict.rest_for == Millis{0};
  // Requests that failed together are one failure.
  if (computed && rest.until > now) return;
  const Clock::Steady until = now + (computed ? backoff(rest.level) : verdict.rest_for);
  if (until <= rest.until) return;
  rest = {.until = until,
          .binding = verdict.binding || (rest.binding && rest.until > now),
          .noted = clock_.wall(),
          .level = rest.level + (computed ? 1 : 0),
          .status = verdict.status,
          .message = verdict.message};
}

}  // namespace omni::account
