#include "pipeline/attempt.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/loop.h"
#include "pipeline/failures.h"
#include "pipeline/notices.h"
#include "pipeline/provider_failure.h"
#include "pipeline/route_fields.h"
#include "pipeline/token_estimate.h"
#include "upstream/judge.h"

namespace omni::pipeline {
namespace {

using account::Account;
using account::Verdict;
using chat::Failure;

void note_losses(const dialect::Losses& losses, Attempted& attempted) {
  std::ranges::move(names_of(losses), std::back_inserter(attempted.losses));
}

/// No answer came.
void fail(const Error& error, Attempted& attempted) {
  attempted.verdict = upstream::judge(error);
  attempted.failure = told_of(*attempted.target, Failure::of(error));
  attempted.heard = false;
}

/// It was one, and a failure.
void fail(Failure failure, std::optional<Millis> reset, Attempted& attempted) {
  attempted.verdict = upstream::judge(failure, reset);
  attempted.failure = std::move(failure);
}

/// Another answered first, which says nothing about this one.
void call_off(Attempted& attempted) {
  attempted.called_off = true;
  attempted.failure.reset();
  attempted.verdict = {.next = Verdict::Next::next_target,
                       .status = Failure::of(client_left()).status,
                       .message = "Called off: another answered first"};
}

}  // namespace

Error client_left() { return {Error::Kind::cancelled, "Request aborted"}; }

bool has_left(const Verdict& verdict) {
  return verdict.next == Verdict::Next::give_up &&
         verdict.status == Failure::of(client_left()).status;
}

route::Ending ending_of(const Verdict& verdict) {
  if (verdict.next == Verdict::Next::done) return route::Ending::good;
  return verdict.blame == Verdict::Blame::client ? route::Ending::void_ : route::Ending::bad;
}

net::Task<Attempted> Attempt::make(const route::PlannedTarget& target, const Account& account,
                                   std::uint64_t number) {
  number_ = number;
  Attempted attempted{.target = &target,
                      .account = &account,
                      .request_id = errand_.exchange.id(),
                      .began = parts_.clock.steady()};
  if (inquiry_.plan().combo != nullptr) attempted.combo = inquiry_.plan().combo->name;
  if (account.flaw.empty()) {
    net::Scope scope(co_await net::current_scope());
    net::Deadline first_word(scope, inquiry_.first_word_max(target), "It said nothing in time");
    first_word_ = &first_word;
    co_await send(attempted).in(scope);
  } else {
    fail(Error(Error::Kind::unavailable, "The account cannot be used: " + account.flaw), attempted);
    attempted.verdict.blame = Verdict::Blame::account;
  }
  if (runner_.called_off()) call_off(attempted);
  attempted.took = attempted.since_it_began(parts_.clock);
  co_return attempted;
}

net::Task<> Attempt::send(Attempted& attempted) {
  Result<Translation> translation = inquiry_.translate(*attempted.target, *attempted.account);  // 5
  if (!translation) {
    co_return fail(Failure::of(translation.error()), std::nullopt, attempted);
  }
  if (translation->refusal) co_return fail(*translation->refusal, std::nullopt, attempted);
  attempted.sent = true;
  tell_asked(parts_, inquiry_, attempted, number_);
  attempted.dialect = translation->base->dialect;
  attempted.byte_lane = translation->byte_lane;
  attempted.host = translation->base->origin.host;
  note_losses(translation->outbound.losses, attempted);
  upstream::Destination destination{.account = attempted.account,
                                    .base = translation->base,
                                    .combo_proxy = inquiry_.combo_proxy()};
  meter::Laps laps(parts_.clock, attempted.phases);
  const Result<std::unique_ptr<upstream::Answer>> answer =
      co_await borrower_.ask(destination, translation->outbound);  // 6
  laps.end(meter::Phase::connect);
  attempted.account = destination.account;
  if (!answer) co_return fail(answer.error(), attempted);
  borrower_.learn(**answer);
  const int status = (*answer)->status();
  if (status < 200 || status > 299) {
    co_return co_await read_failure(attempted, destination, **answer);
  }
  co_await bring(attempted, *translation, **answer);
  laps.end(meter::Phase::stream);
}

net::Task<> Attempt::read_failure(Attempted& attempted, const upstream::Destination& destination,
                                  upstream::Answer& answer) {
  const int status = answer.status();
  ProviderFailure said = co_await pipeline::read_failure(answer, destination, parts_.clock.wall());
  if (is_called_off(co_await net::current_scope())) {
    attempted.verdict = upstream::judge(client_left());
    co_return;
  }
  attempted.reset = said.reset.value_or(Millis{0});
  fail(std::move(said.failure), said.reset, attempted);
  attempted.failure->message = "[" + std::to_string(status) + "]: " + attempted.failure->message;
}

/// Where the answer comes from, for its head.
net::OutFields Attempt::fields_of(const Attempted& attempted) const {
  const Origin origin{
      .provider = attempted.target->provider->shown_id(),
      .model = attempted.target->model_id,
      .connection = attempted.account->id(),
      .attempts = number_,
      .took = std::chrono::duration_cast<Millis>(parts_.clock.steady() - errand_.began)};
  return route_fields(inquiry_.view(), inquiry_.plan(), origin);
}

/// Providers tell what they charge at the end of an answer, if at all.  Who leaves before that, or
/// asks one who never tells, has been given something all the same.
void Attempt::estimate_usage(Attempted& attempted) const {
  dialect::Seen& seen = attempted.seen;
  if (!seen.content || (seen.usage && seen.ended && !seen.failure)) return;
  chat::Usage usage = seen.usage.value_or(chat::Usage());
  if (usage.input() == 0) {
    const Result<chat::Request> asked = decode(inquiry_.incoming(), inquiry_.draft());
    if (asked) usage.input_fresh = estimate_tokens(*asked);
  }
  const auto told = static_cast<std::int64_t>(seen.content_bytes) / characters_per_token;
  usage.output_text = std::max(usage.output_text, told - usage.output_reasoning);
  usage.wire.reset();
  seen.usage = std::move(usage);
  attempted.estimated = true;
}

/// What the provider has done, whatever becomes of it on its last way.
void Attempt::conclude(Attempted& attempted, const Delivery& delivery) const {
  attempted.verdict = upstream::approve();
  if (delivery.failure) {
    Failure failure = *delivery.failure;
    hide(attempted.account->key(), failure);
    fail(std::move(failure), std::nullopt, attempted);
    const bool ours = !delivery.seen.failure;
    if (ours) attempted.failure = told_of(*attempted.target, *std::move(attempted.failure));
  }
  if (delivery.first_content) {
    attempted.first_content =
        std::chrono::duration_cast<Millis>(*delivery.first_content - attempted.began);
  }
  attempted.seen = delivery.seen;
  estimate_usage(attempted);
  attempted.took = attempted.since_it_began(parts_.clock);
}

net::Task<> Attempt::bring(Attempted& attempted, Translation& translation,
                           upstream::Answer& answer) {
  const Courier courier{.clock = parts_.clock,
                        .random = parts_.random,
                        .heartbeat = parts_.heartbeat,
                        .idle_max = parts_.upstream.idle_max(),
                        .progress = parts_.progress};
  const net::OutFields fields = fields_of(attempted);
  const std::unique_ptr<recall::Memo> memo = errand_.recollection.open_memo();
  ItemKeeper keeper(parts_.items, inquiry_.item_owner());
  Delivery delivery =
      co_await deliver(courier, errand_.exchange, inquiry_.incoming(), inquiry_.draft(),
                       {.translation = &translation,
                        .answer = &answer,
                        .first_word = first_word_,
                        .runner = &runner_,
                        .fields = &fields,
                        .key = &attempted.account->key(),
                        .items = inquiry_.keeps_items() ? &keeper : nullptr,
                        .listener = memo.get(),
                        .before_end = [&](const Delivery& complete) {
                          conclude(attempted, complete);
                          record(parts_, inquiry_.view(), inquiry_.permit(), attempted);
                          inquiry_.permit().give_back(parts_.budgets);
                        }});  // 7
  errand_.recollection.keep(*attempted.target, delivery, memo.get());
  note_losses(delivery.losses, attempted);
  attempted.begun = delivery.begun;
  if (!attempted.recorded) conclude(attempted, delivery);
  if (!delivery.sent) {
    attempted.verdict = upstream::judge(client_left());
    attempted.failure.reset();
  }
}

}  // namespace omni::pipeline
