#include "pipeline/chat.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "meter/watch.h"
#include "net/loop.h"
#include "net/task_group.h"
#include "pipeline/admit.h"
#include "pipeline/attempt.h"
#include "pipeline/call_note.h"
#include "pipeline/failure_reply.h"
#include "pipeline/failures.h"
#include "pipeline/inquiry.h"
#include "pipeline/notices.h"
#include "pipeline/ollama_load.h"
#include "pipeline/recollection.h"
#include "pipeline/record.h"
#include "pipeline/route_fields.h"
#include "upstream/judge.h"

namespace omni::pipeline {
namespace {

using account::Verdict;
using chat::Failure;
using Next = Verdict::Next;

/// Of one request, whatever its combo says.
constexpr std::uint64_t attempts_max = 30;
constexpr const char* attempts_used_up = "Maximum combo retry limit reached";
/// What is over so soon may be waited for where nobody else can answer.
constexpr Millis waited_for_max{2000};

constexpr int client_left_status = 499;

/// Tells why nobody is asked.
net::Task<Status> turn_away(CallNote& note, const Inquiry& inquiry, net::Exchange& exchange,
                            Failure failure) {
  Trace trace = inquiry.trace();
  trace.status = failure.status;
  trace.message = failure.message;
  note.close(std::move(trace), meter::Micros{0});
  co_return co_await reply_failure(exchange, inquiry.incoming().dialect, std::move(failure));
}

/// A target that is to be asked, on all of its accounts.
struct Round {
  const route::PlannedTarget* target = nullptr;
  std::int64_t retries_left = 0;
  std::optional<Clock::Steady> not_before = {};  // of one that was asked before
};

/// What came of asking a target.
struct Asked {
  Next next = Next::next_account;  // where none is left
  std::uint64_t attempts = 0;
  bool begun = false;  // the client has its answer, or the beginning of it
  Verdict verdict;     // of the last attempt, like the rest
  Millis took{0};
  std::optional<Millis> first_word;
  Millis reset{0};

  /// The client has been answered, or waits no more.
  bool is_over() const { return begun || has_left(verdict); }
};

/// Whether the same again may do better.  Nothing is waited for that is not over soon.
bool is_worth_another_round(const Asked& asked) {
  constexpr std::array passing{408, 429, 500, 502, 503, 504};
  if (asked.attempts == 0 || asked.next != Next::next_account) return false;
  if (std::ranges::find(passing, asked.verdict.status) == passing.end()) return false;
  return asked.reset <= waited_for_max;
}

/// What came of a side of a race.
struct Side {
  Asked asked;
  std::exception_ptr thrown;
};

/// A bug on one side must not leave the other without what it works on.
net::Task<> run_in(net::Scope& scope, net::Task<Asked> task, Side& side) {
  try {
    side.asked = co_await std::move(task).in(scope);
  } catch (...) {
    side.thrown = std::current_exception();
  }
}

/// Before anybody was asked: the client has left, or another answered first.
Asked nobody_waits(const Runner& runner) {
  if (runner.called_off()) return {.next = Next::next_target};
  return {.next = Next::give_up, .verdict = upstream::judge(client_left())};
}

/// One request on its way from target to target.
class Asking {
 public:
  explicit Asking(const Errand& errand)
      : errand_(errand), parts_(errand.parts), inquiry_(errand.inquiry) {}

  net::Task<Status> answer();

 private:
  bool has_fresh_target() const { return next_target_ < inquiry_.plan().targets.size(); }
  std::optional<Round> next_round();
  std::optional<Millis> hedge_delay(const Round& round) const;
  net::Task<Asked> hedge(Round round, Millis after);
  net::Task<Asked> take_beside(Millis after, Runner& runner);
  net::Task<Asked> take(Round round, Runner& runner);
  net::Task<Asked> ask(const route::PlannedTarget& target, Runner& runner);
  Asked call_off(const route::PlannedTarget& target, route::Visit& visit, Attempted& attempted);
  void settle(Borrower& borrower, Attempted& attempted);
  void note_candidates();
  void note_attempt(Attempted& attempted);
  net::Task<Status> refuse();
  void close(int status);
  Millis took() const {
    return std::chrono::duration_cast<Millis>(parts_.clock.steady() - errand_.began);
  }

