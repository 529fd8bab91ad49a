#include "pipeline/translate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "adapt/json_word.h"
#include "dialect/anthropic/thread.h"
#include "dialect/lane.h"
#include "dialect/ollama/load.h"
#include "dialect/openai_kin.h"
#include "dialect/openai_responses/kept.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;

bool serves(const catalog::Model* model, Dialect dialect) {
  if (model == nullptr || model->dialects.empty()) return true;
  return std::ranges::find(model->dialects, dialect) != model->dialects.end();
}

catalog::Quirks quirks_of(const catalog::Target& target) {
  if (target.model != nullptr) return target.model->quirks;
  return target.provider->quirks_of(target.model_id);
}

/// A seal of OpenAI Responses opens for the account alone that it was made for.
const std::string& sealer(const Addressee& to, Dialect dialect) {
  return dialect == Dialect::openai_responses ? to.account->id() : to.account->provider->id;
}

adapt::Facts facts_of(const Addressee& to, Dialect dialect) {
  adapt::Facts facts;
  facts.provider = sealer(to, dialect);
  if (const catalog::Model* model = to.target->model)
    facts.output_tokens_max = model->output_tokens;
  if (const std::optional<std::int64_t>& max = to.target->output_tokens_max) {
    const std::int64_t known = facts.output_tokens_max;
    facts.output_tokens_max = known > 0 ? std::min(known, *max) : *max;
  }
  return facts;
}

/// Members that the provider refuses go; what they said is lost to it.
void drop_members(const std::vector<std::string>& names, std::string& body) {
  if (names.empty()) return;
  const Result<json::Envelope> envelope = json::Envelope::scan(body);
  if (!envelope) return;
  std::vector<json::Envelope::Edit> edits;
  for (const std::string& name : names) {
    if (envelope->find(name) != nullptr) edits.push_back({name, std::nullopt});
  }
  if (!edits.empty()) body = envelope->splice(edits);
}

void apply_ending(const std::string& ending, chat::Request& request) {
  if (ending.empty()) return;
  request.model += ending;
  if (!adapt::take_thinking_suffix(request.model, request)) {
    adapt::take_effort_suffix(request.model, request);
  }
}

void bound_output(const std::optional<std::int64_t>& max, chat::Request& request) {
  if (max) request.max_output_tokens = std::min(request.max_output_tokens.value_or(*max), *max);
}

/// What a request names that is kept by providers of its own dialect alone; another would answer
/// the rest as if it were all that was said.
std::optional<chat::Failure> refer_to_kept(const chat::Request& asked, Dialect provider) {
  if (asked.source == provider) return std::nullopt;
  if (dialect::anthropic::continues_thread(asked)) return dialect::anthropic::thread_not_found();
  return dialect::openai_responses::refer_to_kept(asked);
}

/// A copy to be changed.  The conversation, most of it, is moved: answers depend on the rest alone,
/// save those of OpenAI Responses, which repeat the instructions.
chat::Request take_request(chat::Request& asked, Dialect client) {
  if (client == Dialect::openai_responses) return asked;
  std::vector<chat::Message> messages = std::exchange(asked.messages, {});
  chat::Request request = asked;
  request.messages = std::move(messages);
  return request;
}

/// Where nothing is said there is nothing to adapt, and a system prompt would make it a question.
bool loads_model(const Draft& draft, Dialect provider) {
  return draft.body_dialect == Dialect::ollama && provider == Dialect::ollama &&
         dialect::ollama::only_loads(draft.body);
}

Status encode(Translation& made, chat::Request request, const dialect::EncodeHints& hints,
              const catalog::Target& target) {
  request.model = hints.model;
  apply_ending(target.ending, request);
  bound_output(target.output_tokens_max, request);
  request.stream = hints.stream;
  made.adaptation.adapt(request);
  if (dialect::is_openai(made.base->dialect) && !dialect::is_openai(request.source)) {
    adapt::name_json(request);
  }
  Result<dialect::Outbound> outbound =
      dialect::codec_for(made.base->dialect).encode_request(request, hints);
  if (!outbound) return outbound.error();
  made.outbound = *std::move(outbound);
  return Nothing{};
}

}  // namespace

const account::Base* choose_base(const account::Account& account, const catalog::Model* model,
                                 Dialect client) {
  const account::Base* own = account.find_base(client);
  if (own != nullptr && serves(model, client)) return own;
  const auto found = std::ranges::find_if(
      account.bases, [model](const account::Base& base) { return serves(model, base.dialect); });
  return found == account.bases.end() ? nullptr : &*found;
}

Result<chat::Request> decode(const Incoming& incoming, const Draft& draft) {
  Result<chat::Request> request =
      dialect::codec_for(draft.body_dialect)
          .decode_request({.path = incoming.path, .body = incoming.body});
  if (!request) return request;
  request->stream = draft.stream;
  return request;
}

Result<Translation> translate(const Incoming& incoming, const Draft& draft, const Addressee& to) {
  const account::Base* base = choose_base(*to.account, to.target->model, incoming.dialect);
  if (base == nullptr) {
    return Error(Error::Kind::bad_request,
                 to.account->flaw.empty() ? "The provider serves this model in no dialect that "
                                            "is spoken here"
                                          : to.account->flaw);
  }
  const dialect::Inbound inbound{.path = incoming.path, .body = incoming.body};
  Translation made{.outbound = {},
                   .adaptation = adapt::Adaptation(
                       quirks_of(*to.target), facts_of(to, base->dialect), *to.policies, *to.seals),
                   .base = base};
  dialect::EncodeHints hints;
  hints.model = to.target->model_id;
  hints.stream = draft.stream;
  hints.want_usage = draft.stream;
  made.adaptation.adapt(hints);
  made.provider_streams = hints.stream;
  made.byte_lane =
      draft.body_dialect == incoming.dialect &&
      (loads_model(draft, base->dialect) ||
       (to.target->ending.empty() && !to.target->output_tokens_max &&
        made.adaptation.takes_byte_lane(incoming.dialect, base->dialect, inbound, draft.body)));
  if (!made.byte_lane || made.provider_streams != draft.stream) {
    Result<chat::Request> asked = decode(incoming, draft);
    if (!asked) return asked.error();
    made.asked = *std::move(asked);
    made.refusal = refer_to_kept(*made.asked, base->dialect);
    if (made.refusal) return made;
  }
  if (made.byte_lane) {
    Result<dialect::Outbound> outbound =
        dialect::forward_request(base->dialect, inbound, draft.body, hints);
    if (!outbound) return outbound.error();
    made.outbound = *std::move(outbound);
  } else if (Status encoded =
                 encode(made, take_request(*made.asked, incoming.dialect), hints, *to.target);
             !encoded) {
    return encoded.error();
  }
  const auto& dropped = to.account->provider->dropped_members;
  const auto is_there = [&](const std::string& name) { return draft.body.find(name) != nullptr; };
  if (!made.byte_lane || std::ranges::any_of(dropped, is_there)) {
    drop_members(dropped, made.outbound.body);
  }
  return made;
}

}  // namespace omni::pipeline
