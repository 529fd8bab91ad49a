// {"candidates": [{"content": {"parts": […], "role": "model"}, "finishReason": "STOP", "index": 0,
//                  "safetyRatings": […], "groundingMetadata": {…}}],
//  "promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {…},
//  "modelVersion": "gemini-3-flash", "responseId": "…", "createTime": "2026-01-01T00:00:00Z"}
//
// A prompt that was refused has no candidates, which is an answer all the same.

#include "dialect/gemini/reply.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/strings.h"
#include "chat/collector.h"
#include "dialect/gemini/failure.h"
#include "dialect/gemini/parts.h"
#include "dialect/gemini/stream.h"
#include "json/scratch_reader.h"

namespace omni::dialect::gemini {

using chat::Choice;
using chat::Failure;
using chat::Finish;
using chat::Reply;
using json::Kind;
using json::Value;

Value unwrapped(Value root) {
  Value inside;
  for (const auto [name, value] : root.members()) {
    if (name == "candidates" || name == "error") return root;
    if (name == "response" && value.kind() == Kind::object) inside = value;
  }
  return inside ? inside : root;
}

Failure broken_answer(std::string_view finish_word, std::string_view finish_message) {
  std::string message = "The model ended with " + std::string(finish_word);
  if (!finish_message.empty()) message.append(": ").append(finish_message);
  return bad_upstream(message);
}

std::int64_t seconds_of(std::string_view create_time) {
  const std::optional<Clock::Wall> time = parse_iso8601(create_time);
  if (!time) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

std::string_view block_reason(Value prompt_feedback) {
  const Value reason = prompt_feedback.find("blockReason");
  return reason.text();
}

// ---- Reading

namespace {

void read_content(Choice& choice, Value content, std::uint32_t& spelling) {
  spelling &= ~content_absent;
  for (const auto [name, value] : content.members()) {
    if (name == "parts" && !value.is_null()) {
      spelling &= ~content_parts_absent;
      for (const Value part : value.items()) choice.parts.push_back(read_part(part));
    } else if (name == "role" && value.slice() == "\"model\"") {
      spelling &= ~content_role_absent;
    } else {
      keep(choice.extras, at_content, name, value);
    }
  }
}

bool calls_client(const Choice& choice) {
  return std::any_of(choice.parts.begin(), choice.parts.end(), [](const chat::Part& part) {
    return std::holds_alternative<chat::ToolCall>(part.body);
  });
}

Choice read_candidate(Value candidate, std::size_t number) {
  Choice choice;
  std::uint32_t spelling =
      content_absent | content_role_absent | content_parts_absent | index_absent;
  for (const auto [name, value] : candidate.members()) {
    if (!value.is_null()) {
      if (name == "content") {
        read_content(choice, value, spelling);
        continue;
      }
      if (name == "finishReason" && take(choice.finish_word, value)) continue;
      if (name == "index") {
        spelling &= ~index_absent;
        if (value.integer() == static_cast<std::int64_t>(number)) continue;
      }
    }
    keep(choice.extras, at_top, name, value);
  }
  set_spelling(choice.extras, spelling);
  choice.finish = finish_row(choice.finish_word).finish;
  if (choice.finish == Finish::stop && calls_client(choice)) choice.finish = Finish::tool_calls;
  return choice;
}

/// The failure that a candidate without content is, if it is one.
std::optional<Failure> failure_of(const Reply& reply) {
  if (reply.choices.empty()) return bad_upstream("Provider returned empty content");
  const Choice* broken = nullptr;
  for (const Choice& choice : reply.choices) {
    if (!choice.parts.empty()) return std::nullopt;
    if (finish_row(choice.finish_word).broken) broken = &choice;
  }
  if (broken == nullptr) return std::nullopt;
  const json::Raw* const said = kept(broken->extras, at_top, "finishMessage");
  json::ScratchReader reader;
  const Value message = said == nullptr ? Value{} : reader->read(said->text());
  const bool text = message.kind() == Kind::text;
  return broken_answer(broken->finish_word, text ? message.text() : std::string_view{});
}

void refuse_prompt(Reply& reply) {
  Choice& choice = reply.choices.emplace_back();
  choice.finish = Finish::content_filter;
  set_spelling(choice.extras, prompt_blocked);
}

/// A stream that nobody asked for.
std::variant<Reply, Failure> decode_stream(std::string_view body) {
  chat::Collector collector;
  const auto decoder = stream_decoder();
  decoder->feed(body, collector);
  decoder->finish(collector);
  if (collector.failure()) return *collector.failure();
  return std::move(collector).take();
}

}  // namespace

std::variant<Reply, Failure> decode_reply(std::string_view body) {
  if (trim(body).empty()) return bad_upstream("Provider returned empty content");
  json::ScratchReader reader;
  Value root = reader->read(body, Error::Kind::upstream);
  if (root.kind() == Kind::array) return decode_stream(body);
  if (root.kind() != Kind::object) return bad_upstream("Invalid JSON response from provider");
  root = unwrapped(root);

  Reply reply;
  reply.source = own;
  bool refused = false;
  for (const auto [name, value] : root.members()) {
    if (!value.is_null()) {
      if (name == "error") return read_failure(root);
      if (name == "candidates") {
        for (const Value candidate : value.items())
          reply.choices.push_back(read_candidate(candidate, reply.choices.size()));
        if (!reply.choices.empty()) continue;
      }
      if (name == "usageMetadata") {
        reply.usage = read_usage(value);
        continue;
      }
      if (name == "promptFeedback") refused = refused || !block_reason(value).empty();
      if (name == "createTime") reply.created = seconds_of(value.text());
      if (name == "modelVersion" && take(reply.model, value)) continue;
      if (name == "responseId" && take(reply.id, value)) continue;
    }
    keep(reply.extras, at_top, name, value);
  }
  if (!reader->finish()) return bad_upstream("Invalid JSON response from provider");
  if (refused && reply.choices.empty()) refuse_prompt(reply);
  if (std::optional<Failure> failure = failure_of(reply)) return *std::move(failure);
  return reply;
}

// ---- Writing

namespace {

void write_content(ObjectWriter& candidate, const Choice& choice, const PartTerms& terms) {
  const std::uint32_t spelling = spelling_of(choice.extras);
  if (choice.parts.empty() && (spelling & content_absent) != 0) return;
  ObjectWriter content(candidate.key("content"), own);
  if (!choice.parts.empty() || (spelling & content_parts_absent) == 0) {
    json::Writer& parts = content.key("parts").begin_array();
    for (const chat::Part& part : choice.parts) {
      if (admits(part, terms)) write_part(parts, part, terms);
    }
    parts.end_array();
  }
  if ((spelling & content_role_absent) == 0) content.key("role").text("model");
  write_kept(content, choice.extras, at_content, terms.losses);
  content.end();
}

void write_candidate(json::Writer& out, const Choice& choice, std::size_t number,
                     const PartTerms& terms) {
  ObjectWriter candidate(out, own);
  write_content(candidate, choice, terms);
  if (!terms.home && choice.finish == Finish::paused) terms.losses.add(loss::finish_reason);
  const std::string_view word = terms.home ? choice.finish_word : word_of(choice.finish);
  if (!word.empty()) candidate.key("finishReason").text(word);
  const bool numbered = (spelling_of(choice.extras) & index_absent) == 0;
  if (numbered && kept(choice.extras, at_top, "index") == nullptr)
    candidate.key("index").integer(static_cast<std::int64_t>(number));
  if (terms.home) {
    write_kept(candidate, choice.extras, at_top, terms.losses);
    candidate.end();
  } else {
    candidate.end(choice.extras, terms.losses);
  }
}

bool is_refused_prompt(const Reply& reply) {
  return reply.choices.size() == 1 &&
         (spelling_of(reply.choices.front().extras) & prompt_blocked) != 0;
}

}  // namespace

std::string encode_reply(const Reply& reply, const ReplyStyle& style, Losses& losses) {
  std::string out;
  const ToolNames none;
  const PartTerms terms{{}, none, losses, reply.source == own, true};
  json::Writer writer(out);
  ObjectWriter root(writer, own);
  if (!is_refused_prompt(reply)) {
    root.key("candidates").begin_array();
    for (std::size_t i = 0; i < reply.choices.size(); ++i)
      write_candidate(writer, reply.choices[i], i, terms);
    writer.end_array();
  }
  if (reply.usage) write_usage(root.key("usageMetadata"), *reply.usage);
  const std::string_view model = style.model.empty() ? reply.model : style.model;
  if (!model.empty()) root.key("modelVersion").text(model);
  const bool keeps_id = terms.home || !reply.id.empty();
  const std::string_view id = keeps_id ? reply.id : style.id;
  if (!id.empty()) root.key("responseId").text(id);
  root.end(reply.extras, losses);
  return out;
}

}  // namespace omni::dialect::gemini
