// {"model": "…", "created_at": "2023-08-04T19:22:45.499127Z", "message": {…}, "done": true,
//  "done_reason": "stop" | "length", "total_duration": <ns>, "load_duration": <ns>,
//  "prompt_eval_count": <tokens>, "prompt_eval_duration": <ns>, "eval_count": <tokens>,
//  "eval_duration": <ns>}

#include "dialect/ollama/reply.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/strings.h"
#include "dialect/error_body.h"
#include "dialect/ollama/message.h"
#include "dialect/ollama/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::ollama {
namespace {

using chat::Choice;
using chat::Finish;
using chat::Usage;

struct Slot {
  std::string_view key;
  json::Value WireLine::*value;
};
constexpr std::array slots{
    Slot{"model", &WireLine::model},     Slot{"created_at", &WireLine::created_at},
    Slot{"message", &WireLine::message}, Slot{"done", &WireLine::done},
    Slot{"error", &WireLine::error},     Slot{"done_reason", &WireLine::done_reason}};

json::Value* slot_of(WireLine& line, std::string_view key) {
  for (const Slot& slot : slots) {
    if (slot.key == key) return &(line.*slot.value);
  }
  for (std::size_t i = 0; i < metric_keys.size(); ++i) {
    if (metric_keys[i] == key) return &line.metrics[i];
  }
  return nullptr;
}

/// The model has the seconds of it, so it is not lost abroad.
constexpr std::string_view created_at_as_it_came = "#created_at";

std::int64_t count(json::Value value) { return std::max<std::int64_t>(value.integer(), 0); }

void read_message(json::Value object, Choice& choice) {
  WireMessage wire = WireMessage::read(object);
  choice.extras.dialect = own;
  if (!wire.content) choice.extras.spelling |= content_absent;
  if (wire.role.text() != "assistant") choice.extras.spelling |= role_absent;
  for (const auto& [key, value] : {std::pair{"role", wire.role},
                                   {"tool_name", wire.tool_name},
                                   {"tool_call_id", wire.tool_call_id}}) {
    if (value && value.slice() != "\"assistant\"") wire.rest.emplace_back(key, value.raw());
  }
  if (wire.thinking)
    choice.parts.emplace_back().body = chat::Reasoning{std::string(wire.thinking.text()), {}};
  if (wire.content && !holds_nothing(wire.content))
    choice.parts.emplace_back().body = chat::Text{std::string(wire.content.text())};
  for (const json::Value image : wire.images.items()) choice.parts.push_back(read_image(image));
  for (const json::Value call : wire.tool_calls.items()) choice.parts.push_back(read_call(call));
  keep_inner(own, choice.extras, "message", wire.rest);
}

bool is_call(const chat::Part& part) { return std::holds_alternative<chat::ToolCall>(part.body); }

/// Two lists as one; the first alone if it is none.
json::Raw joined(std::string_view list, std::string_view more) {
  const auto inside = [](std::string_view text) { return trim(text.substr(1, text.size() - 2)); };
  std::string out(list);
  if (!list.starts_with('[') || inside(more).empty()) return json::Raw::trusted(std::move(out));
  out.pop_back();
  if (!inside(list).empty()) out.push_back(',');
  return json::Raw::trusted(std::move(out.append(inside(more)).append("]")));
}

Choice read_choice(WireLine& line) {
  Choice choice;
  read_message(line.message, choice);
  if (!line.done) choice.extras.spelling |= done_absent;
  if (!line.done_reason) choice.extras.spelling |= done_reason_absent;
  choice.finish_word = line.done_reason.text();
  choice.finish = finish_of(choice.finish_word);
  if (choice.finish == Finish::stop && std::ranges::any_of(choice.parts, is_call))
    choice.finish = Finish::tool_calls;
  for (auto& member : line.rest) choice.extras.members.push_back(std::move(member));
  return choice;
}

}  // namespace

chat::Failure broken(std::string_view message) {
  chat::Failure failure;
  failure.status = 502;
  failure.message = message;
  return failure;
}

WireLine WireLine::read(json::Value object) {
  WireLine line;
  for (const auto [key, value] : object.members()) {
    json::Value* const slot = slot_of(line, key);
    const bool unsaid = value.is_null() || (slot == &line.done_reason && holds_nothing(value));
    if (slot != nullptr && !unsaid) {
      *slot = value;
    } else {
      line.rest.emplace_back(extra_name(key), value.raw());
    }
  }
  return line;
}

std::optional<Usage> WireLine::take_usage() {
  const auto [total, load, prompt, prompt_time, eval, eval_time] = metrics;
  json::RawMembers members;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (metrics[i]) members.emplace_back(metric_keys[i], metrics[i].raw());
  }
  if (!prompt && !eval) {
    rest.insert(rest.end(), members.begin(), members.end());
    return std::nullopt;
  }
  Usage usage;
  usage.input_fresh = count(prompt);
  usage.output_text = count(eval);
  usage.wire = chat::Opaque{own, object_of(members)};
  return usage;
}

chat::Extras WireLine::head_extras() const {
  chat::Extras extras;
  extras.dialect = own;
  if (!model) extras.spelling |= model_absent;
  if (created_at) {
    extras.members.emplace_back(created_at_as_it_came, created_at.raw());
  } else {
    extras.spelling |= created_at_absent;
  }
  return extras;
}

