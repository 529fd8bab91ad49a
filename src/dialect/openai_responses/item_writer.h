#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "chat/request.h"
#include "dialect/codec.h"
#include "dialect/object_writer.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {

/// What an item says beside its parts.
struct Face {
  std::string_view id;      // written where it is not empty
  std::string_view status;  // likewise, of items that have one
  const chat::Extras* extras = nullptr;
};

/// Writes items: of a request, as it came or for strangers, or of an answer.
class ItemWriter {
 public:
  struct Rules {
    chat::Dialect source{};              // of the request or the reply
    const EncodeHints* hints = nullptr;  // of a request; an answer has none
    const ToolNames* names = nullptr;    // of a request
  };

  ItemWriter(json::Writer& out, const Rules& rules, Losses& losses)
      : out_(out), rules_(rules), losses_(losses), home_(rules.source == own) {}

  /// A message of pieces, which are Text, Refusal, Media or Opaque.
  void message(chat::Role role, std::span<const chat::Part* const> pieces, const Face& face);
  /// What an assistant said, as text alone: the only form that needs neither id nor status.
  void assistant_text(std::string_view text);
  void call(const chat::Part& part, const Face& face);
  /// `freeform` where it answers a freeform call.
  enum class ResultOf : std::uint8_t { function, freeform };
  void result(const chat::Part& part, ResultOf kind, const Face& face);
  void reasoning(const chat::Part& part, const Face& face);

  /// One piece, also by itself: the part of an event.
  void piece(const chat::Part& part, chat::Role role);

  /// Whether a seal may go where this goes.
  bool keeps(const chat::Seal& seal) const;

 private:
  bool takes(const chat::Part& part);
  void text_piece(const chat::Part& part, std::string_view text, chat::Role role);
  void refusal_piece(const chat::Part& part, const chat::Refusal& refusal, chat::Role role);
  void media_piece(const chat::Part& part, const chat::Media& media);
  void image(const chat::Part& part, const chat::Media& media);
  void document(const chat::Part& part, const chat::Media& media);
  void audio(const chat::Part& part, const chat::Media& media);
  void payload(ObjectWriter& object, const chat::Media& media, std::string_view name);
  bool has_place(const chat::Media& media);
  void output(const chat::Part& part, const chat::ToolResult& result);
  void thoughts(ObjectWriter& object, std::string_view member, std::string_view type,
                std::span<const std::string> texts);
  bool stays_raw(const chat::Extras* extras, std::string_view name) const;
  void say(ObjectWriter& object, const chat::Extras* extras, std::string_view name,
           std::string_view value);
  void finish(ObjectWriter& object, const chat::Extras* extras);
  void finish_piece(ObjectWriter& object, const chat::Part& part);

  bool at_home(const chat::Part& part, std::uint32_t bit) const {
    return home_ && is_spelled(part.extras, bit);
  }

  json::Writer& out_;
  Rules rules_;
  Losses& losses_;
  bool home_;
};

}  // namespace omni::dialect::openai_responses
