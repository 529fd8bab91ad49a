#include "pipeline/resemblance.h"

#include <utility>
#include <variant>

#include "base/strings.h"
#include "identity/caller.h"
#include "net/workers.h"
#include "pipeline/cost_estimate.h"
#include "pipeline/embedder.h"
#include "recall/marks.h"

namespace omni::pipeline {
namespace {

/// As far as a vector of these words goes.
chat::Request request_of(const std::string& words) {
  chat::Request request{.max_output_tokens = 0};
  request.messages.push_back({.role = chat::Role::user});
  request.messages.back().parts.push_back({.body = chat::Text{words}});
  return request;
}

/// What is kept for others, on its way there behind the back of who has asked.
class Keeping final : public net::Workers::Job {
 public:
  struct Entry {
    std::string partition, print;
    recall::Vector vector;
    Millis lifetime{0};
  };

  Keeping(recall::Paraphrases& in, Entry entry) : in_(in), entry_(std::move(entry)) {}
  void run() override {
    in_.keep(entry_.partition, entry_.print, std::move(entry_.vector), entry_.lifetime);
  }

 private:
  recall::Paraphrases& in_;
  Entry entry_;
};

}  // namespace

Resemblance::Resemblance(const Parts& parts, const net::Exchange& exchange, const Inquiry& inquiry)
    : parts_(parts),
      exchange_(exchange),
      inquiry_(inquiry),
      model_(settings().semantic_cache_embedding_model) {
  const route::Combo* combo = inquiry.plan().combo;
  likeness_min_ = settings().semantic_cache_similarity_min;
  if (combo != nullptr) likeness_min_ = combo->cache_similarity_min.value_or(likeness_min_);
}

std::unique_ptr<Resemblance> Resemblance::of(const Parts& parts, const net::Exchange& exchange,
                                             const Inquiry& inquiry, const chat::Request& asked,
                                             recall::Print print) {
  const chat::Text* words = recall::words_of(asked);
  if (words == nullptr || words->text.size() > words_bytes_max || trim(words->text).empty()) {
    return nullptr;
  }
  std::unique_ptr<Resemblance> made(new Resemblance(parts, exchange, inquiry));
  if (made->model_.empty() || made->likeness_min_ <= 0) return nullptr;
  made->words_ = words->text;
  made->print_ = std::move(print);
  return made;
}

net::Task<Result<recall::Shared>> Resemblance::find() {
  const net::Scope& scope = co_await net::current_scope();
  recall::Paraphrases& known = parts_.recall.paraphrases;
  if (!known.may_ask(model_)) co_return recall::Shared();
  co_await embed();
  if (scope.cancelled()) co_return scope.why();
  if (!vector_) co_return recall::Shared();
  co_return known.find(partition_, *vector_, static_cast<float>(likeness_min_));
}

/// On behalf of who has asked, out of a budget of its own accord: what it costs is settled before
/// anything is set aside for an answer.
net::Task<> Resemblance::embed() {
  const net::Scope& scope = co_await net::current_scope();
  const Embedder embedder(parts_);
  Permit permit(identity::caller_of(exchange_));
  const Customer customer{.view = inquiry_.customer().view, .permit = permit};
  Result<route::Plan> plan = embedder.plan(*customer.view, model_);
  if (!plan) co_return fail(plan.error().message());
  std::erase_if(plan->targets, [&](const catalog::Target& target) {
    const bool needs_none = target.provider->category == catalog::Provider::Category::builtin;
    return !needs_none && customer.candidates(target).empty();
  });
  if (plan->targets.empty()) co_return;  // of this key
  const std::int64_t nano =
      estimate_cost(customer.view->directory, request_of(words_), *plan, parts_.clock.wall());
  if (permit.reserve(parts_.budgets, nano)) co_return;
  dialect::EmbeddingRequest request{.model = model_};
  request.inputs.emplace_back(words_);
  const Embedder::Outcome outcome =
      co_await embedder.embed({.customer = customer,
                               .plan = *plan,
                               .request = request,
                               .request_id = exchange_.id(),
                               .time_max = patience,
                               .failure_reach = Fulfilment::Reach::model});
  if (scope.cancelled()) co_return;
  const auto* made = std::get_if<dialect::Embeddings>(&outcome);
  if (made == nullptr) co_return fail(std::get<chat::Failure>(outcome).message);
  vector_ = recall::Vector::of(std::span(made->vectors.front()));
  if (!vector_) co_return fail("Its vector points nowhere");
  parts_.recall.paraphrases.note_success();
  partition_ = print_.hex_without_words(made->model + '\n' + recall::marks_of(words_));
}

void Resemblance::fail(std::string_view why) const {
  if (!parts_.recall.paraphrases.note_failure(model_)) return;
  parts_.log.warn("cache.embedder_rests", {{"model", model_}, {"why", why}});
}

void Resemblance::keep(const std::string& print, Millis lifetime) const {
  if (!vector_) return;
  parts_.workers.post(std::make_unique<Keeping>(
      parts_.recall.paraphrases,
      Keeping::Entry{
          .partition = partition_, .print = print, .vector = *vector_, .lifetime = lifetime}));
}

}  // namespace omni::pipeline
