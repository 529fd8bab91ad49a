#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dialect/witness.h"
#include "pipeline/translate.h"

namespace omni::pipeline {

/// Reads what a provider answers and says it to the client, piece by piece: bytes in, bytes out.
/// Streams become streams and whole answers whole ones, or the one becomes the other.
class Interpreter {
 public:
  Interpreter() = default;
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;
  virtual ~Interpreter() = default;

  /// Appends to `out` what goes to the client.
  virtual void feed(std::string_view bytes, std::string& out) = 0;
  /// The provider has said all.
  virtual void finish(std::string& out) = 0;
  virtual const dialect::Seen& seen() const = 0;
  /// Appends what keeps a silent stream open.
  virtual void heartbeat(std::string& out) = 0;
  /// What could not be said to the client.
  virtual const dialect::Losses& losses() const = 0;
};

/// How the answer is to be told.
struct Telling {
  chat::Dialect client{};
  bool client_streams = false;
  bool provider_streams = false;  // as its answer says, not as it was asked
  dialect::ReplyStyle style;      // its request is set here
  /// Hears what the client is told; may be null.
  chat::EventSink* listener = nullptr;
};

/// `translation` outlives it, and has `asked` where the answer is not handed on as bytes.
std::unique_ptr<Interpreter> interpret(const Translation& translation, const Telling& telling);

/// Whether that answer can be handed on as bytes.
bool hands_on(const Translation& translation, const Telling& telling);

}  // namespace omni::pipeline
