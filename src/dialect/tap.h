#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dialect/codec.h"
#include "dialect/witness.h"

namespace omni::dialect {

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
  const Seen& seen() const { return witness_.seen(); }

 private:
  class Gate;
  void break_off(std::string& out);

  chat::Dialect dialect_;
  std::int64_t now_;
  std::unique_ptr<StreamDecoder> decoder_;
  Witness witness_;
  std::unique_ptr<Gate> gate_;
  bool broken_ = false;  // the client has been told
};

/// The same for a whole answer, which goes to the client as it is.
Seen look_at_reply(chat::Dialect dialect, std::string_view body,
                   chat::EventSink* listener = nullptr);

}  // namespace omni::dialect
