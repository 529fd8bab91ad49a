// Deltas tell pieces of items early; output_item.done holds the whole item and has the last word,
// so whatever was not told by then is told from it.

#include "dialect/openai_responses/stream_items.h"

#include <utility>

#include "dialect/object_writer.h"
#include "dialect/openai_responses/item_reader.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::openai_responses {

using chat::Part;
using chat::Reasoning;
using chat::ToolCall;
using json::Kind;
using json::Value;

namespace {

constexpr std::int64_t pieces_max = 1000;  // of an item
constexpr std::size_t items_max = 1000;

/// Without what deltas bring.
Part seed_of(Part part) {
  if (auto* text = std::get_if<chat::Text>(&part.body)) text->text.clear();
  if (auto* refusal = std::get_if<chat::Refusal>(&part.body)) refusal->text.clear();
  if (auto* call = std::get_if<ToolCall>(&part.body)) {
    call->input.clear();
    part.extras.spelling &= ~spelled::empty_input;
  }
  if (auto* reasoning = std::get_if<Reasoning>(&part.body)) {
    *reasoning = {};
    part.seal.reset();
    std::erase_if(part.extras.members, [](const auto& member) {
      const std::string_view name = wire_name(member.first);
      return name == "content" || name == "summary";
    });
  }
  return part;
}

/// As it will be when the item is done.
void foresee_status(chat::Extras& extras) {
  for (auto& [name, value] : extras.members) {
    if (name == "status" && value.text() == "\"in_progress\"") {
      value = json::Raw::trusted("\"completed\"");
    }
  }
}

bool is_message(const chat::Message& message) {
  return message.parts.empty() || is_piece(message.parts.front());
}

/// A text whose beginning no event has told.
Part unannounced_text() {
  Part text;
  text.extras.members.emplace_back("annotations", json::Raw::trusted("[]"));
  return text;
}

}  // namespace

EventFields EventFields::read(Value root, std::string_view event_name) {
  EventFields fields;
  fields.type = event_name;
  fields.whole = root;
  for (const auto [key, value] : root.members()) {
    if (value.is_null()) continue;
    if (key == "delta") {
      fields.delta = value;
    } else if (key == "type") {
      fields.type = value.text();
    } else if (key == "output_index") {
      fields.index = value.integer();
    } else if (key == "content_index" || key == "summary_index") {
      fields.piece = value.integer();
    } else if (key == "text") {
      fields.text = value;
    } else if (key == "item" || key == "part") {
      fields.object = value;
    } else if (key == "response") {
      fields.response = value;
    } else if (key == "logprobs") {
      fields.logprobs = value;
    } else if (key == "annotation") {
      fields.annotation = value;
    } else if (key == "error") {
      fields.has_error = true;
    }
  }
  return fields;
}

// Finding

std::int64_t StreamItems::index_of(const EventFields& fields) {
  if (fields.index) return *fields.index;
  const auto item = items_.find(unnumbered_);
  const bool over = item != items_.end() && item->second.done;
  const bool begins = fields.type == "response.output_item.added" && item != items_.end();
  if (begins || (over && fields.type == "response.output_item.done")) ++unnumbered_;
  return unnumbered_;
}

StreamItems::Item* StreamItems::find(std::int64_t index) {
  if (last_ == nullptr || last_index_ != index) {
    if (items_.size() >= items_max && !items_.contains(index)) {
      overflowed_ = true;
      return nullptr;
    }
    last_index_ = index;
    last_ = &items_[index];
  }
  return last_->done ? nullptr : last_;
}

StreamItems::Piece* StreamItems::find_piece(Item& item, std::int64_t index) {
  if (index < 0 || index >= pieces_max) return nullptr;
  const auto number = static_cast<std::size_t>(index);
  if (number >= item.pieces.size()) item.pieces.resize(number + 1);
  return &item.pieces[number];
}

StreamItems::Piece* StreamItems::find_piece(const EventFields& fields, Item*& item) {
  item = find(fields.item);
  return item == nullptr ? nullptr : find_piece(*item, fields.piece);
}

StreamItems::Item* StreamItems::find_thoughts(std::int64_t index) {
  Item* item = find(index);
  if (item != nullptr && !item->begun) item->seed.body = Reasoning{};
  return item;
}

// Telling

