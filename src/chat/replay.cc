#include <cstddef>
#include <string>
#include <utility>

#include "chat/collector.h"
#include "json/writer.h"

namespace omni::chat {
namespace {

/// Tells one choice of a reply.
class Replay {
 public:
  Replay(const Choice& choice, int number, EventSink& sink)
      : choice_(choice), number_(number), sink_(sink) {}

  void tell(Dialect source) {
    for (const Part& part : choice_.parts) {
      std::visit([&](const auto& body) { tell(part, body); }, part.body);
      ++part_;
    }
    if (!choice_.extras.members.empty()) tell_extras(source);
    const bool home = choice_.extras.dialect == source;
    sink_.on(ChoiceEnd{number_, choice_.finish, choice_.finish_word, choice_.stop_sequence,
                       home ? choice_.extras.spelling : 0});
  }

 private:
  void tell(const Part& part, const Text& text) {
    begin(part, Text{}, SealAt::end);
    delta(text.text);
    end(part, SealAt::end);
  }

  void tell(const Part& part, const Refusal& refusal) {
    begin(part, Refusal{}, SealAt::end);
    delta(refusal.text);
    end(part, SealAt::end);
  }

  void tell(const Part& part, const Reasoning& reasoning) {
    const SealAt seal = reasoning.redacted ? SealAt::begin : SealAt::end;
    begin(part, Reasoning{.text = {}, .summary = {}, .redacted = reasoning.redacted}, seal);
    delta(reasoning.text);
    for (std::size_t i = 0; i < reasoning.summary.size(); ++i)
      sink_.on(PartDelta{number_, part_, reasoning.summary[i], static_cast<int>(i)});
    end(part, seal);
  }

  void tell(const Part& part, const ToolCall& call) {
    ToolCall seed{call.id, call.space, call.name, {}, call.form, call.runner};
    begin(part, std::move(seed), SealAt::begin);
    delta(call.input);
    end(part, SealAt::begin);
  }

  /// What comes whole.
  template <class Body>
  void tell(const Part& part, const Body& /*body*/) {
    sink_.on(PartBegin{number_, part_, part});
    end(part, SealAt::begin);
  }

  enum class SealAt : bool { begin, end };

  template <class Body>
  void begin(const Part& part, Body seed_body, SealAt seal) {
    Part seed{std::move(seed_body), {}, part.cache_control, part.extras};
    if (seal == SealAt::begin) seed.seal = part.seal;
    sink_.on(PartBegin{number_, part_, seed});
  }

  void delta(std::string_view text) {
    if (!text.empty()) sink_.on(PartDelta{number_, part_, text});
  }

  void end(const Part& part, SealAt seal) {
    const bool here = seal == SealAt::end && part.seal.has_value();
    sink_.on(PartEnd{number_, part_, here ? &*part.seal : nullptr});
  }

  void tell_extras(Dialect source) {
    std::string object;
    json::Writer writer(object);
    writer.begin_object();
    for (const auto& [key, value] : choice_.extras.members) writer.key(key).raw(value);
    writer.end_object();
    if (choice_.extras.dialect == source) sink_.on(Aside{number_, -1, source, object});
  }

  const Choice& choice_;
  int number_;
  int part_ = 0;
  EventSink& sink_;
};

}  // namespace

void replay(const Reply& reply, EventSink& sink) {
  sink.on(ReplyBegin{reply.source, reply.id, reply.model, reply.created, &reply.extras});
  if (reply.usage) sink.on(UsageSoFar{*reply.usage});
  int number = 0;
  for (const Choice& choice : reply.choices) Replay(choice, number++, sink).tell(reply.source);
  sink.on(ReplyEnd{});
}

}  // namespace omni::chat
