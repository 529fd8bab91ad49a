#include "pipeline/inquiry.h"

#include <algorithm>
#include <array>
#include <variant>

#include "base/strings.h"
#include "identity/caller.h"
#include "pipeline/cost_bound.h"
#include "pipeline/cost_estimate.h"
#include "pipeline/record.h"
#include "route/draw.h"
#include "route/policies.h"

namespace omni::pipeline {
namespace {

using account::Account;
using catalog::Target;
using chat::Dialect;

constexpr std::string_view extended_context_beta = "context-1m-2025-08-07";

/// Path and query of a request without a key that a client shows there.
std::string path_without_key(const net::RequestHead& request) {
  std::string path(request.path());
  std::string_view query = request.query();
  char mark = '?';
  while (!query.empty()) {
    const std::string_view parameter = cut(query, '&');
    const auto name = net::percent_decode(parameter.substr(0, parameter.find('=')));
    if (parameter.empty() || !name || *name == "key") continue;
    path.append(1, mark).append(parameter);
    mark = '&';
  }
  return path;
}

/// A list as a field of HTTP has it, with each of its words once.
class WordList {
 public:
  void add(std::string_view words) {
    while (!words.empty()) {
      const std::string_view word = trim(cut(words, ','));
      if (word.empty() || std::ranges::find(seen_, word) != seen_.end()) continue;
      seen_.emplace_back(word);
      text_.append(text_.empty() ? "" : ",").append(word);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> seen_;
  std::string text_;
};

void set_field(std::vector<dialect::Header>& fields, std::string_view name,
               std::string_view value) {
  std::erase_if(fields, [name](const dialect::Header& field) {
    return equals_ignoring_case(field.first, name);
  });
  fields.emplace_back(name, value);
}

/// What a client calls its conversation, where it does.
std::string_view name_of_session(const net::RequestHead& request) {
  for (const std::string_view name : {"x-session-id", "x-omniroute-session"}) {
    if (const std::string_view said = request.field(name); !said.empty()) return said;
  }
  return {};
}

/// Whether a list names a candidate: its provider, model or account.
bool is_one_of(const std::vector<std::string>& names, const Target& target,
               const Trace::Candidate& candidate) {
  const catalog::Provider& provider = *target.provider;
  const std::array<std::string, 6> own{provider.id,
                                       provider.prefix(),
                                       provider.id + "/" + target.model_id,
                                       provider.prefix() + "/" + target.model_id,
                                       candidate.connection,
                                       candidate.connection_name};
  return std::ranges::any_of(names, [&](const std::string& name) {
    return !name.empty() && std::ranges::find(own, name) != own.end();
  });
}

}  // namespace

Inquiry::Inquiry(const Parts& parts, const net::Exchange& exchange, Entry entry)
    : parts_(parts),
      exchange_(exchange),
      entry_(entry),
      view_(parts.views.current()),
      permit_(identity::caller_of(exchange)),
      path_(path_without_key(exchange.request())) {}

Status Inquiry::understand(std::string body) {
  meter::Laps laps(parts_.clock, phases_);
  body_ = std::move(body);
  if (entry_.dialect == Dialect::openai_responses) {
    item_owner_ = identity::holder_of(exchange_);
    parts_.items.restore(item_owner_, body_);
  }
  incoming_ = {.dialect = entry_.dialect,
               .path = path_,
               .body = body_,
               .accept = exchange_.request().field("accept")};
  Result<Draft> draft = scan(incoming_);
  if (!draft) return draft.error();
  draft_ = *std::move(draft);
  laps.end(meter::Phase::parse);
  if (Status resolved = resolve(); !resolved) return resolved;
  laps.end(meter::Phase::resolve);
  Status permitted = narrow();
  laps.end(meter::Phase::policy);
  return permitted;
}

/// Whom of the plan the caller may ask, and for what.
Status Inquiry::narrow() {
  // At a path of one provider a name with a provider's in it may be a model's id.
  const std::string_view requested = entry_.provider.empty() ? std::string_view(draft_->model) : "";
  if (plan_.targets.empty()) return permit_.check(requested);  // a combo, and nobody can be asked
  if (Status allowed = permit_.narrow(requested, plan_); !allowed) return allowed;
  conversation_ = Conversation(*draft_, permit_.key_id(), name_of_session(exchange_.request()));
  if (Status admitted = admit_conversation(); !admitted) return admitted;
  return apply_policies();
}

/// One that goes on is let in; a new one only if its key may have one more.
Status Inquiry::admit_conversation() const {
  const std::int64_t max = permit_.sessions_max();
  if (max == 0) return Nothing{};
  const auto known = [this](const Target& target) {
    return !parts_.sessions.account_of(conversation_.id_at(*target.provider)).empty();
  };
  if (std::ranges::any_of(plan_.targets, known)) return Nothing{};
  if (parts_.sessions.count_of(permit_.key_id()) < max) return Nothing{};
  return Error(Error::Kind::rate_limited,
               "This API key has as many conversations as it may at a time");
}

Status Inquiry::apply_policies() {
  const store::Configuration& configuration = view_->directory.configuration();
  const route::Asker asker{.model = draft_->model, .key_id = permit_.key_id()};
  Status ruled = route::apply_policies(configuration.policies, asker, plan_);
  const auto costs = [](const Target& target) { return target.cost_nano_max.has_value(); };
  if (!ruled || std::ranges::none_of(plan_.targets, costs)) return ruled;
  const Result<chat::Request> request = decode(incoming_, *draft_);
  if (!request) return request.error();
  return bound_by_cost(view_->directory, *request, parts_.clock.wall(), plan_);
}

std::optional<chat::Failure> Inquiry::reserve() {
  if (!parts_.budgets.concern(permit_.payer())) return std::nullopt;
  const Result<chat::Request> request = decode(incoming_, *draft_);
  if (!request) return chat::Failure::of(request.error());
  const std::int64_t nano = estimate_cost(view_->directory, *request, plan_, parts_.clock.wall());
  return pipeline::reserve(permit_, parts_.budgets, nano);
}

Status Inquiry::resolve() {
  Result<route::Plan> plan = route::resolve_for(view_->directory, entry_.provider, draft_->model);
  if (!plan) return plan.error();
  plan_ = *std::move(plan);
  route::draw(plan_, parts_.random, entry_.turn);
  return Nothing{};
}

const net::Proxy* Inquiry::combo_proxy() const {
  return plan_.combo == nullptr ? nullptr : view_->proxies.at("combo", plan_.combo->id).proxy;
}

Millis Inquiry::first_word_max(const route::PlannedTarget& target) const {
  if (target.patience.first_word_max > Millis{0}) return target.patience.first_word_max;
  return Millis{view_->directory.configuration().settings.first_token_timeout_ms};
}

Result<Translation> Inquiry::translate(const Target& target, const Account& account) const {
  const Addressee addressee{
      .target = &target, .account = &account, .policies = &view_->policies, .seals = &parts_.seals};
  Result<Translation> made = pipeline::translate(incoming_, *draft_, addressee);
  if (made) add_fields(*account.provider, *made);
  return made;
}

/// What goes into the head of the request to a provider besides its key.
void Inquiry::add_fields(const catalog::Provider& provider, Translation& translation) const {
  dialect::Outbound& outbound = translation.outbound;
  outbound.headers.emplace_back(
      "accept", translation.provider_streams ? "text/event-stream" : "application/json");
  if (translation.base->dialect != Dialect::anthropic) return;
  WordList betas;
  for (const auto& [name, value] : provider.fields) {
    if (name == "anthropic-beta") betas.add(value);
  }
  if (entry_.dialect == Dialect::anthropic) {
    const net::RequestHead& request = exchange_.request();
    if (const std::string_view said = request.field("anthropic-version"); !said.empty()) {
      set_field(outbound.headers, "anthropic-version", said.substr(0, said.find(',')));
    }
    for (const net::Field& field : request.fields()) {
      if (equals_ignoring_case(field.name, "anthropic-beta")) betas.add(field.value);
    }
  }
  if (plan_.extended_context) betas.add(extended_context_beta);
  if (!betas.text().empty()) set_field(outbound.headers, "anthropic-beta", betas.text());
}

bool Inquiry::keeps_items() const {
  if (incoming_.dialect != Dialect::openai_responses) return false;
  const json::Envelope::Member* store = draft_->body.find("store");
  return !permit_.keeps_no_log() && (store == nullptr || store->value != "false");
}

Trace Inquiry::trace() const {
  Trace trace = trace_of(parts_, exchange_, permit_, plan_);
  trace.dialect = entry_.dialect;
  if (draft_) trace.requested_model = draft_->model;
  trace.path = path_.substr(0, path_.find('?'));
  trace.stream = draft_ && draft_->stream;
  trace.phases = phases_;
  return trace;
}

void Inquiry::for_each_candidate(const Look& look) const {
  for (const route::PlannedTarget& target : plan_.targets) {
    if (target.provider->category == catalog::Provider::Category::builtin) look(target, nullptr);
    for (const store::Connection* connection : view_->directory.accounts_of(*target.provider)) {
      if (target.connection.empty() || connection->id == target.connection) {
        look(target, connection);
      }
    }
  }
}

std::vector<Trace::Candidate> Inquiry::look_at_candidates() const {
  std::vector<Trace::Candidate> all;
  for_each_candidate([&](const Target& target, const store::Connection* connection) {
    all.push_back(look_at(target, connection));
  });
  return all;
}

std::vector<Trace::Candidate> Inquiry::foresee(const std::vector<std::string>& failing) const {
  std::vector<Trace::Candidate> all;
  for_each_candidate([&](const Target& target, const store::Connection* connection) {
    Trace::Candidate candidate = look_at(target, connection);
    if (is_one_of(failing, target, candidate)) candidate.obstacle = "it is taken to fail";
    const Account* account = view_->roster.find(*target.provider, connection);
    if (candidate.obstacle.empty() && account != nullptr) {
      const Result<Translation> made = translate(target, *account);
      if (!made) candidate.obstacle = made.error().message();
      if (made && made->refusal) candidate.obstacle = made->refusal->message;
      if (made) candidate.losses = names_of(made->outbound.losses);
    }
    all.push_back(std::move(candidate));
  });
  return all;
}

Trace::Candidate Inquiry::look_at(const Target& target, const store::Connection* connection) const {
  Trace::Candidate candidate{.provider = target.provider->shown_id(), .model = target.model_id};
  const Account* account = view_->roster.find(*target.provider, connection);
  const account::Base* base =
      account == nullptr ? nullptr : choose_base(*account, target.model, entry_.dialect);
  if (base != nullptr) candidate.dialect = name_of(base->dialect);
  if (account != nullptr && !account->flaw.empty()) candidate.obstacle = account->flaw;
  if (base == nullptr && candidate.obstacle.empty()) candidate.obstacle = "serves it in no dialect";
  if (connection == nullptr) return candidate;
  candidate.connection = connection->id;
  candidate.connection_name = connection->name;
  if (!permit_.allows(*connection)) candidate.obstacle = "the API key may not use it";
  const std::array alone{connection};
  const auto resting = parts_.accounts.obstacle({.provider = target.provider,
                                                 .candidates = alone,
                                                 .model = target.model_id,
                                                 .rules = &view_->rules});
  if (resting) candidate.obstacle = "rests after: " + resting->last_message;
  if (parts_.breakers.obstacle(target.provider->id, target.model_id)) {
    candidate.obstacle = "its provider's circuit breaker is open";
  }
  return candidate;
}

}  // namespace omni::pipeline
