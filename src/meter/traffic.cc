#include "meter/traffic.h"

#include <algorithm>

namespace omni::meter {
namespace {

constexpr int client_left_status = 499;

/// Days since 1970, in UTC.
std::int64_t day_of(Clock::Wall time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Millis millis(Micros span) { return std::chrono::round<Millis>(span); }

void add(store::UsageRow::Tokens& sum, const store::UsageRow::Tokens& more) {
  sum.input += more.input;
  sum.output += more.output;
  sum.cache_read += more.cache_read;
  sum.cache_creation += more.cache_creation;
  sum.cache_creation_1h += more.cache_creation_1h;
  sum.reasoning += more.reasoning;
  sum.input_audio += more.input_audio;
  sum.output_audio += more.output_audio;
}

template <class Enum>
constexpr std::size_t index_of(Enum value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

void Laps::end(Phase phase) {
  const Clock::Steady now = clock_.steady();
  std::optional<Micros>& sum = phases_.at(index_of(phase));
  sum = sum.value_or(Micros{0}) + std::chrono::duration_cast<Micros>(now - last_);
  last_ = now;
}

Outcome outcome_of(int status) {
  if (status == client_left_status) return Outcome::left;
  if (status < 400) return Outcome::good;
  return status < 500 ? Outcome::client_error : Outcome::failure;
}

void Spread::add(Millis span) {
  histogram.add(span);
  sum += span;
}

std::int64_t Recent::number_of(Clock::Steady time) { return time.time_since_epoch() / slot_length; }

void Recent::add(Clock::Steady now, Micros span, Outcome outcome) {
  const std::int64_t number = number_of(now);
  std::unique_ptr<Slot>& slot = slots_.at(static_cast<std::size_t>(number) % slots_.size());
  if (!slot) slot = std::make_unique<Slot>();
  if (slot->number != number) *slot = {.number = number};
  slot->sums.durations.add(span);
  if (outcome == Outcome::client_error || outcome == Outcome::failure) ++slot->sums.failures;
}

Recent::Sums Recent::over(Clock::Steady now, Millis window) const {
  const std::int64_t last = number_of(now);
  const std::int64_t first = number_of(now - std::min(window, window_max)) + 1;
  Sums sums;
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot || slot->number < std::min(first, last) || slot->number > last) continue;
    sums.durations += slot->sums.durations;
    sums.failures += slot->sums.failures;
  }
  return sums;
}

Traffic::Traffic(const Clock& clock) : clock_(clock), day_(day_of(clock.wall())) {}

Traffic::Provider& Traffic::provider_of(std::string_view name) {
  const auto found = providers_.find(name);
  if (found != providers_.end()) return found->second;
  return providers_[std::string(providers_.size() < providers_max ? name : other)];
}

Traffic::ModelTotals& Traffic::model_of(Provider& provider, std::string_view name) {
  TextMap<ModelTotals>& models = provider.totals.models;
  const auto found = models.find(name);
  if (found != models.end()) return found->second;
  if (models_ >= models_max) return models[std::string(other)];
  ++models_;
  return models[std::string(name)];
}

void Traffic::turn_day(Clock::Wall now) {
  if (std::exchange(day_, day_of(now)) != day_of(now)) totals_.cost_nano_today = 0;
}

void Traffic::note(const Request& request) {
  const Outcome outcome = outcome_of(request.status);
  const Clock::Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  ++totals_.requests;
  if (outcome == Outcome::client_error || outcome == Outcome::failure) ++totals_.failures;
  if (request.remembered) ++totals_.remembered;
  totals_.latency.add(millis(request.took));
  recent_.add(now, request.took, outcome);
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    if (request.phases.at(i)) phases_.at(i).add(now, *request.phases.at(i));
  }
  ModelTotals& model = model_of(provider_of(request.provider), request.model);
  ++model.requests.at(index_of(request.dialect)).at(index_of(outcome));
}

void Traffic::note(const Attempt& attempt) {
  const Clock::Steady now = clock_.steady();
  const Clock::Wall wall = clock_.wall();
  const std::lock_guard lock(mutex_);
  turn_day(wall);
  totals_.tokens += attempt.tokens.input + attempt.tokens.output;
  totals_.cost_nano += attempt.cost_nano;
  totals_.cost_nano_today += attempt.cost_nano;
  Provider& provider = provider_of(attempt.provider);
  ++provider.totals.attempts.at(index_of(outcome_of(attempt.status)));
  provider.totals.latency.add(millis(attempt.took));
  if (attempt.first_word) provider.totals.first_word.add(millis(*attempt.first_word));
  provider.recent.add(now, attempt.took, outcome_of(attempt.status));
  ModelTotals& model = model_of(provider, attempt.model);
  add(model.tokens, attempt.tokens);
  model.cost_nano += attempt.cost_nano;
}

void Traffic::add_past(std::int64_t cost_nano) {
  const std::lock_guard lock(mutex_);
  totals_.cost_nano_today += cost_nano;
}

Traffic::Totals Traffic::sums() {
  const std::lock_guard lock(mutex_);
  turn_day(clock_.wall());
  return totals_;
}

Traffic::Totals Traffic::totals() {
  Totals totals = sums();
  const std::lock_guard lock(mutex_);
  for (const auto& [name, provider] : providers_) totals.providers[name] = provider.totals;
  return totals;
}

Recent::Sums Traffic::recent(Millis window) const {
  const std::lock_guard lock(mutex_);
  return recent_.over(clock_.steady(), window);
}

Traffic::Look Traffic::look(Millis window) const {
  const Clock::Steady now = clock_.steady();
  Look look;
  const std::lock_guard lock(mutex_);
  look.requests = recent_.over(now, window);
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    look.phases.at(i) = phases_.at(i).over(now, window).durations;
  }
  for (const auto& [name, provider] : providers_) {
    Durations durations = provider.recent.over(now, window).durations;
    if (durations.count() > 0) look.providers.emplace_back(name, durations);
  }
  std::ranges::sort(look.providers, {}, &std::pair<std::string, Durations>::first);
  return look;
}

}  // namespace omni::meter
