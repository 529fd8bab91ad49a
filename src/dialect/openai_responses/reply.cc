// Whole answers; see response.cc for their shape.

#include <algorithm>
#include <utility>

#include "dialect/openai_responses/item_reader.h"
#include "dialect/openai_responses/response.h"
#include "dialect/openai_responses/response_reader.h"
#include "dialect/openai_responses/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::Choice;
using chat::Failure;
using chat::Finish;
using chat::Part;
using chat::Reply;
using json::Kind;
using json::Value;

namespace {

bool calls_client(const Choice& choice) {
  return std::any_of(choice.parts.begin(), choice.parts.end(), [](const Part& part) {
    const auto* call = std::get_if<chat::ToolCall>(&part.body);
    return call != nullptr && call->runner == chat::ToolCall::Runner::client;
  });
}

Reply to_reply(const ResponseParts& read) {
  Reply reply;
  reply.source = own;
  reply.id = read.id;
  reply.model = read.model;
  reply.created = read.created;
  reply.extras = read.extras;
  reply.usage = read_usage(read);
  if (!reply.usage && read.usage) keep(reply.extras, "usage", read.usage);
  Choice& choice = reply.choices.emplace_back();
  choice.extras.dialect = own;
  for (const Value item : read.output.items()) append_output_item(item, choice.parts);
  const EndingWord ending = read_ending(read);
  choice.finish = ending.finish;
  choice.finish_word = ending.word;
  if (!read.status) choice.extras.spelling |= spelled::no_status;
  if (choice.finish == Finish::stop && calls_client(choice)) choice.finish = Finish::tool_calls;
  if (!ending.plain) keep(reply.extras, "incomplete_details", read.incomplete_details);
  return reply;
}

/// The items of one choice, and the text in them.
class Output {
 public:
  Output(const ResponseFace& face, const ReplyStyle& style, Losses& losses)
      : face_(face), writer_(face, style.request, losses), listener_(style.items) {}

  void add(const std::vector<Part>& parts, bool cut) {
    std::vector<const Part*> item;
    for (const Part& part : parts) {
      if (!writer_.takes(part)) continue;
      if (!item.empty() && !writer_.goes_on(part)) {
        flush(item, OutputWriter::Stage::done);
      }
      item.push_back(&part);
    }
    const bool marks_cut = cut && !face_.home();
    flush(item, marks_cut ? OutputWriter::Stage::cut : OutputWriter::Stage::done);
    items_.push_back(']');
  }

  std::string_view items() const { return items_; }
  std::string_view text() const { return text_; }

 private:
  void flush(std::vector<const Part*>& item, OutputWriter::Stage stage) {
    if (item.empty()) return;
    const Part* first = item.front();
    Part completed;
    if (!writer_.is_complete(*first)) {
      completed = *first;
      writer_.complete(completed, count_);
      first = item.front() = &completed;
    }
    if (!face_.home()) {
      if (const auto* text = std::get_if<chat::Text>(&first->body)) text_ += text->text;
    }
    if (count_ > 0) items_.push_back(',');
    const std::size_t start = items_.size();
    json::Writer out(items_);
    const std::string id = face_.home() ? std::string() : writer_.id_of(*first, count_);
    writer_.write(out, item, id, stage);
    if (listener_ != nullptr && !id.empty()) {
      listener_->on_item(id, std::string_view(items_).substr(start));
    }
    ++count_;
    item.clear();
  }

  const ResponseFace& face_;
  OutputWriter writer_;
  ItemSink* const listener_;
  std::string items_ = "[";
  std::string text_;
  int count_ = 0;
};

}  // namespace

std::variant<Reply, Failure> decode_reply(std::string_view body) {
  const json::ScratchReader reader;
  const Value root = reader->read(body, Error::Kind::upstream);
  Failure broken;
  broken.status = 502;
  if (root.kind() != Kind::object) {
    broken.message = "Invalid JSON response from provider";
    return broken;
  }
  const ResponseParts read = read_response(root);
  if (const std::optional<Failure> failure = read_response_failure(read)) return *failure;
  if (read.output.kind() != Kind::array) {
    broken.message = "Provider returned empty content";
    return broken;
  }
  Reply reply = to_reply(read);
  if (Status finished = reader->finish(); !finished) {
    broken.message = finished.error().message();
    return broken;
  }
  return reply;
}

std::string encode_reply(const Reply& reply, const ReplyStyle& style, Losses& losses) {
  ResponseFace face = ResponseFace::of(
      {reply.source, reply.id, reply.model, reply.created, &reply.extras}, style, losses);
  if (reply.choices.size() > 1) losses.add(loss::extra_choices);
  const Choice nothing;
  const Choice& choice = reply.choices.empty() ? nothing : reply.choices.front();
  face.home() ? face.update(choice.extras) : declare_foreign(choice.extras, own, losses);

  const bool cut = choice.finish == Finish::length || choice.finish == Finish::content_filter;
  if (choice.finish == Finish::paused) losses.add(loss::finish_reason, "paused");
  Output output(face, style, losses);
  output.add(choice.parts, cut);
  const Ending ending =
      ending_for(choice.finish, face.home() ? std::string_view(choice.finish_word) : "");
  ResponseState state;
  if (!is_spelled(choice.extras, spelled::no_status)) state.status = ending.status;
  state.reason = ending.reason;
  state.output = output.items();
  state.output_text = output.text();
  state.usage = reply.usage ? &*reply.usage : nullptr;

  std::string body;
  body.reserve(output.items().size() + output.text().size() + 2048);
  json::Writer out(body);
  write_response(out, face, state);
  return body;
}

}  // namespace omni::dialect::openai_responses
