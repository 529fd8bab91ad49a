#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chat/request.h"
#include "chat/sequencer.h"
#include "json/reader.h"

namespace omni::dialect::openai_responses {

/// The members of all events of a stream, as far as they matter.  Borrows from the reader.
struct EventFields {
  std::string_view type;
  std::optional<std::int64_t> index;
  std::int64_t item = 0;   // output_index, also where it was left out
  std::int64_t piece = 0;  // content_index or summary_index
  json::Value whole, delta, text, object, response, annotation, logprobs;
  bool has_error = false;

  static EventFields read(json::Value root, std::string_view event_name);
};

/// Tells the items of a stream: pieces as they come, and of the whole item whatever no piece has
/// told.  One function for each kind of event.
class StreamItems {
 public:
  explicit StreamItems(chat::Sequencer& sequencer) : sequencer_(sequencer) {}

  void on_added(const EventFields& fields);
  void on_done(const EventFields& fields) { finish(fields.item, fields.object); }
  void on_piece_added(const EventFields& fields);
  void on_piece_done(const EventFields& fields);
  void on_text(const EventFields& fields);
  void on_text_done(const EventFields& fields);
  void on_refusal(const EventFields& fields);
  void on_annotation(const EventFields& fields);
  void on_thought(const EventFields& fields);
  void on_thought_done(const EventFields& fields);
  void on_summary(const EventFields& fields);
  void on_summary_done(const EventFields& fields);
  void on_call(const EventFields& fields);

  /// Some leave the numbers of items out: then each begins when the one before it is done.
  std::int64_t index_of(const EventFields& fields);
  /// From the answer's last word, which repeats all items: those that were begun and not ended, or
  /// all if no event has told of any.
  void finish_all(json::Value output);

  /// There were more items than an answer may have: it must fail.
  bool overflowed() const { return overflowed_; }

 private:
  /// What was told of a piece of an item.
  struct Piece {
    chat::Sequencer::Key key = 0;  // 0: nothing yet
    std::size_t told = 0;
    std::size_t annotations = 0;
    bool begun = false;
  };
  struct Item {
    chat::Part seed;      // of what is no message
    chat::Extras around;  // of a message
    std::vector<Piece> pieces;
    Piece whole;  // of what is no message; summaries are pieces that share its key
    bool begun = false;
    bool done = false;
  };

  /// Nothing if there are too many or the item is done.
  Item* find(std::int64_t index);
  Piece* find_piece(Item& item, std::int64_t index);
  Piece* find_piece(const EventFields& fields, Item*& item);
  /// An item of thoughts, also where nothing has announced it.
  Item* find_thoughts(std::int64_t index);

  void open(Item& item, Piece& piece, chat::Part seed);
  void tell(Item& item, Piece& piece, std::string_view text);
  void tell_rest(Item& item, Piece& piece, std::string_view text);
  void tell_summary(Item& item, std::int64_t number, std::string_view text);
  void tell_annotations(Piece& piece, const chat::Part& whole);
  void aside(std::string_view name, std::string_view value);
  void finish(std::int64_t index, json::Value object);
  void finish_message(Item& item, chat::Message message);
  void finish_single(Item& item, const chat::Part& part);

  chat::Sequencer& sequencer_;
  chat::Sequencer::Key next_key_ = 1;
  std::unordered_map<std::int64_t, Item> items_;
  std::int64_t last_index_ = -1;
  Item* last_ = nullptr;
  std::int64_t unnumbered_ = 0;
  bool overflowed_ = false;
};

}  // namespace omni::dialect::openai_responses