/// A piece that was closed because another one began goes on as a part of its own.
void StreamItems::open(Item& item, Piece& piece, Part seed) {
  seed.extras.dialect = own;
  if (is_piece(seed)) {
    if (item.begun) {
      seed.extras.spelling |= spelled::same_item;
    } else if (!item.around.members.empty()) {
      seed.extras.members.emplace_back(item_members, object_of(item.around.members));
    }
  }
  item.begun = true;
  piece.key = next_key_++;
  sequencer_.open(0, piece.key, std::move(seed));
}

void StreamItems::tell(Item& item, Piece& piece, std::string_view text) {
  if (text.empty()) return;
  if (piece.key == 0 || !sequencer_.is_open(0, piece.key)) open(item, piece, item.seed);
  sequencer_.delta(0, piece.key, text);
  piece.told += text.size();
}

/// What of the whole text was not told.
void StreamItems::tell_rest(Item& item, Piece& piece, std::string_view text) {
  if (text.size() <= piece.told) return;
  const std::string_view rest = text.substr(piece.told);
  const bool cut_in_character = (static_cast<unsigned char>(rest.front()) & 0xC0U) == 0x80U;
  if (!cut_in_character) tell(item, piece, rest);
}

void StreamItems::tell_summary(Item& item, std::int64_t number, std::string_view text) {
  Piece* piece = find_piece(item, number);
  if (piece == nullptr || text.empty()) return;
  if (item.whole.key == 0 || !sequencer_.is_open(0, item.whole.key)) {
    open(item, item.whole, item.seed);
  }
  sequencer_.delta(0, item.whole.key, text, static_cast<int>(number));
  piece->told += text.size();
}

void StreamItems::tell_annotations(Piece& piece, const Part& whole) {
  const json::Raw* annotations = find_extra(whole.extras, "annotations");
  if (annotations == nullptr || !sequencer_.is_open(0, piece.key)) return;
  const json::ScratchReader reader;
  const Value list = reader->read(annotations->text());
  if (list.kind() != Kind::array) return;
  std::size_t number = 0;
  std::string rest;
  for (const Value annotation : list.items()) {
    if (number++ < piece.annotations) continue;
    rest.append(rest.empty() ? "[" : ",").append(annotation.slice());
  }
  if (rest.empty()) return;
  aside("annotations", rest + "]");
  piece.annotations = number;
}

void StreamItems::aside(std::string_view name, std::string_view value) {
  std::string object;
  json::Writer out(object);
  out.begin_object().key(name).raw(value).end_object();
  sequencer_.aside(0, own, object);
}

// Messages

void StreamItems::on_added(const EventFields& fields) {
  if (!fields.object) return;
  // Some providers count all of their items as the first.
  if (const auto old = items_.find(fields.item); old != items_.end() && old->second.done) {
    old->second = {};
  }
  Item* item = find(fields.item);
  if (item == nullptr || item->begun) return;
  chat::Message message = read_item(fields.object, Side::output);
  foresee_status(message.extras);
  if (is_message(message)) {
    item->around = std::move(message.extras);
    return;
  }
  Part& part = message.parts.front();
  if (std::holds_alternative<chat::Opaque>(part.body)) return;  // told when it is done
  item->seed = seed_of(std::move(part));
  item->seed.extras.members = std::move(message.extras.members);
  open(*item, item->whole, item->seed);
}

void StreamItems::on_piece_added(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || piece->key != 0 || !fields.object) return;
  if (std::holds_alternative<Reasoning>(item->seed.body)) return;
  const Part part = read_content_part(fields.object, chat::Role::assistant);
  if (!std::holds_alternative<chat::Opaque>(part.body)) open(*item, *piece, seed_of(part));
}

void StreamItems::on_piece_done(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || piece->key == 0 || !fields.object) return;
  const Part part = read_content_part(fields.object, chat::Role::assistant);
  tell_rest(*item, *piece, text_of(part));
  tell_annotations(*piece, part);
  sequencer_.close(0, piece->key);
}

void StreamItems::on_text(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || !fields.delta) return;
  if (piece->key == 0) open(*item, *piece, unannounced_text());
  if (fields.logprobs.kind() == Kind::array && fields.logprobs.slice() != "[]") {
    aside("logprobs", fields.logprobs.slice());
  }
  tell(*item, *piece, fields.delta.text());
}

void StreamItems::on_text_done(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || !fields.text) return;
  if (piece->key == 0) open(*item, *piece, unannounced_text());
  tell_rest(*item, *piece, fields.text.text());
}