LineHead::LineHead(const chat::ReplyBegin& begin, const ReplyStyle& style) {
  const chat::Extras none;
  const chat::Extras& extras = begin.extras == nullptr ? none : *begin.extras;
  if (!style.model.empty() || !spelled(extras, model_absent))
    model_ = style.model.empty() ? begin.model : style.model;
  const json::Raw* const as_it_came = find(own, extras, created_at_as_it_came);
  if (as_it_came != nullptr) {
    created_at_ = *as_it_came;
  } else if (!spelled(extras, created_at_absent)) {
    created_at_ = json::Raw::quote(timestamp(begin.created != 0 ? begin.created : style.now));
  }
}

void LineHead::write(ObjectWriter& line) const {
  if (model_) line.key("model").text(*model_);
  if (created_at_) line.key("created_at").raw(*created_at_);
}

void write_end(ObjectWriter& line, const Choice& choice, chat::Dialect source,
               const std::optional<Usage>& usage, Losses& losses) {
  const bool home = source == own;
  if (!spelled(choice.extras, done_absent)) line.key("done").boolean(true);
  if (!spelled(choice.extras, done_reason_absent)) {
    const bool as_it_came = home && !choice.finish_word.empty();
    std::string_view word = as_it_came ? choice.finish_word : word_of(choice.finish);
    if (word.empty()) {
      losses.add(loss::finish_reason);
      word = word_of(Finish::stop);
    }
    line.key("done_reason").text(word);
  }
  if (usage && usage->wire && usage->wire->dialect == own) {
    const json::ScratchReader reader;
    const json::Value wire = reader->read(usage->wire->item.text());
    for (const std::string_view key : metric_keys) {
      const json::Value metric = wire.find(key);
      if (metric) line.key(key).raw(metric.slice());
    }
  } else if (!home || usage) {
    for (const std::string_view key : metric_keys) {
      const bool input = key == "prompt_eval_count";
      const bool output = key == "eval_count";
      line.key(key).integer(usage && input    ? usage->input()
                            : usage && output ? usage->output()
                                              : 0);
    }
  }
}

void merge(chat::Extras& into, const chat::Extras& more) {
  if (more.dialect != own || more.members.empty()) return;
  into.dialect = own;
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < into.members.size(); ++i) places.emplace(into.members[i].first, i);
  for (const auto& [key, value] : more.members) {
    const auto [place, added] = places.emplace(key, into.members.size());
    if (added) {
      into.members.emplace_back(key, value);
    } else if (value.text().starts_with('[')) {
      json::Raw& list = into.members[place->second].second;
      list = joined(list.text(), value.text());
    }
  }
}

std::variant<chat::Reply, chat::Failure> decode_reply(std::string_view body) {
  const json::ScratchReader reader;
  const json::Value root = reader->read(body, Error::Kind::upstream);
  if (root.kind() != json::Kind::object) {
    const bool blank = body.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return broken(blank ? "Provider returned empty content"
                        : "Invalid JSON response from provider");
  }
  WireLine line = WireLine::read(root);
  if (line.error) return read_error_object(502, root);

  chat::Reply reply;
  reply.source = own;
  reply.model = line.model.text();
  reply.created = seconds_of(line.created_at.text());
  reply.extras = line.head_extras();
  reply.usage = line.take_usage();
  reply.choices.push_back(read_choice(line));
  const bool has_message = bool(line.message);
  const bool whole = !line.done || line.done.boolean();
  if (const Status read = reader->finish(); !read) return broken(read.error().message());
  if (!has_message) return broken("Invalid response from provider: no message");
  if (!whole) return broken("Upstream ended the answer before it was complete");
  return reply;
}

std::string encode_reply(const chat::Reply& reply, const ReplyStyle& style, Losses& losses) {
  std::string body;
  json::Writer out(body);
  ObjectWriter object(out, own);
  const chat::ReplyBegin begin{reply.source, reply.id, reply.model, reply.created, &reply.extras};
  LineHead(begin, style).write(object);

  const Choice none;
  const Choice& choice = reply.choices.empty() ? none : reply.choices.front();
  if (reply.choices.size() > 1) losses.add(loss::extra_choices);
  chat::Extras extras = choice.extras;
  Said said(Said::In::reply, losses);
  for (const chat::Part& part : choice.parts) {
    said.add(part);
    if (!is_call(part)) merge(extras, part.extras);
  }
  ObjectWriter message(object.key("message"), own);
  if (!spelled(choice.extras, role_absent)) message.key("role").text("assistant");
  said.write(message, choice.extras, {});
  message.end(inner(own, extras, "message"), losses);

  write_end(object, choice, reply.source, reply.usage, losses);
  object.extras(extras, losses);
  declare_foreign(reply.extras, own, losses);
  object.end();
  return body;
}

std::string encode_error(const chat::Failure& failure) {
  std::string body;
  json::Writer(body).begin_object().key("error").text(failure.message).end_object();
  return body;
}

std::span<const LossRow* const> reply_losses() {
  static constexpr std::array rows{
      &loss::foreign_member, &loss::foreign_item,  &loss::refusal_as_text, &loss::image_detail,
      &loss::output_media,   &loss::cache_control, &loss::hosted_call,     &loss::broken_arguments,
      &loss::extra_choices,  &loss::finish_reason};
  return rows;
}

}  // namespace omni::dialect::ollama
