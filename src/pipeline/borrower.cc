#include "pipeline/borrower.h"

#include <algorithm>
#include <utility>

#include "net/loop.h"
#include "pipeline/failure_reply.h"
#include "pipeline/failures.h"
#include "upstream/reset_time.h"

namespace omni::pipeline {
namespace {

using account::Account;
using account::AllBusy;
using account::AllResting;
using account::Breakers;
using account::Lease;
using account::Verdict;
using catalog::Provider;
using catalog::Target;
using chat::Failure;

/// When to come again where nobody knows.
constexpr Millis busy_retry{1000};

bool needs_no_account(const Provider& provider) {
  return provider.category == Provider::Category::builtin;
}

Failure failure_of(const Target& target, const AllResting& resting) {
  return told_of(target, {.status = resting.status,
                          .message = resting.last_message + " (reset after " +
                                     duration_in_words(resting.over_in) + ")",
                          .retry_after_ms = resting.over_in.count()});
}

Failure failure_of(const Target& target, const AllBusy& busy) {
  const bool known = busy.over_in != account::Limiter::until_one_ends;
  return told_of(target, {.status = 429,
                          .message = "Its accounts have as much to do as they may",
                          .retry_after_ms = (known ? busy.over_in : busy_retry).count()});
}

Failure no_credentials(const Target& target) {
  return Failure::of(Error(Error::Kind::bad_request,
                           "No credentials for provider: " + target.provider->shown_id()));
}

Failure left_alone(const Provider& provider, Millis over_in) {
  return {.status = 503,
          .message = "Provider " + provider.shown_id() + " circuit breaker is open",
          .type = "server_error",
          .code = "provider_circuit_open",
          .retry_after_ms = over_in.count()};
}

}  // namespace

std::optional<Failure> Borrower::enter(const Target& target) {
  provider_ = target.provider;
  if (needs_no_account(*provider_)) return std::nullopt;
  auto entered = parts_.breakers.enter(provider_->id, target.model_id,
                                       customer_.view->rules.profile_of(*provider_));
  if (const auto* refusal = std::get_if<Breakers::Refusal>(&entered)) {
    return left_alone(*provider_, refusal->over_in);
  }
  pass_ = std::move(std::get<Breakers::Pass>(entered));
  return std::nullopt;
}

net::Task<Borrower::Borrowed> Borrower::borrow(const Target& target) {
  const account::Roster& roster = customer_.view->roster;
  if (needs_no_account(*provider_)) {
    if (tried_.contains(provider_->id)) co_return Borrowed{};
    co_return Borrowed{.account = roster.find(*provider_, nullptr)};
  }
  if (auto refused = refuse(target)) co_return *std::move(refused);
  const std::vector<const store::Connection*> candidates = customer_.candidates(target);
  if (candidates.empty()) co_return Borrowed{.failure = no_credentials(target)};
  const Conversation* conversation = customer_.conversation;
  const std::string known_to = conversation != nullptr && conversation->goes_on()
                                   ? parts_.sessions.account_of(conversation->id_at(*provider_))
                                   : std::string();
  const account::Wish wish{.provider = provider_,
                           .candidates = candidates,
                           .model = target.model_id,
                           .rules = &customer_.view->rules,
                           .known_to = known_to,
                           .tried = &tried_};
  auto lent = parts_.accounts.borrow(wish);
  if (std::holds_alternative<AllBusy>(lent)) {
    // Not for one that comes too late.
    account::Accounts::Waiting waiting(parts_.accounts, wish);
    lent = co_await waiting.borrow(wish.rules->queue_wait_max);
    if ((co_await net::current_scope()).cancelled()) co_return Borrowed{};
    if (auto refused = refuse(target)) co_return *std::move(refused);
  }
  if (const auto* resting = std::get_if<AllResting>(&lent)) {
    co_return Borrowed{.failure = failure_of(target, *resting)};
  }
  if (const auto* busy = std::get_if<AllBusy>(&lent)) {
    co_return Borrowed{.failure = failure_of(target, *busy)};
  }
  lease_ = std::move(std::get<Lease>(lent));
  if (lease_.connection() == nullptr) co_return Borrowed{};
  co_return Borrowed{.account = co_await with_token(*roster.find(*provider_, lease_.connection()))};
}

/// One whose token is over and cannot be renewed has a flaw; until it is over nobody waits.
net::Task<const Account*> Borrower::with_token(const Account& account) {
  const store::Connection& connection = *account.connection;
  if (!parts_.refresher.is_due(connection)) co_return &account;
  if (!parts_.refresher.is_over(connection)) {
    net::Loop& loop = (co_await net::current_scope()).loop();
    parts_.refresher.renew_ahead(loop, account, customer_.view);
    co_return &account;
  }
  const Result<const Account*> renewed = co_await renew(account);
  if (renewed) co_return *renewed;
  Account& flawed = renewed_.emplace_back(nullptr, account).account;
  flawed.flaw = renewed.error().message();
  co_return &flawed;
}

net::Task<Result<std::unique_ptr<upstream::Answer>>> Borrower::ask(
    upstream::Destination& destination, upstream::Question question) {
  Result<std::unique_ptr<upstream::Answer>> answer =
      co_await parts_.upstream.ask(destination, question);
  const store::Connection* connection = destination.account->connection;
  if (!answer || (*answer)->status() != 401 || connection == nullptr) co_return answer;
  // What was pulled while it was sent cannot be sent again.
  if (question.source != nullptr) co_return answer;
  if (!account::Refresher::is_renewable(*connection)) co_return answer;
  const Result<const Account*> renewed = co_await renew(*destination.account);
  if (!renewed || !(*renewed)->flaw.empty()) co_return answer;
  // It may have moved meanwhile to where that dialect is not spoken.
  const account::Base* const base = (*renewed)->find_base(destination.base->dialect);
  if (base == nullptr) co_return answer;
  destination.account = *renewed;
  destination.base = base;
  co_return co_await parts_.upstream.ask(destination, question);
}

/// The account with a new token, where it has such that can be renewed.
net::Task<Result<const Account*>> Borrower::renew(const Account& account) {
  auto connection = co_await parts_.refresher.renew(account, customer_.view);
  if (!connection) co_return connection.error();
  const Account made =
      account::prepare(*account.provider, connection->get(), customer_.view->proxies);
  renewed_.push_back({*std::move(connection), made});
  co_return &renewed_.back().account;
}

/// Others may have found meanwhile that the provider is down, and that may be over again.  Told
/// where it is not known anyway, from a failure of its own.
std::optional<Borrower::Borrowed> Borrower::refuse(const Target& target) {
  if (!pass_ || parts_.breakers.stands(*pass_)) return std::nullopt;
  std::optional<Failure> failure = enter(target);
  if (!failure) return std::nullopt;
  if (was_asked_) failure.reset();
  return Borrowed{.failure = std::move(failure)};
}

void Borrower::learn(const upstream::Answer& answer) {
  const auto allowance = upstream::allowance_in(answer, parts_.clock.wall());
  if (allowance) parts_.accounts.learn(lease_, *allowance);
}

void Borrower::settle(const Account& account, const Verdict& verdict) {
  if (verdict.next == Verdict::Next::done) {
    if (account.connection != nullptr && customer_.conversation != nullptr) {
      parts_.sessions.note(customer_.conversation->id_at(*provider_), account.id(),
                           customer_.permit.key_id());
    }
  } else {
    tried_.insert(account.id());
  }
  settle_breaker(verdict);
  parts_.accounts.settle(std::move(lease_), verdict);
}

void Borrower::settle_breaker(const Verdict& verdict) {
  if (!pass_) return;
  if (verdict.next == Verdict::Next::done) {
    parts_.breakers.settle(*std::exchange(pass_, std::nullopt), Breakers::Outcome::answered);
    return;
  }
  fails_ = account::speaks_of_provider(verdict) && (fails_ || !was_asked_);
  was_asked_ = true;
}

/// The provider fails if every account that was asked says so, and once for a request.
void Borrower::leave() {
  if (!pass_) return;
  Breakers::Pass pass = *std::exchange(pass_, std::nullopt);
  if (fails_ && failed_.insert(provider_).second) {
    parts_.breakers.settle(std::move(pass), Breakers::Outcome::failed);
  }
}

}  // namespace omni::pipeline
