#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "chat/event.h"
#include "dialect/codec.h"
#include "dialect/object_writer.h"
#include "json/reader.h"

namespace omni::dialect::ollama {

// A whole answer and the last line of a streamed one are the same object; the lines before it have
// a part of its members.

std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body);
std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses);
std::unique_ptr<StreamDecoder> stream_decoder();
std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style, std::string& out);
std::string encode_error(const chat::Failure& failure);
std::span<const LossRow* const> reply_losses();

/// A failure of the provider to keep to its dialect.
chat::Failure broken(std::string_view message);

/// The members that tell what an answer has cost.
inline constexpr std::array<std::string_view, 6> metric_keys{
    "total_duration",       "load_duration", "prompt_eval_count",
    "prompt_eval_duration", "eval_count",    "eval_duration"};

/// The members of an answer or line as they stand on the wire.  One that says nothing is absent
/// here and stands in `rest`.
struct WireLine {
  json::Value model, created_at, message, done, done_reason, error;
  std::array<json::Value, metric_keys.size()> metrics;
  json::RawMembers rest;

  static WireLine read(json::Value object);
  /// Nothing where no tokens were counted: what there is of metrics then moves to `rest`.
  std::optional<chat::Usage> take_usage();
  /// Into a form that outlives the document: created_at as it came, and what was absent.
  chat::Extras head_extras() const;
};

/// The members before the message, the same on each line of a stream.
class LineHead {
 public:
  LineHead() = default;
  LineHead(const chat::ReplyBegin& begin, const ReplyStyle& style);
  void write(ObjectWriter& line) const;

 private:
  std::optional<std::string> model_;
  std::optional<json::Raw> created_at_;
};

/// The members after the message, on the last line.
void write_end(ObjectWriter& line, const chat::Choice& choice, chat::Dialect source,
               const std::optional<chat::Usage>& usage, Losses& losses);

/// Adds members of the own dialect; of one that is there already, lists are joined.
void merge(chat::Extras& into, const chat::Extras& more);

}  // namespace omni::dialect::ollama
