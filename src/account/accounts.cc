#include "account/accounts.h"

#include <algorithm>
#include <array>

#include "account/condition.h"

namespace omni::account {
namespace {

constexpr int level_max = 15;
constexpr Millis step{1000};
constexpr Millis backoff_max{120'000};
constexpr std::size_t rests_max = 1000;  // of one connection
constexpr int errors_in_row_max = 3;     // on one connection, until it is not the models' fault

Millis backoff(int level) {
  return std::min(step * (1 << std::min(level, level_max)), backoff_max);
}

/// As far as it was seen until now.
bool is_known_to_be_well(const std::optional<store::Condition>& found,
                         const store::Connection& stored) {
  const bool has_news = found && found->is_news_of(stored);
  return has_news ? found->is_good() : stored.test_status == "active";
}

bool is_error_of_provider(const Verdict& verdict) {
  return verdict.blame == Verdict::Blame::provider || verdict.blame == Verdict::Blame::network;
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

Accounts::Lease& Accounts::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  accounts_ = std::exchange(other.accounts_, nullptr);
  state_ = other.state_;
  connection_ = std::exchange(other.connection_, nullptr);
  provider_ = other.provider_;
  model_ = other.model_;
  profile_ = other.profile_;
  number_ = other.number_;
  return *this;
}

void Accounts::Lease::give_back() {
  if (accounts_ == nullptr) return;
  const std::scoped_lock lock(accounts_->mutex_);
  accounts_->end(*this);
}

void Accounts::end(Lease& lease) {
  --lease.state_->running;
  ++lease.state_->done;
  lease.accounts_ = nullptr;
  serve_line(lease.provider_, nullptr);
}

/// Never forgotten: there are as many as there were connections.
Accounts::State& Accounts::state_of(std::string_view connection) {
  const auto found = states_.find(connection);
  return found == states_.end() ? states_[std::string(connection)] : found->second;
}

Accounts::Rests Accounts::rests_of(const State& state, const store::Connection& connection,
                                   std::string_view model) const {
  Rests rests;
  const Clock::Steady now = clock_.steady();
  const auto look_at = [&](const Rest& rest) {
    if (rest.until <= now) return;
    // What was changed since may do better: another key, say.
    if (connection.updated_at > rest.noted) return;
    rests.doubtful = true;
    if (rest.unasked <= now) return;
    if (rests.binding == nullptr || rest.unasked > rests.binding->unasked) rests.binding = &rest;
  };
  look_at(state.own);
  if (state.of_models.empty()) return rests;
  const auto found = state.of_models.find(model);
  if (found != state.of_models.end()) look_at(found->second);
  return rests;
}

Accounts::Sorted Accounts::sort(const Wish& wish) {
  Sorted sorted;
  const Clock::Steady now = clock_.steady();
  const auto add = [&](Pool& pool, State& state, const store::Connection* connection) {
    if (pool.uses.empty()) {
      pool.uses.reserve(wish.candidates.size());
      pool.connections.reserve(wish.candidates.size());
    }
    pool.uses.push_back(&state);
    pool.connections.push_back(connection);
  };
  for (const store::Connection* candidate : wish.candidates) {
    if (wish.tried != nullptr && wish.tried->contains(candidate->id)) continue;
    State& state = state_of(candidate->id);
    const Rests rests = rests_of(state, *candidate, wish.model);
    if (rests.binding != nullptr) {
      if (sorted.first_over == nullptr || rests.binding->unasked < sorted.first_over->unasked) {
        sorted.first_over = rests.binding;
      }
      continue;
    }
    const Millis place_in =
        state.limiter.wait(wish.rules->limits_of(*candidate), state.running, now);
    if (place_in > Millis{0}) {
      sorted.place_in = std::min(sorted.place_in.value_or(place_in), place_in);
    } else {
      add(rests.doubtful ? sorted.doubtful : sorted.free, state, candidate);
    }
  }
  return sorted;
}

AllResting Accounts::resting(const Rest& rest) const {
  const auto left = std::chrono::ceil<Millis>(rest.unasked - clock_.steady());
  return {.status = rest.status, .last_message = rest.message, .over_in = left};
}

Accounts::Lent Accounts::borrow(const Wish& wish) {
  const std::scoped_lock lock(mutex_);
  return borrow_behind(wish, nullptr);
}

/// Time alone makes places free as well, and then nobody has looked along the line yet.  What is
/// left when it was served none of them can use, so taking it keeps nobody waiting.
Accounts::Lent Accounts::borrow_behind(const Wish& wish, const Waiting* self) {
  Sorted sorted = sort(wish);
  while (sorted.has_place() && serve_line(wish.provider->id, self)) sorted = sort(wish);
  return lent_of(wish, sorted);
}

Accounts::Lent Accounts::lent_of(const Wish& wish, const Sorted& sorted) {
  if (!sorted.free.uses.empty()) return lend(wish, sorted.free);
  if (!sorted.doubtful.uses.empty()) return lend(wish, sorted.doubtful);
  if (sorted.place_in) return AllBusy{*sorted.place_in};
  if (sorted.first_over != nullptr) return resting(*sorted.first_over);
  return Lease();
}

std::optional<AllResting> Accounts::obstacle(const Wish& wish) {
  const std::scoped_lock lock(mutex_);
  const Sorted sorted = sort(wish);
  const bool nobody = !sorted.has_place() && !sorted.place_in;
  if (!nobody || sorted.first_over == nullptr) return std::nullopt;
  return resting(*sorted.first_over);
}

Lease Accounts::lend(const Wish& wish, const Pool& pool) {
  const auto known = std::ranges::find(pool.connections, wish.known_to, &store::Connection::id);
  const std::size_t place =
      !wish.known_to.empty() && known != pool.connections.end()
          ? static_cast<std::size_t>(known - pool.connections.begin())
          : choose(wish.rules->picking_for(wish.provider->id), pool.uses, random_);
  State& state = static_cast<State&>(*pool.uses[place]);
  note_use(pool.uses, place, ++number_);
  ++state.running;
  state.limiter.start(clock_.steady());
  Lease lease;
  lease.accounts_ = this;
  lease.state_ = &state;
  lease.connection_ = pool.connections[place];
  lease.provider_ = wish.provider->id;
  lease.model_ = wish.model;
  lease.profile_ = &wish.rules->profile_of(*wish.provider);
  lease.number_ = number_;
  return lease;
}

void Accounts::settle(Lease lease, const Verdict& verdict) {
  if (lease.accounts_ == nullptr) return;
  const std::scoped_lock lock(mutex_);
  if (verdict.next == Verdict::Next::done) {
    note_success(lease);
  } else if (verdict.rest != Verdict::Rest::none) {
    note_failure(lease, verdict);
  }
  end(lease);
}

/// Ends what has failed before; of a failure that came while it ran a success knows nothing.
void Accounts::note_success(const Lease& lease) {
  State& state = *lease.state_;
  state.failures_in_row = 0;
  if (state.last_error < lease.number_) state.errors_in_row = 0;
  if (state.found < lease.number_ && !is_known_to_be_well(state.condition, *lease.connection_)) {
    note_condition(state, {.connection = lease.connection_->id});
  }
  if (state.own.number < lease.number_) state.own = {};
  if (state.of_models.empty()) return;
  const auto found = state.of_models.find(lease.model_);
  if (found == state.of_models.end() || found->second.number > lease.number_) return;
  state.of_models.erase(found);
}

void Accounts::note_failure(const Lease& lease, const Verdict& verdict) {
  State& state = *lease.state_;
  ++number_;
  ++state.failures_in_row;
  const bool computed =
      verdict.rest_for == Millis{0} || (verdict.stated && !lease.profile_->heeds_hints);
  const bool of_account = verdict.rest == Verdict::Rest::account;
  if (!of_account) make_room(state);
  Rest& rest = of_account ? state.own : state.of_models[std::string(lease.model_)];
  // Requests that failed together are one failure.
  const bool together = rest.number > lease.number_ && rest.until > clock_.steady();
  if (!computed) {
    put_to_rest(rest, verdict.rest_for, verdict);
  } else if (!together) {
    put_to_rest(rest, backoff(rest.level++), verdict);
  }
  if (speaks_of_account(verdict)) {
    store::Condition condition = condition_after(verdict, *lease.connection_);
    if (rest.unasked > clock_.steady()) condition.rate_limited_until = wall_of(rest.unasked);
    condition.backoff_level = rest.level;
    note_condition(state, std::move(condition));
  }
  if (is_error_of_provider(verdict)) note_error(lease, verdict);
}

void Accounts::note_condition(State& state, store::Condition condition) {
  condition.found_at = clock_.wall();
  state.condition = std::move(condition);
  state.found = number_;
  state.written = false;
}

Clock::Wall Accounts::wall_of(Clock::Steady time) const {
  return clock_.wall() + std::chrono::ceil<Millis>(time - clock_.steady());
}

/// One model's error is the model's; when several come in a row, the account rests.  What a
/// provider said of one model's time binds nobody who asks for another.
void Accounts::note_error(const Lease& lease, const Verdict& verdict) {
  State& state = *lease.state_;
  if (state.last_error > lease.number_) return;  // together with that
  state.last_error = number_;
  if (++state.errors_in_row < errors_in_row_max) return;
  const int doublings = std::min(state.own.level++, lease.profile_->doublings_max);
  Verdict of_account = verdict;
  of_account.binding = false;
  put_to_rest(state.own, lease.profile_->cooldown * (1 << doublings), of_account);
}

/// A later failure makes a rest neither shorter nor looser.
void Accounts::put_to_rest(Rest& rest, Millis rest_for, const Verdict& verdict) const {
  const Clock::Steady until = clock_.steady() + rest_for;
  Clock::Steady& bound = verdict.binding ? rest.unasked : rest.until;
  if (until <= bound) return;
  bound = until;
  rest.until = std::max(rest.until, until);
  rest.noted = clock_.wall();
  rest.number = number_;
  rest.status = verdict.status;
  rest.message = verdict.message;
}

/// Names of models are the clients', so there may be any number of them.
void Accounts::make_room(State& state) const {
  auto& rests = state.of_models;
  if (rests.size() < rests_max) return;
  std::erase_if(rests, [&](const auto& row) { return row.second.until <= clock_.steady(); });
  if (rests.size() < rests_max) return;
  rests.erase(
      std::ranges::min_element(rests, {}, [](const auto& row) { return row.second.until; }));
}

void Accounts::learn(const Lease& lease, const Allowance& allowance) {
  if (lease.accounts_ == nullptr) return;
  const std::scoped_lock lock(mutex_);
  lease.state_->limiter.learn(allowance, clock_.steady());
}

void Accounts::bring_up_to_date(store::Connection& connection) const {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(connection.id);
  if (found == states_.end()) return;
  const std::optional<store::Condition>& condition = found->second.condition;
  if (condition && condition->is_news_of(connection)) condition->apply_to(connection);
}

void Accounts::flush(store::Database& database) {
  std::vector<store::Condition> found;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [connection, state] : states_) {
      if (!std::exchange(state.written, true)) found.push_back(*state.condition);
    }
  }
  if (found.empty()) return;
  const auto write = [found = std::move(found)](sql::Session& session) {
    Status done = Nothing{};
    for (const store::Condition& condition : found) {
      if (done) done = store::store_condition(session, condition);
    }
    return done;
  };
  database.write(write, [](const Status&) {});
}

std::vector<Accounts::RestShown> Accounts::rests() const {
  const std::scoped_lock lock(mutex_);
  std::vector<RestShown> shown;
  const auto show = [&](const std::string& connection, std::string_view model, const Rest& rest) {
    if (rest.until <= clock_.steady()) return;
    shown.push_back({.connection = connection,
                     .model = std::string(model),
                     .until = wall_of(rest.until),
                     .noted = rest.noted,
                     .binding = rest.unasked > clock_.steady(),
                     .status = rest.status,
                     .message = rest.message});
  };
  for (const auto& [connection, state] : states_) {
    show(connection, "", state.own);
    for (const auto& [model, rest] : state.of_models) show(connection, model, rest);
  }
  return shown;
}

Accounts::Counts Accounts::counts_of(std::string_view connection) const {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(connection);
  if (found == states_.end()) return {};
  const State& state = found->second;
  return {state.running, state.done, state.limiter.has_learned(clock_.steady())};
}

std::int64_t Accounts::waiting_for(std::string_view provider) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::count_if(
      line_, [&](const Waiting* each) { return each->wish_.provider->id == provider; });
}

