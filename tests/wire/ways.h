#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/failure.h"
#include "dialect/codec.h"
#include "wire/case.h"

namespace omni::wire {

/// A client of one dialect who asks a provider of another: what goes which way.  Everything that a
/// test looks at is made by one of these members.
class Way {
 public:
  Way(const Case& scenario, chat::Dialect client, chat::Dialect provider);

  bool at_home() const { return client_ == provider_; }
  /// Why the client's request was not understood; empty if it was.
  const std::string& refusal() const { return refusal_; }
  const chat::Request& request() const { return request_; }

  /// The request as the provider gets it.
  const Result<dialect::Outbound>& sent() const { return sent_; }

  struct Answer {
    std::string text;  // for the client
    dialect::Losses losses;
    std::optional<chat::Failure> failure;  // and no reply
    chat::Reply reply;                     // as the client knows it
  };
  Answer answer(std::string_view reply) const;

  struct Told {
    std::string text;
    dialect::Losses losses;
    std::string violation;  // of the grammar
    std::optional<chat::Failure> failure;
    chat::Reply reply;
  };
  Told tell(std::string_view stream) const;

  /// A whole reply, told as a stream.
  std::string retell(const chat::Reply& reply) const;

  /// What the client reads of an error.
  std::string fail(int status, std::string_view body) const;

  dialect::ReplyStyle style() const;

 private:
  const dialect::Codec& client_codec() const { return dialect::codec_for(client_); }
  const dialect::Codec& provider_codec() const { return dialect::codec_for(provider_); }

  chat::Dialect client_, provider_;
  std::string refusal_;
  chat::Request request_;
  std::string model_;  // what the hints borrow
  std::string issuer_;
  Result<dialect::Outbound> sent_;
};

/// One event of a stream as the wire has it.
struct Frame {
  std::string event;  // of SSE
  std::string data;

  friend bool operator==(const Frame&, const Frame&) = default;
};
/// Of SSE, NDJSON or Gemini's array.
std::vector<Frame> frames_of(std::string_view stream);

/// All that comes out of a stream that was fed in these pieces.
struct Gathered {
  std::string events;
  std::string violation;
  std::optional<chat::Failure> failure;
  chat::Reply reply;
};
Gathered gather(chat::Dialect dialect, const std::vector<std::string_view>& pieces);

}  // namespace omni::wire
