#include "adapt/adaptation.h"

#include <algorithm>
#include <utility>

#include "adapt/system_message.h"
#include "chat/collector.h"
#include "dialect/lane.h"

namespace omni::adapt {
namespace {

bool concerns(const Concern& concern, const json::Envelope& body, std::string_view text) {
  if (concern.any) return true;
  const auto there = [&](std::string_view member) {
    return !member.empty() && body.find(member) != nullptr;
  };
  return std::ranges::any_of(concern.members, there) ||
         (!concern.word.empty() && dialect::holds(text, concern.word));
}

/// Whether a step changes this request, or its reply.
bool changes(const Step& step, const json::Envelope& body, std::string_view text) {
  if (step.events != nullptr) return true;
  return step.request != nullptr && concerns(step.concern, body, text);
}

void put_system_prompt(const std::string& prompt, chat::Request& request) {
  if (prompt.empty()) return;
  request.messages.insert(request.messages.begin(), system_message(prompt));
}

}  // namespace

void EventChain::put_first(std::unique_ptr<EventFilter> filter) {
  if (filter == nullptr) return;
  first_ = filter.get();
  filters_.push_back(std::move(filter));
}

Adaptation::Adaptation(catalog::Quirks quirks, Facts facts, Policies policies, SealMemory& memory)
    : quirks_(quirks), facts_(std::move(facts)), policies_(std::move(policies)), memory_(memory) {}

bool Adaptation::takes_byte_lane(chat::Dialect client, chat::Dialect provider,
                                 const dialect::Inbound& inbound) const {
  const Result<json::Envelope> body = json::Envelope::scan(inbound.body);
  return body && takes_byte_lane(client, provider, inbound, *body);
}

bool Adaptation::takes_byte_lane(chat::Dialect client, chat::Dialect provider,
                                 const dialect::Inbound& inbound,
                                 const json::Envelope& body) const {
  if (!policies_.thinking.idle() || !policies_.system_prompt.empty()) return false;
  if (!dialect::can_forward(client, provider, inbound)) return false;
  if (!quirks_.empty() && std::ranges::any_of(steps(), [&](const Step& step) {
        return quirks_.has(step.quirk) && changes(step, body, inbound.body);
      })) {
    return false;
  }
  return !seals_matter(client, inbound);
}

/// Whether a seal in the request is another's, or one is missing that the memory has.
bool Adaptation::seals_matter(chat::Dialect client, const dialect::Inbound& inbound) const {
  const bool in_doubt =
      (memory_.knows_others(facts_.provider) && dialect::may_hold_seals(inbound.body)) ||
      (memory_.knows_calls_of(facts_.provider) && dialect::may_hold_calls(inbound.body));
  if (!in_doubt) return false;
  const Result<chat::Request> request = dialect::codec_for(client).decode_request(inbound);
  return !request || memory_.is_needed(*request, facts_.provider);
}

std::unique_ptr<chat::EventSink> Adaptation::watch_events() const {
  return watch_seals(memory_, facts_.provider);
}

void Adaptation::adapt(chat::Request& request) const {
  apply(policies_.thinking, facts_.thinking_tokens_max, request);
  put_system_prompt(policies_.system_prompt, request);
  memory_.recall(request, facts_.provider);
  for (const Step& step : steps()) {
    if (quirks_.has(step.quirk) && step.request != nullptr) step.request(request, facts_);
  }
}

void Adaptation::adapt(dialect::EncodeHints& hints) const {
  hints.seal_issuer = facts_.provider;
  hints.output_tokens_max = facts_.output_tokens_max;
  for (const Step& step : steps()) {
    if (quirks_.has(step.quirk) && step.hints != nullptr) step.hints(hints);
  }
}

// The provider's events meet the memory of seals first, the first quirk next.  What is a fence
// around the whole answer can be told once thoughts have come off.
std::unique_ptr<EventChain> Adaptation::adapt_events(const chat::Request& request,
                                                     chat::EventSink& client) const {
  auto chain = std::make_unique<EventChain>(client);
  chain->put_first(strip_fences(request, chain->first()));
  const std::span<const Step> all = steps();
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    if (!quirks_.has(step->quirk) || step->events == nullptr) continue;
    chain->put_first(step->events(request, chain->first()));
  }
  chain->put_first(note_seals(memory_, facts_.provider, chain->first()));
  return chain;
}

chat::Reply Adaptation::adapt(const chat::Request& request, const chat::Reply& reply) const {
  chat::Collector collector;
  chat::replay(reply, *adapt_events(request, collector));
  return std::move(collector).take();
}

}  // namespace omni::adapt
