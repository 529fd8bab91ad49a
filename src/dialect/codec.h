#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "chat/event.h"
#include "chat/request.h"
#include "dialect/loss.h"
#include "dialect/tool_names.h"

namespace omni::dialect {

using Header = std::pair<std::string, std::string>;

/// What a client sent, as far as its dialect matters: the path with its query, for Gemini says the
/// model and the action there, and the body.
struct Inbound {
  std::string_view path;
  std::string_view body;
};

/// A body and where to send it: everything about a call that depends on the dialect.
struct Outbound {
  std::string path;  // after the provider's base address: "/chat/completions"
  std::vector<Header> headers;
  std::string body;
  Losses losses;
  ToolNames names;  // gives the answer's tool calls back the names that the client knows
};

/// Facts about the chosen model that shape the outgoing request.
struct EncodeHints {
  std::string_view model;  // the name that the provider knows; empty: as in the request
  /// Who gets the request: only its own seals go to it.  The provider's id, and for OpenAI
  /// Responses, where a seal opens for the account alone that it was made for, the account's.
  std::string_view seal_issuer;
  bool stream = false;
  bool want_usage = false;   // ask for the usage of a stream where the dialect makes one ask
  bool web_search = false;   // the provider can search the web by itself
  bool cache_marks = false;  // an OpenAI Chat provider that takes cache_control on parts
  bool completion_token_limit = false;  // an OpenAI Chat model that wants max_completion_tokens
  bool clean_schemas = true;            // a Gemini model that takes only a subset of JSON Schema
  bool adaptive_thinking = false;       // an Anthropic model that decides how much it thinks
  bool thinking_levels = false;  // a Gemini model that is told an effort, not a budget: from 3 on
  bool json_with_tools = false;  // a Gemini model that takes functions and a schema of the answer
  bool safety_filters_off = false;     // a Gemini provider whose filters stop code that is harmless
  std::int64_t output_tokens_max = 0;  // what the model can answer at most; 0: not known
};

/// Hears of every item of an answer that a client may name later instead of sending it.
class ItemSink {
 public:
  ItemSink() = default;
  ItemSink(const ItemSink&) = delete;
  ItemSink& operator=(const ItemSink&) = delete;
  virtual ~ItemSink() = default;
  virtual void on_item(std::string_view id, std::string_view item) = 0;
};

/// Facts about the client that shape the reply it reads.  Codecs have no clock and no chance, so
/// the caller brings an id and the time for providers that give none.
struct ReplyStyle {
  std::string_view model;                  // empty: as the provider reported it
  std::string_view id;                     // 24 letters and digits, used where the reply has no id
  std::int64_t now = 0;                    // seconds since 1970
  const chat::Request* request = nullptr;  // for dialects that echo it; outlives the encoder
  bool include_usage = false;              // as Request::stream_usage
  bool json_array = false;                 // Gemini without alt=sse
  std::int64_t events_told = 0;            // of a stream that goes on, where events are numbered
  ItemSink* items = nullptr;               // of OpenAI Responses: those that the provider lacks

  /// As this request asks for.
  static ReplyStyle of(const chat::Request& request);
};

/// Bytes of a provider's stream in, events out.  Owns its framing, so any split of the same bytes
/// gives the same events.  Always ends the reply: with ReplyEnd, or with ReplyFailed for what is
/// broken, cut off or too long.  Tells nothing after that.
class StreamDecoder {
 public:
  StreamDecoder() = default;
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;
  virtual ~StreamDecoder() = default;
  virtual void feed(std::string_view bytes, chat::EventSink& sink) = 0;
  /// The provider has closed the stream.
  virtual void finish(chat::EventSink& sink) = 0;
};

/// Events in, bytes for the client appended to the string that it was made with, which the owner
/// empties as he sends.
class StreamEncoder : public chat::EventSink {
 public:
  /// Appends what keeps a silent stream open; nothing where the dialect has nothing for it.
  virtual void heartbeat() = 0;
  /// What could not be told so far.
  virtual const Losses& losses() const = 0;
};

/// One wire dialect, both directions.  Pure: no I/O, no clock, no state between calls.
class Codec {
 public:
  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;
  virtual chat::Dialect dialect() const = 0;

  virtual Result<chat::Request> decode_request(const Inbound& inbound) const = 0;
  /// A request of the same dialect is written as it came, member for member; one of another dialect
  /// is arranged as this one wants it, and what finds no place is declared.
  virtual Result<Outbound> encode_request(const chat::Request& request,
                                          const EncodeHints& hints) const = 0;

  /// Of an answer with a good status, which may still say that it failed.
  virtual std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) const = 0;
  virtual std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style,
                                   Losses& losses) const = 0;

  virtual std::unique_ptr<StreamDecoder> stream_decoder() const = 0;
  virtual std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style,
                                                        std::string& out) const = 0;

  /// Of any body that came with a status that is not good, also of none or of HTML.
  virtual chat::Failure decode_error(int status, std::string_view body) const = 0;
  virtual std::string encode_error(const chat::Failure& failure) const = 0;

  /// What encode_request may declare, and what encode_reply and the stream encoder may.
  virtual std::span<const LossRow* const> request_losses() const = 0;
  virtual std::span<const LossRow* const> reply_losses() const = 0;
};

const Codec& codec_for(chat::Dialect dialect);

}  // namespace omni::dialect
