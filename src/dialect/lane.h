#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dialect/codec.h"

namespace omni::dialect {

// The byte lane: for a client and a provider of the same dialect, where nothing touches the
// content. The body goes as it came, with another model's name in it; the answer flows through
// while a Tap reads along.

/// The request with the hints' model in it, its stream mode and, as hints.want_usage says, the ask
/// for usage; every other byte as it came.  Refuses what is no JSON object.  Not for a Gemini
/// client that wants its stream as one array, as providers are asked for server-sent events.
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

/// Reads a provider's stream along on its way to the client.  Passes all bytes on, save the usage
/// chunk of OpenAI Chat for a client that has not asked for it.
class Tap {
 public:
  Tap(chat::Dialect dialect, const ReplyStyle& style);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  /// Appends to `out` what goes to the client.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  const Seen& seen() const;

 private:
  class Eye;
  class UsageFilter;
  std::unique_ptr<StreamDecoder> decoder_;
  std::unique_ptr<Eye> eye_;
  std::unique_ptr<UsageFilter> filter_;  // only where there is something to leave out
};

/// The same for a whole answer, which goes to the client as it is.
Seen look_at_reply(chat::Dialect dialect, std::string_view body);

}  // namespace omni::dialect