void StreamItems::on_refusal(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || !fields.delta) return;
  if (piece->key == 0) {
    Part refusal;
    refusal.body = chat::Refusal{};
    open(*item, *piece, std::move(refusal));
  }
  tell(*item, *piece, fields.delta.text());
}

void StreamItems::on_annotation(const EventFields& fields) {
  Item* item = nullptr;
  Piece* piece = find_piece(fields, item);
  if (piece == nullptr || !fields.annotation) return;
  std::string list = "[";
  list.append(fields.annotation.slice()).push_back(']');
  aside("annotations", list);
  ++piece->annotations;
}

// Thoughts and calls

/// Further texts of the same thoughts are paragraphs.
void StreamItems::on_thought(const EventFields& fields) {
  Item* item = find_thoughts(fields.item);
  Piece* piece = item == nullptr ? nullptr : find_piece(*item, fields.piece);
  if (piece == nullptr || !fields.delta) return;
  if (!std::exchange(piece->begun, true) && item->whole.told > 0) {
    tell(*item, item->whole, "\n\n");
  }
  tell(*item, item->whole, fields.delta.text());
}

void StreamItems::on_thought_done(const EventFields& fields) {
  Item* item = find_thoughts(fields.item);
  if (item == nullptr || !fields.text || fields.piece != 0) return;
  tell_rest(*item, item->whole, fields.text.text());
}

void StreamItems::on_summary(const EventFields& fields) {
  Item* item = find_thoughts(fields.item);
  if (item != nullptr && fields.delta) tell_summary(*item, fields.piece, fields.delta.text());
}

void StreamItems::on_summary_done(const EventFields& fields) {
  Item* item = find_thoughts(fields.item);
  const Piece* piece = item == nullptr ? nullptr : find_piece(*item, fields.piece);
  if (piece == nullptr || !fields.text) return;
  const std::string_view text = fields.text.text();
  if (text.size() > piece->told) tell_summary(*item, fields.piece, text.substr(piece->told));
}

void StreamItems::on_call(const EventFields& fields) {
  Item* item = find(fields.item);
  if (item == nullptr || !fields.delta || item->whole.key == 0) return;  // its name is not known
  tell(*item, item->whole, fields.delta.text());
}

// The whole item

void StreamItems::finish(std::int64_t index, Value object) {
  Item* item = find(index);
  if (item == nullptr || !object) return;
  chat::Message message = read_item(object, Side::output);
  const bool says_nothing = message.parts.empty() && !item->begun;
  if (is_message(message) && !says_nothing) {
    finish_message(*item, std::move(message));
  } else {
    std::vector<Part> parts;
    append_output_item(object, parts);
    finish_single(*item, parts.front());
  }
  *item = {};
  item->done = true;
}

void StreamItems::finish_message(Item& item, chat::Message message) {
  if (!item.begun) item.around = std::move(message.extras);
  std::int64_t number = 0;
  for (Part& part : message.parts) {
    Piece* piece = find_piece(item, number++);
    if (piece == nullptr) return;
    const std::string text = text_of(part);
    if (piece->key == 0) open(item, *piece, seed_of(part));
    tell_rest(item, *piece, text);
    tell_annotations(*piece, part);
    sequencer_.close(0, piece->key);
  }
}

void StreamItems::finish_single(Item& item, const Part& part) {
  if (item.whole.key == 0) {
    item.seed = seed_of(part);
    open(item, item.whole, item.seed);
  }
  if (const auto* reasoning = std::get_if<Reasoning>(&part.body)) {
    tell_rest(item, item.whole, reasoning->text);
    for (std::size_t i = 0; i < reasoning->summary.size(); ++i) {
      const auto number = static_cast<std::int64_t>(i);
      const Piece* told = find_piece(item, number);
      const std::string_view text = reasoning->summary[i];
      if (told == nullptr) break;
      if (text.size() > told->told) tell_summary(item, number, text.substr(told->told));
    }
  } else {
    tell_rest(item, item.whole, text_of(part));
  }
  sequencer_.close(0, item.whole.key, part.seal ? &*part.seal : nullptr);
}

void StreamItems::finish_all(Value output) {
  if (output.kind() != Kind::array) return;
  const bool told_nothing = items_.empty();
  std::int64_t index = 0;
  for (const Value item : output.items()) {
    if (told_nothing || items_.contains(index)) finish(index, item);
    ++index;
  }
}

}  // namespace omni::dialect::openai_responses
