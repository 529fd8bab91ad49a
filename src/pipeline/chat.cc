#include "pipeline/chat.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/redact.h"
#include "net/loop.h"
#include "pipeline/admit.h"
#include "pipeline/failure_reply.h"
#include "pipeline/inquiry.h"
#include "pipeline/ollama_load.h"
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

/// Whether the client may name the items of its answer later.
bool keeps_items(const Inquiry& inquiry) {
  if (inquiry.incoming().dialect != chat::Dialect::openai_responses) return false;
  const json::Envelope::Member* store = inquiry.draft().body.find("store");
  return !inquiry.permit().keeps_no_log() && (store == nullptr || store->value != "false");
}

/// Notes a request that is over, unless nothing of it shall be kept.
void keep_trace(const Parts& parts, const Inquiry& inquiry, Trace trace, Millis took) {
  if (inquiry.permit().keeps_no_log()) return;
  log_request(parts.log, trace, took);
  parts.traces.keep(std::move(trace));
}

/// One request on its way from target to target.
class Asking {
 public:
  Asking(const Parts& parts, net::Exchange& exchange, const Inquiry& inquiry)
      : parts_(parts), exchange_(exchange), inquiry_(inquiry), began_(parts.clock.steady()) {}

  net::Task<Status> answer();

 private:
  net::Task<Result<Next>> attempt(const Target& target, const Account& account);
  net::Task<Attempted> send(const Target& target, const Account& account);
  net::Task<Attempted> judge_answer(Attempted attempted, Translation& translation,
                                    upstream::Answer& answer);
  const Account* borrow(const Target& target);
  void settle(const Attempted& attempted);
  void note_attempt(const Attempted& attempted);
  void note_failure(Failure failure, const Verdict& verdict = {});
  void note_losses(const dialect::Losses& losses);
  net::Task<Status> refuse();
  void close(int status);

  const Parts& parts_;
  net::Exchange& exchange_;
  const Inquiry& inquiry_;
  const Clock::Steady began_;
  Clock::Steady attempt_began_{};
  Trace trace_;
  std::set<std::string> tried_;  // accounts that have failed this target
  /// Of all failures the one to tell: the first that blames the request or its model, or else the
  /// last.
  std::optional<Failure> failure_;
  bool failure_is_final_ = false;
};

net::Task<Status> Asking::answer() {
  trace_ = inquiry_.trace();
  for (const Target& target : inquiry_.plan().targets) {  // 9: fallback is these two loops
    tried_.clear();
    for (Next next = Next::next_account; next == Next::next_account;) {
      const Account* account = borrow(target);  // 4
      if (account == nullptr) break;
      const Result<Next> done = co_await attempt(target, *account);  // 5 to 8
      if (!done) co_return done.error();
      if (*done == Next::done) co_return Nothing{};
      next = *done;
    }
  }
  co_return co_await refuse();
}

const Account* Asking::borrow(const Target& target) {
  const catalog::Provider& provider = *target.provider;
  if (provider.category == catalog::Provider::Category::builtin) {
    if (tried_.contains(provider.id)) return nullptr;
    return inquiry_.view().roster.find(provider, nullptr);
  }
  const std::vector<const store::Connection*> candidates = inquiry_.candidates(target);
  const auto lent = parts_.accounts.borrow(
      {.candidates = candidates, .model = target.model_id, .tried = &tried_});
  if (const auto* connection = std::get_if<const store::Connection*>(&lent)) {
    if (*connection != nullptr) return inquiry_.view().roster.find(provider, *connection);
    if (candidates.empty()) note_failure(inquiry_.no_credentials(target));
    return nullptr;
  }
  const auto& resting = std::get<account::AllResting>(lent);
  Failure failure;
  failure.status = resting.status;
  failure.message = "[" + provider.prefix() + "/" + target.model_id + "] " + resting.last_message +
                    " (reset after " + duration_in_words(resting.over_in) + ")";
  failure.retry_after_ms = resting.over_in.count();
  note_failure(std::move(failure));
  return nullptr;
}

