#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dialect/codec.h"

namespace omni::dialect {

// The byte lane: for a client and a provider of the same dialect, where nothing touches the
// content. The body goes as it came, with another model's name in it; the answer flows through
// while a Tap reads along.

/// Whether the dialects leave the byte lane open: they are the same, and it is no Gemini client
/// that wants its stream as one array, for providers are asked for server-sent events.
bool can_forward(chat::Dialect client, chat::Dialect provider, const Inbound& inbound);

/// Whether there may be a seal, or the call of a tool, in a body of any dialect.  A glance: false
/// is certain.
bool may_hold_seals(std::string_view body);
bool may_hold_calls(std::string_view body);

/// The request with the hints' model in it, its stream mode and, as the hints say, the ask for
/// usage and the newer name of the limit; every other byte as it came.  Refuses what is no JSON
/// object.
Result<Outbound> forward_request(chat::Dialect dialect, const Inbound& inbound,
                                 const EncodeHints& hints);

/// What a Tap has seen.
struct Seen {
  std::optional<chat::Usage> usage;
  std::optional<chat::Finish> finish;  // of the first choice
  std::optional<chat::Failure> failure;
  std::string model;
  bool content = false;  // something that a client can use has come
  bool ended = false;
};

/// Reads a provider's stream along on its way to the client.  Passes every frame on as it came and
/// as soon as it is whole, save the usage chunk of OpenAI Chat for a client that has not asked for
/// it.  A stream that breaks off ends with the dialect's own word for a failure, in the place of
/// the frame that had begun.
class Tap {
 public:
  /// `listener` hears the reply's events as well: a memory of seals, say.
  Tap(chat::Dialect dialect, const ReplyStyle& style, chat::EventSink* listener = nullptr);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  /// Appends to `out` what goes to the client.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  const Seen& seen() const;

 private:
  class Eye;
  class Gate;
  void break_off(std::string& out);

  chat::Dialect dialect_;
  std::int64_t now_;
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<Eye> eye_;
  std::unique_ptr<Gate> gate_;
  bool broken_ = false;  // the client has been told
};

/// The same for a whole answer, which goes to the client as it is.
Seen look_at_reply(chat::Dialect dialect, std::string_view body,
                   chat::EventSink* listener = nullptr);

}  // namespace omni::dialect
