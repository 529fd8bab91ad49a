#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapt/seal_memory.h"
#include "adapt/step.h"
#include "adapt/thinking_policy.h"
#include "json/envelope.h"

namespace omni::adapt {

/// What the operator has set for all requests.
struct Policies {
  ThinkingPolicy thinking;
  std::string system_prompt;  // goes before the client's own; empty: none
};

/// A row of filters that a reply's events run through on their way to the client.
class EventChain final : public chat::EventSink {
 public:
  explicit EventChain(chat::EventSink& client) : first_(&client) {}
  void on(const chat::Event& event) override { first_->on(event); }
  /// Where the filter that is put before the others passes its events on to.
  chat::EventSink& first() { return *first_; }
  void put_first(std::unique_ptr<EventFilter> filter);

 private:
  chat::EventSink* first_;
  std::vector<std::unique_ptr<EventFilter>> filters_;
};

/// All that stands between the model of a conversation and one target: the operator's policies, the
/// memory of seals and the quirks of provider and model, in that order.  Borrows the memory.
///
///     Result<chat::Request> asked = client.decode_request(inbound);
///     chat::Request request = *asked;
///     adaptation.adapt(request);
///     adaptation.adapt(hints);
///     Result<Outbound> sent = provider.encode_request(request, hints);
///
/// A reply meets the quirks of its provider before the client's names of tools.  Of a stream:
///
///     auto encoder = client.stream_encoder(ReplyStyle::of(*asked), out);
///     RestoreSink restored(sent->names, *encoder);
///     auto adapted = adaptation.adapt_events(*asked, restored);
///     decoder->feed(bytes, *adapted);
///
/// Of a whole one: decode_reply, adapt(*asked, reply), names.restore(reply), encode_reply.
class Adaptation {
 public:
  Adaptation(catalog::Quirks quirks, Facts facts, Policies policies, SealMemory& memory);

  /// Whether a request and its reply go through as bytes to a provider of that dialect: nothing
  /// touches their content, no thoughts in the conversation are sealed by somebody else, and no
  /// call lacks a seal that the memory has.
  bool takes_byte_lane(chat::Dialect client, chat::Dialect provider,
                       const dialect::Inbound& inbound, const json::Envelope& body) const;
  /// The same for a body that was not scanned yet.
  bool takes_byte_lane(chat::Dialect client, chat::Dialect provider,
                       const dialect::Inbound& inbound) const;
  /// Who listens to a reply that goes by as bytes.
  std::unique_ptr<chat::EventSink> watch_events() const;

  void adapt(chat::Request& request) const;
  void adapt(dialect::EncodeHints& hints) const;
  /// `request` is the one before it was adapted.
  std::unique_ptr<EventChain> adapt_events(const chat::Request& request,
                                           chat::EventSink& client) const;
  /// The same for a whole reply.
  chat::Reply adapt(const chat::Request& request, const chat::Reply& reply) const;

 private:
  bool seals_matter(chat::Dialect client, const dialect::Inbound& inbound) const;

  catalog::Quirks quirks_;
  Facts facts_;
  Policies policies_;
  SealMemory& memory_;
};

}  // namespace omni::adapt