net::Task<Result<Next>> Asking::attempt(const Target& target, const Account& account) {
  attempt_began_ = parts_.clock.steady();
  Attempted attempted = co_await send(target, account);
  attempted.took = std::chrono::duration_cast<Millis>(parts_.clock.steady() - attempt_began_);
  settle(attempted);
  const Verdict& verdict = attempted.verdict;
  if (verdict.next == Next::done) {
    close(200);
    co_return Next::done;
  }
  if (verdict.next == Next::give_up) {  // only for a client that has left
    close(verdict.status);
    co_return client_left();
  }
  tried_.insert(account.id());
  if (!exchange_.begun()) co_return verdict.next;
  close(verdict.status);  // the client has been told in the stream itself
  co_return Next::done;
}

net::Task<Attempted> Asking::send(const Target& target, const Account& account) {
  Attempted attempted{.target = &target, .account = &account};
  if (!account.flaw.empty()) {
    const Error flawed(Error::Kind::unavailable, "The account cannot be used: " + account.flaw);
    attempted.verdict = upstream::judge(flawed);
    note_failure(Failure::of(flawed));
    co_return attempted;
  }
  Result<Translation> translation = inquiry_.translate(target, account);  // 5
  if (!translation) {
    const Failure failure = Failure::of(translation.error());
    attempted.verdict = upstream::judge(failure, std::nullopt);
    note_failure(failure, attempted.verdict);
    co_return attempted;
  }
  if (const std::optional<Failure>& failure = translation->refusal) {
    attempted.verdict = upstream::judge(*failure, std::nullopt);
    note_failure(*failure, attempted.verdict);
    co_return attempted;
  }
  trace_.attempts.push_back(
      {.dialect = translation->base->dialect, .byte_lane = translation->byte_lane});
  note_losses(translation->outbound.losses);
  const upstream::Destination destination{.account = &account, .base = translation->base};
  Result<std::unique_ptr<upstream::Answer>> answer =
      co_await parts_.upstream.ask(destination, translation->outbound);  // 6
  if (answer) co_return co_await judge_answer(std::move(attempted), *translation, **answer);
  attempted.verdict = upstream::judge(answer.error());
  note_failure(Failure::of(answer.error()));
  co_return attempted;
}

net::Task<Attempted> Asking::judge_answer(Attempted attempted, Translation& translation,
                                          upstream::Answer& answer) {
  const int status = answer.status();
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
    attempted.verdict = upstream::judge(failure, reset);
    failure.message = "[" + std::to_string(status) + "]: " + failure.message;
    note_failure(std::move(failure), attempted.verdict);
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
                                        .items = keeps_items(inquiry_) ? &keeper : nullptr});  // 7
  note_losses(delivery.losses);
  attempted.verdict = upstream::approve();
  if (!delivery.sent) {
    attempted.verdict = upstream::judge(client_left());
  } else if (delivery.failure) {
    hide(attempted.account->key(), *delivery.failure);
    attempted.verdict = upstream::judge(*delivery.failure, std::nullopt);
    note_failure(*delivery.failure, attempted.verdict);
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
  parts_.accounts.settle(attempted.account->id(), attempted.target->model_id, attempted.verdict);
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

void Asking::note_failure(Failure failure, const Verdict& verdict) {
  if (failure_is_final_) return;
  failure_is_final_ =
      verdict.blame == Verdict::Blame::client || verdict.blame == Verdict::Blame::model;
  failure_ = std::move(failure);
}

net::Task<Status> Asking::refuse() {
  if (!failure_) {
    failure_ = Failure::of(Error(Error::Kind::unavailable, "All accounts unavailable"));
  }
  trace_.message = failure_->message;
  close(failure_->status);
  co_return co_await reply_failure(exchange_, inquiry_.incoming().dialect, *failure_);
}

void Asking::close(int status) {
  trace_.status = status;
  const Clock::Steady now = parts_.clock.steady();
  keep_trace(parts_, inquiry_, std::move(trace_), std::chrono::duration_cast<Millis>(now - began_));
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
  Asking asking(parts_, exchange, inquiry);
  co_return co_await asking.answer();
}

Result<Trace> Chat::explain(const net::Exchange& exchange, Entry entry, std::string path,
                            std::string body) const {
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
