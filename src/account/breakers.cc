#include "account/breakers.h"

#include <algorithm>

namespace omni::account {
namespace {

/// Who comes while another one tries may come again soon.
constexpr Millis probe_wait{1000};

}  // namespace

bool speaks_of_provider(const Verdict& verdict) {
  if (verdict.blame == Verdict::Blame::network) return true;
  if (verdict.blame != Verdict::Blame::provider) return false;
  switch (verdict.status) {
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

Breakers::Pass& Breakers::Pass::operator=(Pass&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  breakers_ = std::exchange(other.breakers_, nullptr);
  provider_ = other.provider_;
  model_ = other.model_;
  profile_ = other.profile_;
  probes_ = std::exchange(other.probes_, false);
  return *this;
}

void Breakers::Pass::give_back() {
  Breakers* const breakers = std::exchange(breakers_, nullptr);
  if (breakers == nullptr || !std::exchange(probes_, false)) return;
  const std::scoped_lock lock(breakers->mutex_);
  const auto found = breakers->breakers_.find(provider_);
  if (found != breakers->breakers_.end()) found->second.probed = false;
}

std::variant<Breakers::Pass, Breakers::Refusal> Breakers::enter(std::string_view provider,
                                                                std::string_view model,
                                                                const Profile& profile) {
  Pass pass;
  pass.breakers_ = this;
  pass.provider_ = provider;
  pass.model_ = model;
  pass.profile_ = &profile;
  if (count_ == 0) return pass;
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(provider);
  if (found == breakers_.end()) return pass;
  Breaker& breaker = found->second;
  if (breaker.lets_pass(model)) return pass;
  const Clock::Steady now = clock_.steady();
  if (breaker.until > now) return Refusal{std::chrono::ceil<Millis>(breaker.until - now)};
  if (breaker.probed) return Refusal{probe_wait};
  breaker.state = State::half_open;
  breaker.probed = true;
  pass.probes_ = true;
  return pass;
}

bool Breakers::stands(const Pass& pass) const {
  if (count_ == 0 || pass.probes_) return true;
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(pass.provider_);
  return found == breakers_.end() || found->second.lets_pass(pass.model_);
}

std::optional<Breakers::Refusal> Breakers::obstacle(std::string_view provider,
                                                    std::string_view model) const {
  if (count_ == 0) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const auto found = breakers_.find(provider);
  if (found == breakers_.end() || found->second.lets_pass(model)) return std::nullopt;
  const Clock::Steady now = clock_.steady();
  if (found->second.until > now) {
    return Refusal{std::chrono::ceil<Millis>(found->second.until - now)};
  }
  return found->second.probed ? std::optional(Refusal{probe_wait}) : std::nullopt;
}

void Breakers::settle(Pass pass, Outcome outcome) {
  if (pass.breakers_ == nullptr) return;
  if (outcome == Outcome::answered && count_ == 0) return;
  const std::scoped_lock lock(mutex_);
  const bool probes = std::exchange(pass.probes_, false);
  const auto found = breakers_.find(pass.provider_);
  if (found == breakers_.end() && outcome == Outcome::answered) return;
  Breaker& breaker =
      found == breakers_.end() ? breakers_[std::string(pass.provider_)] : found->second;
  count_ = breakers_.size();
  if (outcome == Outcome::failed) {
    if (breaker.failures == 0) {
      breaker.model = pass.model_;
    } else if (breaker.model != pass.model_ && !breaker.model.empty()) {
      breaker.model.clear();
      if (breaker.state != State::closed) tell(pass.provider_, breaker);
    }
  }
  // Whoever was on his way when it opened has nothing new to say of the rest.
  if (breaker.state != State::closed && !probes) return;
  if (outcome == Outcome::failed) return fail(pass, breaker);
  close(pass.provider_, breaker);
  breakers_.erase(breakers_.find(pass.provider_));
  count_ = breakers_.size();
}

void Breakers::fail(const Pass& pass, Breaker& breaker) {
  breaker.probed = false;
  breaker.last_failure = clock_.wall();
  ++breaker.failures;
  const bool opens =
      breaker.state == State::half_open || breaker.failures >= pass.profile_->failures_max;
  if (!opens) return;
  breaker.state = State::open;
  breaker.open_for = pass.profile_->open_for;
  breaker.until = clock_.steady() + breaker.open_for;
  tell(pass.provider_, breaker);
}

void Breakers::close(std::string_view provider, Breaker& breaker) {
  if (std::exchange(breaker.state, State::closed) == State::closed) return;
  breaker.failures = 0;
  tell(provider, breaker);
}

store::BreakerRow Breakers::row_of(std::string_view provider, const Breaker& breaker) const {
  return {.provider = std::string(provider),
          .state = breaker.state,
          .failures = breaker.failures,
          .last_failure = breaker.last_failure,
          .open_for = breaker.open_for};
}

/// Nobody hears of one that is open for a single model: a row says nothing of models, so that after
/// a restart it would be open for all.
void Breakers::tell(std::string_view provider, const Breaker& breaker) const {
  const bool of_one_model = breaker.state != State::closed && !breaker.model.empty();
  if (listener_ && !of_one_model) listener_(row_of(provider, breaker));
}

std::vector<Breakers::Shown> Breakers::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Shown> shown;
  for (const auto& [provider, breaker] : breakers_) {
    const auto left = std::chrono::ceil<Millis>(breaker.until - clock_.steady());
    shown.push_back({row_of(provider, breaker), std::max(Millis{0}, left), breaker.model});
  }
  std::ranges::sort(shown, {}, [](const Shown& each) -> auto& { return each.row.provider; });
  return shown;
}

void Breakers::follow(const std::vector<store::BreakerRow>& kept, Listener listener) {
  const std::scoped_lock lock(mutex_);
  for (const store::BreakerRow& row : kept) {
    if (row.state == State::closed) continue;
    const auto since = std::chrono::floor<Millis>(clock_.wall() - row.last_failure);
    const Millis left = std::clamp(row.open_for - since, Millis{0}, row.open_for);
    breakers_[row.provider] = {.state = row.state,
                               .failures = row.failures,
                               .last_failure = row.last_failure,
                               .until = clock_.steady() + left,
                               .open_for = row.open_for};
  }
  count_ = breakers_.size();
  listener_ = std::move(listener);
}

std::size_t Breakers::reset() {
  const std::scoped_lock lock(mutex_);
  std::size_t closed = 0;
  for (auto& [provider, breaker] : breakers_) {
    if (breaker.state != State::closed) ++closed;
    close(provider, breaker);
  }
  breakers_.clear();
  count_ = 0;
  return closed;
}

}  // namespace omni::account