/// Who can use nothing of what is free keeps nobody behind him from it.  Who learns now when there
/// will be a place is woken to wait for that.
bool Accounts::serve_line(std::string_view provider, const Waiting* last) {
  bool served = false;
  for (auto place = line_.begin(); place != line_.end() && *place != last;) {
    const auto here = place++;
    Waiting& each = **here;
    if (each.wish_.provider->id != provider) continue;
    Lent lent = lent_of(each.wish_, sort(each.wish_));
    if (const auto* busy = std::get_if<AllBusy>(&lent)) {
      const bool known = busy->over_in != Limiter::until_one_ends;
      if (known && clock_.steady() + busy->over_in < each.looks_at_) each.tell();
      continue;
    }
    const auto* lease = std::get_if<Lease>(&lent);
    const bool taken = lease != nullptr && lease->connection() != nullptr;
    each.lent_.emplace(std::move(lent));
    each.tell();
    line_.erase(here);
    served = served || taken;
    // What was free is so no more, and a long line need not be asked in vain.
    if (taken && !sort(each.wish_).has_place()) break;
  }
  return served;
}

Accounts::Waiting::Waiting(Accounts& accounts, const Wish& wish)
    : accounts_(accounts), wish_(wish) {
  const std::scoped_lock lock(accounts_.mutex_);
  accounts_.line_.push_back(this);
}

