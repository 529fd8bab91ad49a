#include "pipeline/fulfilment.h"

#include <utility>

#include "net/loop.h"
#include "pipeline/attempt.h"
#include "pipeline/call_note.h"
#include "upstream/judge.h"

namespace omni::pipeline {
namespace {

using account::Account;
using account::Verdict;
using chat::Failure;
using Next = Verdict::Next;

/// Of one request, whatever its combo says.
constexpr std::uint64_t attempts_max = 30;

/// As if the model were to blame, which the account may do without.
Verdict confined(Verdict verdict) {
  if (verdict.next == Next::done) return verdict;
  verdict.blame = Verdict::Blame::model;
  if (verdict.rest == Verdict::Rest::account) verdict.rest = Verdict::Rest::model;
  return verdict;
}

}  // namespace

net::Task<std::optional<Failure>> Fulfilment::fulfil(Order& order) {
  const net::Scope& scope = co_await net::current_scope();
  for (const route::PlannedTarget& target : job_.plan.targets) {
    last_ = {.next = Next::next_target};
    co_await ask(target, order);
    if (begun_ || last_.next == Next::done) co_return std::nullopt;
    if (scope.cancelled() || last_.next == Next::give_up) break;
  }
  co_return failures_.told();
}

net::Task<> Fulfilment::ask(const route::PlannedTarget& target, Order& order) {
  const net::Scope& scope = co_await net::current_scope();
  Borrower borrower(parts_, job_.customer, failed_);
  if (std::optional<Failure> left_alone = borrower.enter(target)) {
    co_return failures_.note(*std::move(left_alone));
  }
  std::optional<route::Visit> visit;
  Attempted attempted;
  do {
    Borrower::Borrowed borrowed = co_await borrower.borrow(target);
    if (scope.cancelled()) {
      failures_.note(Failure::of(scope.why()));
      break;
    }
    if (borrowed.failure) failures_.note(*std::move(borrowed.failure));
    if (borrowed.account == nullptr || attempts_ == attempts_max) break;
    if (!visit) visit.emplace(target);
    attempted = co_await attempt(target, *borrowed.account, order, borrower);
    settle(borrower, attempted);
  } while (last_.next == Next::next_account && !begun_ && !scope.cancelled());
  borrower.leave();
  if (visit) visit->end(ending_of(last_), attempted.took, attempted.first_content);
}

net::Task<Attempted> Fulfilment::attempt(const catalog::Target& target, const Account& account,
                                         Order& order, Borrower& borrower) {
  Attempted attempted{.target = &target,
                      .account = &account,
                      .request_id = job_.request_id,
                      .began = parts_.clock.steady()};
  if (job_.plan.combo != nullptr) attempted.combo = job_.plan.combo->name;
  const account::Base* const base = order.base_of(account);
  Line line({.parts = parts_,
             .customer = job_.customer,
             .plan = job_.plan,
             .borrower = borrower,
             .attempted = attempted,
             .number = attempts_ + 1},
            {.account = &account, .base = base, .combo_proxy = job_.combo_proxy});
  if (!account.flaw.empty()) {
    line.fail(Error(Error::Kind::unavailable, "The account cannot be used: " + account.flaw));
    attempted.verdict.blame = Verdict::Blame::account;
  } else if (base == nullptr) {
    line.fail(
        Failure::of(Error(Error::Kind::bad_request, "It has nothing of that kind where it is")));
    attempted.verdict.next = Next::next_account;
  } else {
    attempted.dialect = base->dialect;
    attempted.host = base->origin.host;
    ++attempts_;
    co_await order.serve(line);
    if (!attempted.failure) attempted.verdict = upstream::approve();
  }
  attempted.took = attempted.since_it_began(parts_.clock);
  co_return attempted;
}

void Fulfilment::settle(Borrower& borrower, Attempted& attempted) {
  if (attempted.failure) {
    failures_.note(*attempted.failure, attempted.heard ? attempted.verdict : Verdict());
  }
  last_ = attempted.verdict;
  begun_ = begun_ || attempted.begun;
  borrower.settle(*attempted.account, job_.failure_reach == Reach::model ? confined(last_) : last_);
  record(parts_, *job_.customer.view, job_.customer.permit, attempted);
  const auto passed = std::chrono::duration_cast<Millis>(parts_.clock.steady() - began_);
  if (job_.trace != nullptr) note_attempt(attempted, passed, *job_.trace);
  if (job_.note != nullptr) job_.note->hide(attempted.account->key());
}

}  // namespace omni::pipeline
