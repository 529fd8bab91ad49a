#include "pipeline/order.h"

#include <utility>

#include "pipeline/failures.h"
#include "pipeline/provider_failure.h"
#include "pipeline/route_fields.h"
#include "upstream/judge.h"

namespace omni::pipeline {

using chat::Failure;

net::OutFields Line::fields() const {
  const Attempted& attempted = ends_.attempted;
  return route_fields(*ends_.customer.view, ends_.plan,
                      {.provider = attempted.target->provider->shown_id(),
                       .model = attempted.target->model_id,
                       .connection = attempted.account->id(),
                       .attempts = ends_.number,
                       .took = attempted.since_it_began(ends_.parts.clock)});
}

net::Task<std::unique_ptr<upstream::Answer>> Line::ask(upstream::Question question) {
  Result<std::unique_ptr<upstream::Answer>> answer =
      co_await ends_.borrower.ask(destination_, question);
  ends_.attempted.account = destination_.account;
  co_return co_await take(std::move(answer));
}

net::Task<std::unique_ptr<upstream::Answer>> Line::take(
    Result<std::unique_ptr<upstream::Answer>> answer) {
  ends_.attempted.sent = true;
  if (!answer) {
    fail(answer.error());
    co_return nullptr;
  }
  ends_.borrower.learn(**answer);
  if ((*answer)->status() >= 200 && (*answer)->status() <= 299) co_return *std::move(answer);
  co_await read_failure(**answer);
  co_return nullptr;
}

net::Task<> Line::read_failure(upstream::Answer& answer) {
  Attempted& attempted = ends_.attempted;
  ProviderFailure said =
      co_await pipeline::read_failure(answer, destination_, ends_.parts.clock.wall());
  attempted.verdict = upstream::judge(said.failure, said.reset);
  attempted.reset = said.reset.value_or(Millis{0});
  said.failure.message = "[" + std::to_string(answer.status()) + "]: " + said.failure.message;
  attempted.failure = std::move(said.failure);
}

net::Task<std::optional<std::string>> Line::read_all(upstream::Answer& answer,
                                                     std::size_t bytes_max) {
  Result<std::string> body = co_await net::read_all(answer.body(), bytes_max);
  if (body) co_return *std::move(body);
  fail(body.error());
  co_return std::nullopt;
}

void Line::fail(const Error& error) {
  Attempted& attempted = ends_.attempted;
  attempted.verdict = upstream::judge(error);
  attempted.failure = told_of(*attempted.target, Failure::of(error));
  attempted.heard = false;
}

void Line::fail(Failure failure) {
  hide(destination_.account->key(), failure);
  ends_.attempted.verdict = upstream::judge(failure, std::nullopt);
  ends_.attempted.failure = std::move(failure);
}

void Line::refuse(Failure failure) {
  const int status = std::exchange(failure.status, 422);
  fail(std::move(failure));
  ends_.attempted.sent = true;
  ends_.attempted.failure->status = ends_.attempted.verdict.status = status;
}

void Line::bring(const chat::Usage& usage) {
  Attempted& attempted = ends_.attempted;
  if (!attempted.first_content)
    attempted.first_content = attempted.since_it_began(ends_.parts.clock);
  if (attempted.seen.usage) {
    *attempted.seen.usage += usage;
  } else {
    attempted.seen.usage = usage;
  }
}

void Line::book() {
  Attempted& attempted = ends_.attempted;
  if (!attempted.failure) attempted.verdict = upstream::approve();
  attempted.took = attempted.since_it_began(ends_.parts.clock);
  record(ends_.parts, *ends_.customer.view, ends_.customer.permit, attempted);
}

}  // namespace omni::pipeline
