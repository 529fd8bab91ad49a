// Chat's loop of targets and accounts without what only conversations need: no stream, no session,
// no second round.
#include "pipeline/embedder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "net/loop.h"
#include "pipeline/borrower.h"
#include "pipeline/failures.h"
#include "pipeline/provider_failure.h"
#include "pipeline/record.h"
#include "pipeline/token_estimate.h"
#include "route/draw.h"
#include "upstream/judge.h"

namespace omni::pipeline {
namespace {

using account::Account;
using account::Verdict;
using catalog::Model;
using catalog::Target;
using chat::Failure;
using dialect::Embeddings;

/// Where the provider says nothing of where its own paths for chats begin.
bool may_embed(const account::Base& base) {
  return base.chat_path.empty() && dialect::embedding_codec_for(base.dialect) != nullptr;
}

bool may_embed(const Target& target) {
  if (target.model != nullptr && target.model->kind != Model::Kind::embedding) return false;
  return std::ranges::any_of(target.provider->endpoints, [](const catalog::Endpoint& endpoint) {
    return endpoint.path.empty() && dialect::embedding_codec_for(endpoint.dialect) != nullptr;
  });
}

/// Where the provider does not count.
std::int64_t estimate_input(const dialect::EmbeddingRequest& request) {
  std::size_t characters = 0, tokens = 0;
  for (const auto& input : request.inputs) {
    if (const auto* text = std::get_if<std::string>(&input)) characters += text->size();
    if (const auto* ids = std::get_if<dialect::EmbeddingRequest::Tokens>(&input)) {
      tokens += ids->size();
    }
  }
  return static_cast<std::int64_t>(characters) / characters_per_token +
         static_cast<std::int64_t>(tokens) + 1;
}

/// One for each input, and none of them nothing.
Status check(const Embeddings& embeddings, std::size_t inputs) {
  const bool whole = embeddings.vectors.size() == inputs &&
                     std::ranges::none_of(embeddings.vectors, &std::vector<float>::empty);
  if (whole) return Nothing{};
  return Error(Error::Kind::upstream, "The provider made no vector of some inputs");
}

/// No answer came, or one that was none.
void fail(const Error& error, Attempted& attempted) {
  attempted.verdict = upstream::judge(error);
  attempted.failure = told_of(*attempted.target, Failure::of(error));
  attempted.heard = false;
}

/// As if the model were to blame, which the account may do without.
Verdict confined(Verdict verdict) {
  if (verdict.next == Verdict::Next::done) return verdict;
  verdict.blame = Verdict::Blame::model;
  if (verdict.rest == Verdict::Rest::account) verdict.rest = Verdict::Rest::model;
  return verdict;
}

class Embedding {
 public:
  Embedding(const Parts& parts, const Embedder::Job& job) : parts_(parts), job_(job) {}

  net::Task<Embedder::Outcome> make();

 private:
  net::Task<> ask(const Target& target);
  net::Task<Attempted> attempt(const Target& target, const Account& account, Borrower& borrower);
  net::Task<> send(Attempted& attempted, Borrower& borrower);
  net::Task<> read(Attempted& attempted, const upstream::Destination& destination,
                   upstream::Answer& answer);
  void take(Embeddings embeddings, Attempted& attempted);

