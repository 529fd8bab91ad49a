#include "pipeline/chat.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/redact.h"
#include "net/loop.h"
#include "pipeline/admit.h"
#include "pipeline/borrower.h"
#include "pipeline/failure_reply.h"
#include "pipeline/failures.h"
#include "pipeline/inquiry.h"
#include "pipeline/ollama_load.h"
#include "pipeline/recollection.h"
#include "pipeline/record.h"
#include "upstream/judge.h"
#include "upstream/reset_time.h"

namespace omni::pipeline {
namespace {

using account::Account;
using account::Verdict;
using catalog::Target;
using chat::Failure;
using Next = Verdict::Next;

constexpr std::size_t error_body_bytes_max = std::size_t{256} << 10;
constexpr Millis error_body_time{10'000};
/// Of one request, whatever its combo says.
constexpr std::uint64_t attempts_max = 30;
constexpr const char* attempts_used_up = "Maximum combo retry limit reached";
/// A limit that is over so soon may be waited for where nobody else can answer.
constexpr Millis limit_waited_for_max{2000};

constexpr int client_left_status = 499;
Error client_left() { return {Error::Kind::cancelled, "Request aborted"}; }

/// What the provider says where its status is not good; empty where it does not say all of it.
net::Task<std::string> read_error_body(upstream::Answer& answer) {
  Result<std::string> body = co_await net::within(
      error_body_time, "error body", net::read_all(answer.body(), error_body_bytes_max));
  co_return body ? *std::move(body) : std::string();
}

/// Some providers repeat the key that they were shown.
void hide(const Secret& key, Failure& failure) {
  for (std::string* text : {&failure.message, &failure.type, &failure.code, &failure.param}) {
    omni::hide(key, *text);
  }
}

/// Notes a request that is over, unless nothing of it shall be kept.
void keep_trace(const Parts& parts, const Inquiry& inquiry, Trace trace, Millis took) {
  if (inquiry.permit().keeps_no_log()) return;
  log_request(parts.log, trace, took);
  parts.traces.keep(std::move(trace));
}

/// Whether the same again may do better.
bool may_pass(int status) {
  constexpr std::array passing{408, 429, 500, 502, 503, 504};
  return std::ranges::find(passing, status) != passing.end();
}

bool has_left(const Verdict& verdict) {
  return verdict.next == Next::give_up && verdict.status == client_left_status;
}

/// What an attempt says about the step of a combo that it was made for.
route::Ending ending_of(const Verdict& verdict) {
  if (verdict.next == Next::done) return route::Ending::good;
  return verdict.blame == Verdict::Blame::client ? route::Ending::void_ : route::Ending::bad;
}

/// One request on its way from target to target.
class Asking {
 public:
  Asking(const Parts& parts, net::Exchange& exchange, const Inquiry& inquiry,
         Recollection& recollection)
      : parts_(parts),
        exchange_(exchange),
        inquiry_(inquiry),
        recollection_(recollection),
        began_(parts.clock.steady()),
        borrower_(parts, inquiry) {}

  net::Task<Status> answer();

 private:
  net::Task<Result<Next>> ask(const route::PlannedTarget& target);
  net::Task<Result<Next>> ask_accounts(const route::PlannedTarget& target);
  bool worth_another_round() const;
  net::Task<Result<Next>> attempt(const Target& target, const Account& account);
  net::Task<Attempted> send(const Target& target, const Account& account);
  net::Task<Attempted> judge_answer(Attempted attempted, Translation& translation,
                                    upstream::Answer& answer);
  void settle(const Attempted& attempted);
  void note_attempt(const Attempted& attempted);
  void note_losses(const dialect::Losses& losses);
  net::Task<Status> refuse();
  void close(int status);

  const Parts& parts_;
  net::Exchange& exchange_;
  const Inquiry& inquiry_;
  Recollection& recollection_;
  const Clock::Steady began_;
  Clock::Steady attempt_began_{};
  Trace trace_;
  Borrower borrower_;
  std::uint64_t targets_asked_ = 0, attempts_ = 0;
  Verdict last_verdict_;  // of the last attempt
  Millis last_took_{0};   // likewise
  Millis last_reset_{0};  // when its limit is over, where it has met one
  Failures failures_;
};

net::Task<Status> Asking::answer() {
  trace_ = inquiry_.trace();
  for (const route::PlannedTarget& target : inquiry_.plan().targets) {  // 9: fallback
    const Result<Next> next = co_await ask(target);
    if (!next) co_return next.error();
    if (*next == Next::done) co_return Nothing{};
    if (*next == Next::give_up) break;
  }
  co_return co_await refuse();
}

/// A target's accounts, and as often as its combo says all of them again.
net::Task<Result<Next>> Asking::ask(const route::PlannedTarget& target) {
  for (std::int64_t rounds_left = target.retry.times;; --rounds_left) {
    const std::uint64_t attempts_before = attempts_;
    Result<Next> next = co_await ask_accounts(target);
    if (attempts_ == attempts_before) co_return next;
    if (!next || *next != Next::next_account || rounds_left <= 0) co_return next;
    if (!worth_another_round()) co_return next;
    if (!co_await net::sleep(std::max(target.retry.delay, last_reset_))) {
      close(client_left_status);
      co_return client_left();
    }
  }
}

bool Asking::worth_another_round() const {
  if (!may_pass(last_verdict_.status)) return false;
  if (last_verdict_.status != 429) return true;
  return inquiry_.plan().targets.size() == 1 && last_reset_ <= limit_waited_for_max;
}

/// `next_account` where none is left.
net::Task<Result<Next>> Asking::ask_accounts(const route::PlannedTarget& target) {
  std::optional<route::Visit> visit;
  Next next = Next::next_account;
  if (std::optional<Failure> left_alone = borrower_.enter(target)) {
    trace_.reasons.push_back(left_alone->message);
    failures_.note(*std::move(left_alone));
    co_return next;
  }
  while (next == Next::next_account) {
    Borrower::Borrowed borrowed = co_await borrower_.borrow(target);  // 4
    if (borrowed.failure) failures_.note(*std::move(borrowed.failure));
    if (borrowed.account == nullptr) break;
    if (attempts_ == attempts_max) {
      failures_.note(Failure::of(Error(Error::Kind::unavailable, attempts_used_up)));
      co_return Next::give_up;
    }
    if (!visit) {
      visit.emplace(target);
      ++targets_asked_;
    }
    const Result<Next> done = co_await attempt(target, *borrowed.account);  // 5 to 8
    if (!done) co_return done.error();
    next = *done;
  }
  borrower_.leave();
  if (visit) visit->end(ending_of(last_verdict_), last_took_);
  co_return next;
}

net::Task<Result<Next>> Asking::attempt(const Target& target, const Account& account) {
  attempt_began_ = parts_.clock.steady();
  last_reset_ = Millis{0};
  Attempted attempted = co_await send(target, account);
  attempted.took = std::chrono::duration_cast<Millis>(parts_.clock.steady() - attempt_began_);
  settle(attempted);
  last_took_ = attempted.took;
  last_verdict_ = std::move(attempted.verdict);
  const Verdict& verdict = last_verdict_;
  if (verdict.next == Next::done) {
    close(200);
    co_return Next::done;
  }
  if (has_left(verdict)) {
    close(verdict.status);
    co_return client_left();
  }
  if (!exchange_.begun()) co_return verdict.next;
  close(verdict.status);  // the client has been told in the stream itself
  co_return Next::done;
}

net::Task<Attempted> Asking::send(const Target& target, const Account& account) {
  Attempted attempted{.target = &target, .account = &account};
  if (!account.flaw.empty()) {
    const Error flawed(Error::Kind::unavailable, "The account cannot be used: " + account.flaw);
    attempted.verdict = upstream::judge(flawed);
    attempted.verdict.blame = Verdict::Blame::account;
    failures_.note(Failure::of(flawed));
    co_return attempted;
  }
  Result<Translation> translation = inquiry_.translate(target, account);  // 5
  if (!translation) {
    const Failure failure = Failure::of(translation.error());
    attempted.verdict = upstream::judge(failure, std::nullopt);
    failures_.note(failure, attempted.verdict);
    co_return attempted;
  }
  if (const std::optional<Failure>& failure = translation->refusal) {
    attempted.verdict = upstream::judge(*failure, std::nullopt);
    failures_.note(*failure, attempted.verdict);
    co_return attempted;
  }
  trace_.attempts.push_back(
      {.dialect = translation->base->dialect, .byte_lane = translation->byte_lane});
  note_losses(translation->outbound.losses);
  ++attempts_;
  const upstream::Destination destination{
      .account = &account, .base = translation->base, .combo_proxy = inquiry_.combo_proxy()};
  Result<std::unique_ptr<upstream::Answer>> answer =
      co_await parts_.upstream.ask(destination, translation->outbound);  // 6
  if (answer) co_return co_await judge_answer(std::move(attempted), *translation, **answer);
  attempted.verdict = upstream::judge(answer.error());
  failures_.note(Failure::of(answer.error()));
  co_return attempted;
}

net::Task<Attempted> Asking::judge_answer(Attempted attempted, Translation& translation,
                                          upstream::Answer& answer) {
  const int status = answer.status();
  borrower_.learn(answer);
  if (status < 200 || status > 299) {
    const std::string body = co_await read_error_body(answer);
    if ((co_await net::current_scope()).cancelled()) {
      attempted.verdict = upstream::judge(client_left());
      co_return attempted;
    }
    Failure failure = dialect::codec_for(translation.base->dialect).decode_error(status, body);
    hide(attempted.account->key(), failure);
    const auto reset = upstream::reset_after(answer, body, parts_.clock.wall());
    if (reset) failure.retry_after_ms = reset->count();
    last_reset_ = reset.value_or(Millis{0});
    attempted.verdict = upstream::judge(failure, reset);
    failure.message = "[" + std::to_string(status) + "]: " + failure.message;
    failures_.note(std::move(failure), attempted.verdict);
    co_return attempted;
  }
  const Courier courier{.clock = parts_.clock,
                        .random = parts_.random,
                        .heartbeat = parts_.heartbeat,
                        .idle_max = parts_.upstream.idle_max()};
  ItemKeeper keeper(parts_.items, inquiry_.permit().key_id());
  Delivery delivery = co_await deliver(courier, exchange_, inquiry_.incoming(), inquiry_.draft(),
                                       {.translation = &translation,
                                        .answer = &answer,
                                        .key = &attempted.account->key(),
                                        .items = inquiry_.keeps_items() ? &keeper : nullptr,
                                        .listener = recollection_.listen()});  // 7
  recollection_.keep(*attempted.target, delivery);
  note_losses(delivery.losses);
  attempted.verdict = upstream::approve();
  if (!delivery.sent) {
    attempted.verdict = upstream::judge(client_left());
  } else if (delivery.failure) {
    hide(attempted.account->key(), *delivery.failure);
    attempted.verdict = upstream::judge(*delivery.failure, std::nullopt);
    failures_.note(*delivery.failure, attempted.verdict);
  }
  if (delivery.first_content) {
    attempted.first_content =
        std::chrono::duration_cast<Millis>(*delivery.first_content - attempt_began_);
  }
  attempted.seen = std::move(delivery.seen);
  co_return attempted;
}

void Asking::note_losses(const dialect::Losses& losses) {
  for (const auto& loss : losses.entries()) {
    trace_.losses.push_back(std::string(loss.row->name) +
                            (loss.detail.empty() ? "" : ":" + loss.detail));
  }
}

void Asking::settle(const Attempted& attempted) {
  borrower_.settle(*attempted.account, attempted.verdict);
  record(parts_, inquiry_.view(), inquiry_.permit(), attempted);  // 8
  note_attempt(attempted);
}

void Asking::note_attempt(const Attempted& attempted) {
  if (trace_.attempts.empty() || !trace_.attempts.back().provider.empty()) {
    trace_.attempts.emplace_back();  // it could not even be translated
  }
  Trace::Attempt& attempt = trace_.attempts.back();
  attempt.provider = attempted.target->provider->id;
  attempt.model = attempted.target->model_id;
  attempt.connection = attempted.account->id();
  if (attempted.account->connection != nullptr) {
    attempt.connection_name = attempted.account->connection->name;
  }
  attempt.verdict = attempted.verdict;
  attempt.took = attempted.took;
}

net::Task<Status> Asking::refuse() {
  const bool nobody = inquiry_.plan().combo != nullptr && targets_asked_ == 0;
  Failure failure = failures_.told();
  if (nobody && !failure.retry_after_ms) failure = nobody_to_ask();
  trace_.message = failure.message;
  close(failure.status);
  co_return co_await reply_failure(exchange_, inquiry_.incoming().dialect, std::move(failure));
}

void Asking::close(int status) {
  trace_.status = status;
  const auto took = std::chrono::duration_cast<Millis>(parts_.clock.steady() - began_);
  const route::Combo* combo = inquiry_.plan().combo;
  if (combo != nullptr && combo->track_metrics) {
    const route::Ending ending = status == 200                  ? route::Ending::good
                                 : status == client_left_status ? route::Ending::void_
                                                                : route::Ending::bad;
    combo->state->close(ending, targets_asked_ == 0 ? 0 : targets_asked_ - 1, took);
  }
  keep_trace(parts_, inquiry_, std::move(trace_), took);
}

}  // namespace

net::Task<Status> Chat::handle(net::Exchange& exchange, Entry entry) {
  Inquiry inquiry(parts_, exchange, entry);
  Result<std::string> body = co_await exchange.read_body();  // 1
  if (!body) co_return body.error();
  if (Status understood = inquiry.understand(*std::move(body)); !understood) {  // 1 to 3
    const Failure failure = Failure::of(understood.error());
    Trace trace = inquiry.trace();
    trace.status = failure.status;
    trace.message = failure.message;
    keep_trace(parts_, inquiry, std::move(trace), Millis{0});  // nobody was asked
    co_return co_await reply_failure(exchange, entry.dialect, failure);
  }
  if (only_loads(inquiry)) {
    co_return co_await reply_loaded(exchange, inquiry, parts_.clock.wall());
  }
  Recollection recollection(parts_, exchange, inquiry, entry);
  const Status looked = co_await recollection.look();
  if (!looked || recollection.answer() != nullptr) {
    Trace trace = inquiry.trace();
    trace.source = recollection.source();
    trace.status = looked ? 200 : client_left_status;
    keep_trace(parts_, inquiry, std::move(trace), recollection.waited());
    if (!looked) co_return client_left();
    co_return co_await recollection.tell(exchange);
  }
  Asking asking(parts_, exchange, inquiry, recollection);
  co_return co_await asking.answer();
}

Result<Trace> Chat::explain(const net::Exchange& exchange, Entry entry, std::string path,
                            std::string body) const {
  entry.turn = route::Turn::looked_at;
  Inquiry inquiry(parts_, exchange, entry);
  inquiry.set_path(std::move(path));
  if (Status understood = inquiry.understand(std::move(body)); !understood) {
    return understood.error();
  }
  Trace trace = inquiry.trace();
  trace.candidates = inquiry.look_at_candidates();
  return trace;
}

}  // namespace omni::pipeline
