#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dialect/anthropic/blocks.h"
#include "dialect/anthropic/request.h"
#include "dialect/turns.h"

namespace omni::dialect::anthropic {

/// Writes `system` and `messages`: at home as they came, abroad as turns in which the user has the
/// first word and each side speaks once.
class Conversation {
 public:
  Conversation(const Encoding& encoding, BlockWriter& blocks);

  /// What of it forbids thinking.
  Obstacles obstacles() const;
  /// `words` are for the model to read as well; they may be empty.
  void write(ObjectWriter& root, std::string_view words);

 private:
  void system_at_home(ObjectWriter& root);
  void messages_at_home(ObjectWriter& root);
  void content_at_home(ObjectWriter& object, const chat::Message& message);

  void system_abroad(ObjectWriter& root, std::string_view words);
  void messages_abroad(ObjectWriter& root);
  void assistant(const Turn& turn, std::string_view (*cut)(std::string_view));
  void open(chat::Role role);
  void close();

  bool accepts_seal(const chat::Part& part) const;
  bool is_bare_call(const std::vector<const chat::Part*>& parts) const;

  /// Whether a part may be written; if not, declares what is lost.
  bool takes(const chat::Part& part);
  bool takes(const chat::Media& media);
  void part(const chat::Part& part);
  void parts(const std::vector<chat::Part>& parts);
  void text(const chat::Part& part, std::string_view text);
  void media(const chat::Part& part, const chat::Media& media);
  void call(const chat::Part& part, const chat::ToolCall& call);
  void result(const chat::Part& part, const chat::ToolResult& result);
  void result_content_at_home(ObjectWriter& block, const chat::Part& part);
  void result_content_abroad(ObjectWriter& block, const chat::ToolResult& result);
  std::string id(std::string_view id);

  const Encoding& encoding_;
  BlockWriter& blocks_;
  const bool home_;
  std::size_t head_ = 0;  // at home: messages that go to `system`
  std::optional<Turns> turns_;
  std::vector<const chat::Part*> behind_results_;  // media that may not stand in them
  std::optional<chat::Role> open_;                 // whose turn is being written
  bool begun_ = false;
};

}  // namespace omni::dialect::anthropic