  const Errand& errand_;
  const Parts& parts_;
  const Inquiry& inquiry_;
  Trace trace_;
  std::size_t next_target_ = 0;  // of the plan
  std::vector<Round> again_;     // when nobody is left who has not been asked
  std::vector<const route::PlannedTarget*> refused_by_;  // who would not answer such a request
  Borrower::Failed failed_;
  std::uint64_t targets_asked_ = 0, attempts_ = 0;
  Failures failures_;
};

net::Task<Status> Asking::answer() {
  trace_ = inquiry_.trace();
  if (const route::Combo* combo = inquiry_.plan().combo;
      combo != nullptr && combo->hedge.percent_max > 0) {
    combo->state->earn_hedge(combo->hedge.percent_max);
  }
  while (const std::optional<Round> round = next_round()) {  // 9: fallback
    const std::optional<Millis> hedge_after = hedge_delay(*round);
    Runner alone;
    const Asked asked = co_await (hedge_after ? hedge(*round, *hedge_after) : take(*round, alone));
    if (asked.is_over()) {
      close(asked.verdict.status);  // what has failed was told in the stream itself
      if (has_left(asked.verdict)) co_return client_left();
      co_return Nothing{};
    }
    if (asked.next == Next::give_up) break;
  }
  co_return co_await refuse();
}

/// All targets once, in their order, and then those again that may do better: the first to be ready
/// first.
std::optional<Round> Asking::next_round() {
  const auto& targets = inquiry_.plan().targets;
  if (has_fresh_target()) {
    const route::PlannedTarget& target = targets[next_target_++];
    return Round{.target = &target, .retries_left = target.patience.retries};
  }
  const auto first = std::ranges::min_element(again_, {}, &Round::not_before);
  if (first == again_.end()) return std::nullopt;
  const Round round = *first;
  again_.erase(first);
  return round;
}

/// How long it may say nothing before another is asked beside it; nothing if none shall be.
std::optional<Millis> Asking::hedge_delay(const Round& round) const {
  const route::Combo* combo = inquiry_.plan().combo;
  if (combo == nullptr || round.not_before || !has_fresh_target()) return std::nullopt;
  return route::hedge_delay(*combo, *round.target);
}

/// Both run until one of them has something for the client.  One that fails before waits for the
/// other.
net::Task<Asked> Asking::hedge(Round round, Millis after) {
  net::Scope& outer = co_await net::current_scope();
  net::Scope scope(outer), scope_beside(outer);
  Runner runner(scope), runner_beside(scope_beside);
  runner.stand_beside(runner_beside);
  Side side, beside;
  net::TaskGroup group(outer.loop());
  group.spawn(run_in(scope_beside, take_beside(after, runner_beside), beside));
  co_await run_in(scope, take(round, runner), side);
  if (side.thrown || !runner_beside.has_begun()) {
    scope_beside.cancel(Error(Error::Kind::cancelled, "not needed"));
  }
  net::Scope to_the_end(outer.loop());  // what it waits for is called off with the outer scope
  co_await group.drained().in(to_the_end);
  for (const Side* each : {&side, &beside}) {
    if (each->thrown) std::rethrow_exception(each->thrown);
  }
  if (beside.asked.is_over()) co_return beside.asked;
  const bool gives_up = beside.asked.next == Next::give_up && !side.asked.is_over();
  if (gives_up) side.asked.next = Next::give_up;
  co_return side.asked;
}

/// The next targets, one after the other.
net::Task<Asked> Asking::take_beside(Millis after, Runner& runner) {
  Asked asked;
  const Status slept = co_await net::sleep(after);
  // The other may have ended at that very moment.
  if (!slept || (co_await net::current_scope()).cancelled() || !has_fresh_target()) co_return asked;
  if (!inquiry_.plan().combo->state->spend_hedge()) co_return asked;
  runner.begin();
  do {
    asked = co_await take(*next_round(), runner);
  } while (!asked.is_over() && asked.next != Next::give_up && !runner.called_off() &&
           has_fresh_target());
  co_return asked;
}

net::Task<Asked> Asking::take(Round round, Runner& runner) {
  const Millis wait = round.not_before
                          ? std::chrono::ceil<Millis>(*round.not_before - parts_.clock.steady())
                          : Millis{0};
  if (wait > Millis{0} && !co_await net::sleep(wait)) {
    co_return Asked{.verdict = upstream::judge(client_left())};
  }
  Asked asked = co_await ask(*round.target, runner);
  if (!round.not_before && asked.attempts > 0) ++targets_asked_;
  if (round.retries_left > 0 && is_worth_another_round(asked)) {
    const Millis rest = std::max(round.target->patience.retry_delay, asked.reset);
    again_.push_back({.target = round.target,
                      .retries_left = round.retries_left - 1,
                      .not_before = parts_.clock.steady() + rest});
  }
  co_return asked;
}

net::Task<Asked> Asking::ask(const route::PlannedTarget& target, Runner& runner) {
  Asked asked;
  Borrower borrower(parts_, inquiry_.customer(), failed_);
  trace_.provider = target.provider->shown_id();
  trace_.model = target.model_id;
  if (std::optional<Failure> left_alone = borrower.enter(target)) {
    trace_.reasons.push_back(left_alone->message);
    failures_.note(*std::move(left_alone));
    co_return asked;
  }
  std::optional<route::Visit> visit;
  bool called = false;  // the provider has seen the request
  while (asked.next == Next::next_account) {
    Borrower::Borrowed borrowed = co_await borrower.borrow(target);  // 4
    if (is_called_off(co_await net::current_scope())) co_return nobody_waits(runner);
    if (borrowed.failure) failures_.note(*std::move(borrowed.failure));
    if (borrowed.account == nullptr) break;
    if (attempts_ == attempts_max) {
      failures_.note(Failure::of(Error(Error::Kind::unavailable, attempts_used_up)));
      asked.next = Next::give_up;
      co_return asked;
    }
    if (!visit) visit.emplace(target);
    ++attempts_;
    Attempt attempt(errand_, borrower, runner);
    Attempted attempted = co_await attempt.make(target, *borrowed.account, attempts_);  // 5 to 7
    ++asked.attempts;
    called = called || attempted.sent;
    if (attempted.called_off) co_return call_off(target, *visit, attempted);
    settle(borrower, attempted);  // 8
    asked.begun = attempted.begun;
    asked.next = attempted.begun ? Next::done : attempted.verdict.next;
    asked.verdict = std::move(attempted.verdict);
    asked.took = attempted.took;
    asked.first_word = attempted.first_content;
    asked.reset = attempted.reset;
  }
  borrower.leave();
  const bool refused =
      called && asked.next == Next::next_target && asked.verdict.blame == Verdict::Blame::client;
  if (visit && refused) refused_by_.push_back(&target);
  if (visit) visit->end(ending_of(asked.verdict), asked.took, asked.first_word);
  co_return asked;
}

/// Account, breaker and books hear nothing of it.  That it was silent for longer than usual is all
/// that there is to learn of it.
Asked Asking::call_off(const route::PlannedTarget& target, route::Visit& visit,
                       Attempted& attempted) {
  const auto usual = route::hedge_delay(*inquiry_.plan().combo, target);
  const bool was_slow = usual && attempted.took >= *usual;
  visit.end(route::Ending::void_, attempted.took,
            was_slow ? std::optional(attempted.took) : std::nullopt);
  note_attempt(attempted);
  return {.next = Next::next_target, .attempts = 1};
}

void Asking::settle(Borrower& borrower, Attempted& attempted) {
  if (!attempted.sent) --attempts_;
  if (attempted.verdict.next != Next::done) note_candidates();  // before it changes how they stand
  if (attempted.failure) {
    failures_.note(*attempted.failure, attempted.heard ? attempted.verdict : Verdict());
  }
  borrower.settle(*attempted.account, attempted.verdict);
  record(parts_, inquiry_.view(), inquiry_.permit(), attempted);
  note_attempt(attempted);
}

/// As they stood when this request had to choose among them.
void Asking::note_candidates() {
  if (trace_.candidates.empty()) trace_.candidates = inquiry_.look_at_candidates();
}

void Asking::note_attempt(Attempted& attempted) {
  errand_.note.hide(attempted.account->key());
  pipeline::note_attempt(attempted, took(), trace_);
  if (attempted.called_off) return;
  trace_.session = inquiry_.conversation().id_at(*attempted.target->provider);
}

net::Task<Status> Asking::refuse() {
  const route::Plan& plan = inquiry_.plan();
  const bool nobody = plan.combo != nullptr && targets_asked_ == 0;
  Failure failure = failures_.told();
  if (nobody && !failure.retry_after_ms) {
    failure = plan.targets.empty() ? nobody_to_ask(plan) : nobody_to_ask();
  }
  trace_.message = failure.message;
  net::OutFields fields = route_fields(inquiry_.view(), inquiry_.plan(), trace_, attempts_, took());
  close(failure.status);
  co_return co_await reply_failure(errand_.exchange, inquiry_.incoming().dialect,
                                   std::move(failure), std::move(fields));
}

void Asking::close(int status) {
  trace_.status = status;
  if (status == 200)
    std::ranges::for_each(refused_by_, [](auto* target) { route::blame(*target); });
  // Whoever went straight to the first of them needs no list of the others.
  if (status != 200 || trace_.attempts.size() > 1) note_candidates();
  const auto took =
      std::chrono::duration_cast<meter::Micros>(parts_.clock.steady() - errand_.began);
  const route::Combo* combo = inquiry_.plan().combo;
  if (combo != nullptr && combo->track_metrics) {
    const route::Ending ending = status == 200                  ? route::Ending::good
                                 : status == client_left_status ? route::Ending::void_
                                                                : route::Ending::bad;
    combo->state->close(ending, targets_asked_ == 0 ? 0 : targets_asked_ - 1,
                        std::chrono::duration_cast<Millis>(took));
  }
  errand_.note.close(std::move(trace_), took);
}

}  // namespace

net::Task<Status> Chat::handle(net::Exchange& exchange, Entry entry) {
  const meter::Traffic::Flight flight(parts_.watch.traffic);
  Inquiry inquiry(parts_, exchange, entry);
  CallNote note(parts_, exchange, inquiry.view(), inquiry.permit());
  Status answered = co_await answer(exchange, entry, inquiry, note);
  note.store(inquiry.incoming().body);
  co_return answered;
}

net::Task<Status> Chat::answer(net::Exchange& exchange, Entry entry, Inquiry& inquiry,
                               CallNote& note) {
  Result<std::string> body = co_await exchange.read_body();  // 1
  if (!body) co_return body.error();
  if (Status understood = inquiry.understand(*std::move(body)); !understood) {  // 1 to 3
    co_return co_await turn_away(note, inquiry, exchange, Failure::of(understood.error()));
  }
  if (only_loads(inquiry)) {
    co_return co_await reply_loaded(exchange, inquiry, parts_.clock.wall());
  }
  tell_started(parts_, inquiry, exchange.id());
  Recollection recollection(parts_, exchange, inquiry, entry);
  const Status looked = co_await recollection.look();
  if (!looked || recollection.answer() != nullptr) {
    Trace trace = inquiry.trace();
    trace.source = recollection.source();
    trace.status = looked ? 200 : client_left_status;
    note.close(std::move(trace), recollection.waited());
    if (!looked) co_return client_left();
    co_return co_await recollection.tell(exchange);
  }
  if (std::optional<Failure> refusal = inquiry.reserve()) {
    co_return co_await turn_away(note, inquiry, exchange, *std::move(refusal));
  }
  const Errand errand{.parts = parts_,
                      .exchange = exchange,
                      .inquiry = inquiry,
                      .recollection = recollection,
                      .note = note,
                      .began = parts_.clock.steady()};
  Asking asking(errand);
  co_return co_await asking.answer();
}

Result<Trace> Chat::explain(const net::Exchange& exchange, Entry entry, Question question) const {
  entry.turn = route::Turn::looked_at;
  Inquiry inquiry(parts_, exchange, entry);
  inquiry.set_path(std::move(question.path));
  if (Status understood = inquiry.understand(std::move(question.body)); !understood) {
    return understood.error();
  }
  Trace trace = inquiry.trace();
  trace.candidates = inquiry.foresee(question.failing);
  return trace;
}

}  // namespace omni::pipeline
