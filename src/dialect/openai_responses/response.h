#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "chat/event.h"
#include "dialect/codec.h"
#include "dialect/openai_responses/item_writer.h"

namespace omni::dialect::openai_responses {

/// What all response objects of an answer have in common.
struct ResponseFace {
  chat::Dialect source{};  // of the reply
  std::string id, model;
  std::string seed;  // of the ids of items and calls that have none
  std::int64_t created = 0;
  chat::Extras members;  // at home those of the provider, else the echo of the request

  /// Declares members that only another dialect has.
  static ResponseFace of(const chat::ReplyBegin& begin, const ReplyStyle& style, Losses& losses);
  bool home() const { return source == own; }
  /// Members that are known later than others.
  void update(const chat::Extras& later);
};

/// In what they differ.
struct ResponseState {
  std::string_view status;  // not written if empty
  std::string_view reason;  // why it is incomplete
  std::string_view output = "[]";
  std::string_view output_text;
  const chat::Usage* usage = nullptr;
  const chat::Failure* failure = nullptr;
};
void write_response(json::Writer& out, const ResponseFace& face, const ResponseState& state);

/// Nothing where the object counts nothing.
std::optional<chat::Usage> read_usage(json::Value usage);
void write_usage(json::Writer& out, const chat::Usage& usage);

/// The words for an ending; the provider's own one where it says the same.
Ending ending_for(chat::Finish finish, std::string_view own_word);

/// Writes the items of an answer.  An item is a message of pieces that belong together, or one part
/// of any other kind.  Borrows all it is made with.
class OutputWriter {
 public:
  OutputWriter(const ResponseFace& face, const chat::Request* request, Losses& losses)
      : face_(face), request_(request), losses_(losses) {}

  /// Whether there is a place for the part; declares it if not.
  bool takes(const chat::Part& part);
  /// Whether the part goes on with the message of the one before it.
  bool goes_on(const chat::Part& part) const;
  /// Whether a call lacks its id, or takes text and does not know it; and what it lacks.
  bool is_complete(const chat::Part& part) const;
  void complete(chat::Part& part, int index) const;

  /// The provider's, or one made from the answer's id and the item's number.
  std::string id_of(const chat::Part& first, int index) const;

  enum class Stage : std::uint8_t { begun, done, cut };
  /// Without an id it is written as the provider gave it.
  void write(json::Writer& out, std::span<const chat::Part* const> parts, std::string_view id,
             Stage stage);

 private:
  bool wants_text(const chat::ToolCall& call) const;

  const ResponseFace& face_;
  const chat::Request* request_;
  Losses& losses_;
};

}  // namespace omni::dialect::openai_responses