  const Parts& parts_;
  const Embedder::Job& job_;
  Borrower::Failed failed_;
  Failures failures_;
  Verdict::Next next_ = Verdict::Next::next_target;  // after the last attempt
  std::optional<Embedder::Made> made_;
};

net::Task<Embedder::Outcome> Embedding::make() {
  const net::Scope& scope = co_await net::current_scope();
  for (const route::PlannedTarget& target : job_.plan.targets) {
    co_await ask(target);
    if (made_) co_return *std::move(made_);
    if (scope.cancelled() || next_ == Verdict::Next::give_up) break;
  }
  co_return failures_.told();
}

net::Task<> Embedding::ask(const Target& target) {
  const net::Scope& scope = co_await net::current_scope();
  Borrower borrower(parts_, job_.customer, failed_);
  if (std::optional<Failure> left_alone = borrower.enter(target)) {
    co_return failures_.note(*std::move(left_alone));
  }
  do {
    Borrower::Borrowed borrowed = co_await borrower.borrow(target);
    if (scope.cancelled()) {
      failures_.note(Failure::of(scope.why()));
      break;
    }
    if (borrowed.failure) failures_.note(*std::move(borrowed.failure));
    if (borrowed.account == nullptr) break;
    Attempted attempted = co_await attempt(target, *borrowed.account, borrower);
    if (attempted.failure) {
      failures_.note(*attempted.failure, attempted.heard ? attempted.verdict : Verdict());
    }
    next_ = attempted.verdict.next;
    const bool confines = job_.failure_reach == Embedder::Reach::model;
    borrower.settle(*attempted.account, confines ? confined(attempted.verdict) : attempted.verdict);
    record(parts_, *job_.customer.view, job_.customer.permit, attempted);
  } while (next_ == Verdict::Next::next_account && !scope.cancelled());
  borrower.leave();
}

net::Task<Attempted> Embedding::attempt(const Target& target, const Account& account,
                                        Borrower& borrower) {
  const Clock::Steady began = parts_.clock.steady();
  Attempted attempted{.target = &target, .account = &account, .request_id = job_.request_id};
  if (job_.plan.combo != nullptr) attempted.combo = job_.plan.combo->name;
  if (account.flaw.empty()) {
    co_await send(attempted, borrower);
  } else {
    fail(Error(Error::Kind::unavailable, "The account cannot be used: " + account.flaw), attempted);
    attempted.verdict.blame = Verdict::Blame::account;
  }
  attempted.took = std::chrono::duration_cast<Millis>(parts_.clock.steady() - began);
  co_return attempted;
}

net::Task<> Embedding::send(Attempted& attempted, Borrower& borrower) {
  const auto& bases = attempted.account->bases;
  const auto base =
      std::ranges::find_if(bases, [](const account::Base& each) { return may_embed(each); });
  if (base == bases.end()) {
    co_return fail(Error(Error::Kind::bad_request, "It makes no vectors where it is"), attempted);
  }
  dialect::EmbeddingRequest request = job_.request;
  request.model = attempted.target->model_id;
  Result<dialect::Outbound> outbound =
      dialect::embedding_codec_for(base->dialect)->encode_request(request);
  if (!outbound) {
    attempted.failure = Failure::of(outbound.error());
    attempted.verdict = upstream::judge(*attempted.failure, std::nullopt);
    co_return;
  }
  outbound->headers.emplace_back("accept", "application/json");
  upstream::Destination destination{.account = attempted.account, .base = &*base};
  const Result<std::unique_ptr<upstream::Answer>> answer =
      co_await borrower.ask(destination, *outbound);
  attempted.sent = true;
  attempted.dialect = destination.base->dialect;
  attempted.account = destination.account;
  if (!answer) co_return fail(answer.error(), attempted);
  borrower.learn(**answer);
  co_await read(attempted, destination, **answer);
}

net::Task<> Embedding::read(Attempted& attempted, const upstream::Destination& destination,
                            upstream::Answer& answer) {
  if (answer.status() < 200 || answer.status() > 299) {
    ProviderFailure said = co_await read_failure(answer, destination, parts_.clock.wall());
    attempted.verdict = upstream::judge(said.failure, said.reset);
    attempted.reset = said.reset.value_or(Millis{0});
    said.failure.message = "[" + std::to_string(answer.status()) + "]: " + said.failure.message;
    attempted.failure = std::move(said.failure);
    co_return;
  }
  const Result<std::string> body =
      co_await net::read_all(answer.body(), Embedder::answer_bytes_max);
  if (!body) co_return fail(body.error(), attempted);
  Result<Embeddings> embeddings =
      dialect::embedding_codec_for(destination.base->dialect)->decode_reply(*body);
  if (!embeddings) co_return fail(embeddings.error(), attempted);
  if (Status whole = check(*embeddings, job_.request.inputs.size()); !whole) {
    co_return fail(whole.error(), attempted);
  }
  take(*std::move(embeddings), attempted);
}

void Embedding::take(Embeddings embeddings, Attempted& attempted) {
  attempted.verdict = upstream::approve();
  attempted.estimated = !embeddings.tokens;
  attempted.seen.usage.emplace().input_fresh =
      embeddings.tokens ? *embeddings.tokens : estimate_input(job_.request);
  made_.emplace(Embedder::Made{
      .embeddings = std::move(embeddings),
      .model = attempted.target->provider->shown_id() + "/" + attempted.target->model_id});
}

}  // namespace

Result<route::Plan> Embedder::plan(const View& view, std::string_view model) const {
  Result<route::Plan> plan = route::resolve(view.directory, model);
  if (!plan) return plan;
  route::draw(*plan, parts_.random, route::Turn::taken);
  std::erase_if(plan->targets, [](const route::PlannedTarget& each) { return !may_embed(each); });
  if (plan->targets.empty()) {
    return Error(Error::Kind::bad_request,
                 "Nobody makes vectors by the name " + std::string(model));
  }
  return plan;
}

net::Task<Embedder::Outcome> Embedder::embed(Job job) const {
  net::Scope scope(co_await net::current_scope());
  const net::Deadline deadline(scope, job.time_max, "No vectors came in time");
  Embedding embedding(parts_, job);
  co_return co_await embedding.make().in(scope);
}

}  // namespace omni::pipeline