Accounts::Waiting::~Waiting() {
  const std::scoped_lock lock(accounts_.mutex_);
  accounts_.line_.remove(this);  // and its place, if it has one, is given back without the lock
}

void Accounts::Waiting::tell() {
  if (!told_) return;
  told_->give(true);
  told_.reset();
}

Accounts::Lent Accounts::Waiting::look(Place& place) {
  const std::scoped_lock lock(accounts_.mutex_);
  if (lent_) return *std::exchange(lent_, std::nullopt);
  Lent lent = accounts_.borrow_behind(wish_, this);
  if (const auto* busy = std::get_if<AllBusy>(&lent)) {
    const bool known = busy->over_in != Limiter::until_one_ends;
    looks_at_ = known ? accounts_.clock_.steady() + busy->over_in : Clock::Steady::max();
    told_.emplace(place.giver());
  } else {
    accounts_.line_.remove(this);
  }
  return lent;
}

net::Task<Accounts::Lent> Accounts::Waiting::borrow(Millis patience) {
  net::Scope& scope = co_await net::current_scope();
  const Clock::Steady until = accounts_.clock_.steady() + patience;
  for (;;) {
    Place place(scope.loop());
    Lent lent = look(place);
    const auto* busy = std::get_if<AllBusy>(&lent);
    if (busy == nullptr) co_return lent;
    const auto left = std::chrono::duration_cast<Millis>(until - accounts_.clock_.steady());
    const bool known = busy->over_in != Limiter::until_one_ends;
    if (left <= Millis{0} || (known && busy->over_in > left)) co_return lent;
    (void)co_await net::within(known ? busy->over_in : left, "a place", place.take());
    if (scope.cancelled()) co_return lent;
  }
}

void Accounts::exhaust(std::string_view connection, Clock::Wall until, std::string_view what) {
  Verdict verdict;
  verdict.status = 429;
  verdict.binding = true;
  verdict.message = "Nothing is left of its quota: " + std::string(what);
  const std::scoped_lock lock(mutex_);
  ++number_;
  const auto rest = std::chrono::ceil<Millis>(until - clock_.wall());
  put_to_rest(state_of(connection).own, rest, verdict);
}

std::size_t Accounts::wake(std::string_view connection, std::string_view model) {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(connection);
  if (found == states_.end()) return 0;
  State& state = found->second;
  std::size_t woken = state.own.until > clock_.steady() ? 1 : 0;
  state.own = {};
  woken += std::erase_if(state.of_models,
                         [&](const auto& row) { return model.empty() || row.first == model; });
  if (state.condition && state.condition->rate_limited_until && model.empty()) {
    state.condition->rate_limited_until.reset();
    state.written = false;
  }
  return woken;
}

}  // namespace omni::account
