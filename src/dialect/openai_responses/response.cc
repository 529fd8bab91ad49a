// The response object, which is the whole answer and stands in the first and last events of a
// stream:
//
//     {"id":"resp_1","object":"response","created_at":1741476542,"status":"completed",
//      "error":null,"incomplete_details":null,"model":"gpt-5","output":[items],"usage":{…},
//      and what the request has asked for}

#include "dialect/openai_responses/response.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "dialect/extras.h"
#include "dialect/ids.h"
#include "dialect/openai_responses/settings.h"
#include "dialect/openai_responses/tools.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_responses {

using chat::Finish;
using chat::Part;
using chat::Request;
using json::Kind;
using json::Raw;
using json::Value;

namespace {

constexpr double tokens_max = 1e12;

/// What an answer repeats of the request as it was said, and what it says where it was not.
struct EchoRow {
  std::string_view name;
  std::string_view otherwise;
};
constexpr std::array<EchoRow, 9> echo_rows{{{"background", "false"},
                                            {"max_tool_calls", "null"},
                                            {"metadata", "{}"},
                                            {"previous_response_id", "null"},
                                            {"prompt_cache_key", "null"},
                                            {"safety_identifier", "null"},
                                            {"service_tier", "\"default\""},
                                            {"top_logprobs", "0"},
                                            {"truncation", "\"disabled\""}}};

/// What became the instructions: texts of the system that did not stand among the items.
std::string instructions_of(const Request& request) {
  std::string all;
  for (const chat::Message& message : request.messages) {
    if (message.role != chat::Role::system || is_spelled(message.extras, spelled::in_input)) break;
    for (const Part& part : message.parts) {
      if (!all.empty()) all += "\n\n";
      all += text_of(part);
    }
  }
  return all;
}

void write_echo(ObjectWriter& object, const Request& request, Losses& losses) {
  const std::string instructions = instructions_of(request);
  if (instructions.empty()) {
    object.key("instructions").null();
  } else {
    object.key("instructions").text(instructions);
  }
  if (request.max_output_tokens) {
    object.key("max_output_tokens").integer(*request.max_output_tokens);
  } else {
    object.key("max_output_tokens").null();
  }
  object.key("parallel_tool_calls").boolean(request.tool_choice.parallel.value_or(true));
  write_reasoning_settings(object, request, Saying::echo, losses);
  object.key("store").boolean(false);  // nothing is kept here, whatever was asked for
  object.key("temperature").number(request.sampling.temperature.value_or(1));
  write_text_settings(object, request, Saying::echo, losses);
  const Raw* choice = find_extra(request.extras, "tool_choice");
  if (choice != nullptr && choice->text() != "null") {
    object.key("tool_choice").raw(*choice);
  } else if (request.tool_choice.mode == chat::ToolChoice::Mode::unset) {
    object.key("tool_choice").text("auto");
  } else {
    write_tool_choice(object, request, {});
  }
  write_tools(object.key("tools"), request, {}, losses);
  object.key("top_p").number(request.sampling.top_p.value_or(1));
  if (!request.end_user.empty()) object.key("user").text(request.end_user);
  for (const EchoRow& row : echo_rows) {
    const Raw* said = find_extra(request.extras, row.name);
    object.key(row.name).raw(said == nullptr ? row.otherwise : said->text());
  }
}

/// What is lost of the client's own request was declared when it was sent.
chat::Extras echo_of(const Request* request) {
  Losses losses;
  std::string text;
  json::Writer out(text);
  ObjectWriter object(out, own);
  const Request nothing_said;
  write_echo(object, request == nullptr ? nothing_said : *request, losses);
  object.end();
  return members_of(Raw::trusted(std::move(text)));
}

std::int64_t tokens(Value value) {
  if (value.kind() != Kind::number) return 0;
  return static_cast<std::int64_t>(std::clamp(value.number(), 0.0, tokens_max));
}

std::string_view word_for(OutputWriter::Stage stage) {
  switch (stage) {
    case OutputWriter::Stage::begun:
      return "in_progress";
    case OutputWriter::Stage::cut:
      return "incomplete";
    case OutputWriter::Stage::done:
      break;
  }
  return "completed";
}

std::string_view prefix_for(const Part& first) {
  const auto* call = std::get_if<chat::ToolCall>(&first.body);
  if (call != nullptr) return call->form == chat::ToolCall::Form::freeform ? "ctc_" : "fc_";
  if (std::holds_alternative<chat::Reasoning>(first.body)) return "rs_";
  return std::holds_alternative<chat::Media>(first.body) ? "ig_" : "msg_";
}

/// What the provider has said about an item of which this is the first part.
chat::Extras item_extras(const Part& first) {
  const Raw* members = dialect::find(own, first.extras, item_members);
  return members == nullptr ? chat::Extras{} : members_of(*members);
}

bool is_output_image(const chat::Media& media) {
  return media.kind == chat::Media::Kind::image && media.form == chat::Media::Form::base64;
}

}  // namespace

// The response object

ResponseFace ResponseFace::of(const chat::ReplyBegin& begin, const ReplyStyle& style,
                              Losses& losses) {
  ResponseFace face;
  face.source = begin.source;
  face.model = style.model.empty() ? begin.model : style.model;
  if (face.home()) {
    face.id = begin.id;
    face.created = begin.created;
    face.members.dialect = own;
    if (begin.extras != nullptr) face.update(*begin.extras);
    return face;
  }
  face.id = prefixed_id("resp_", begin.id.empty() ? style.id : begin.id);
  // There are providers whose ids are the same in every conversation.
  face.seed = style.items == nullptr ? face.id : style.id;
  face.created = begin.created == 0 ? style.now : begin.created;
  face.members = echo_of(style.request);
  if (begin.extras != nullptr) declare_foreign(*begin.extras, own, losses);
  return face;
}

void ResponseFace::update(const chat::Extras& later) {
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& [name, value] : members.members) places.emplace(name, places.size());
  const auto set = [&](const std::string& name, const Raw& value) {
    const auto [place, added] = places.try_emplace(name, members.members.size());
    if (added) {
      members.members.emplace_back(name, value);
    } else {
      members.members[place->second].second = value;
    }
  };
  for (const auto& [name, value] : later.members) {
    if (name != echo_members) {
      set(name, value);
      continue;
    }
    for (const auto& [inner_name, inner] : members_of(value).members) set(inner_name, inner);
  }
}

void write_response(json::Writer& out, const ResponseFace& face, const ResponseState& state) {
  const bool home = face.home();
  ObjectWriter object(out, own);
  if (!home || !face.id.empty()) object.key("id").text(face.id);
  object.key("object").text("response");
  if (!home || (face.created != 0 && find_extra(face.members, "created_at") == nullptr)) {
    object.key("created_at").integer(face.created);
  }
  if (!state.status.empty()) object.key("status").text(state.status);
  if (state.failure != nullptr) {
    object.key("error").begin_object().key("code").text(failure_code(*state.failure));
    out.key("message").text(state.failure->message).end_object();
  } else if (!home) {
    object.key("error").null();
  }
  const Raw* details = find_extra(face.members, "incomplete_details");
  if (!state.reason.empty() && (details == nullptr || details->text() == "null")) {
    object.key("incomplete_details").begin_object().key("reason").text(state.reason);
    out.end_object();
  } else if (!home) {
    object.key("incomplete_details").null();
  }
  if (!home || !face.model.empty()) object.key("model").text(face.model);
  object.key("output").raw(state.output);
  if (!home) object.key("output_text").text(state.output_text);
  if (state.usage != nullptr) write_usage(object.key("usage"), *state.usage);
  Losses none;
  object.end(face.members, none);
}

std::optional<chat::Usage> read_usage(Value usage) {
  if (usage.kind() != Kind::object) return std::nullopt;
  std::int64_t input = 0, cached = 0, written = 0, output = 0, reasoning = 0;
  for (const auto [key, value] : usage.members()) {
    if (key == "input_tokens") {
      input = tokens(value);
    } else if (key == "output_tokens") {
      output = tokens(value);
    } else if (key == "input_tokens_details" && value.kind() == Kind::object) {
      cached = tokens(value.find("cached_tokens"));
      written = tokens(value.find("cache_write_tokens"));
    } else if (key == "output_tokens_details" && value.kind() == Kind::object) {
      reasoning = tokens(value.find("reasoning_tokens"));
    }
  }
  chat::Usage read;
  read.input_cache_read = std::min(cached, input);
  read.input_cache_write = std::min(written, input - read.input_cache_read);
  read.input_fresh = input - read.input_cache_read - read.input_cache_write;
  read.output_reasoning = std::min(reasoning, output);
  read.output_text = output - read.output_reasoning;
  read.wire = chat::Opaque{own, usage.raw()};
  return read;
}

void write_usage(json::Writer& out, const chat::Usage& usage) {
  if (usage.wire && usage.wire->dialect == own) {
    out.raw(usage.wire->item);
    return;
  }
  out.begin_object().key("input_tokens").integer(usage.input());
  out.key("input_tokens_details").begin_object();
  out.key("cached_tokens").integer(usage.input_cache_read);
  out.key("cache_write_tokens").integer(usage.input_cache_write + usage.input_cache_write_1h);
  out.end_object().key("output_tokens").integer(usage.output());
  out.key("output_tokens_details").begin_object();
  out.key("reasoning_tokens").integer(usage.output_reasoning).end_object();
  out.key("total_tokens").integer(usage.input() + usage.output()).end_object();
}

Ending ending_for(Finish finish, std::string_view own_word) {
  const Ending& usual = ending_of(finish);
  const bool cut = !usual.reason.empty();
  if (own_word.empty()) return usual;
  for (const Ending& row : endings) {
    if (!row.reason.empty() && row.reason == own_word) return row.finish == finish ? row : usual;
    if (row.reason.empty() && row.status == own_word) return cut ? usual : row;
  }
  if (!cut) return {own_word, {}, finish};
  return {"incomplete", own_word == "incomplete" ? std::string_view{} : own_word, finish};
}

// Items

bool OutputWriter::takes(const Part& part) {
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (opaque->dialect == own) return true;
    losses_.add(loss::foreign_item, type_of(opaque->item));
    return false;
  }
  const auto* call = std::get_if<chat::ToolCall>(&part.body);
  if (std::holds_alternative<chat::ToolResult>(part.body) ||
      (call != nullptr && call->runner == chat::ToolCall::Runner::provider)) {
    losses_.add(loss::hosted_call);
    return false;
  }
  const auto* media = std::get_if<chat::Media>(&part.body);
  if (media == nullptr || face_.home() || is_output_image(*media)) return true;
  losses_.add(loss::output_media);
  return false;
}

bool OutputWriter::goes_on(const Part& part) const {
  return face_.home() && is_spelled(part.extras, spelled::same_item);
}

bool OutputWriter::wants_text(const chat::ToolCall& call) const {
  if (call.form == chat::ToolCall::Form::freeform || request_ == nullptr) return false;
  return std::any_of(request_->tools.begin(), request_->tools.end(), [&](const chat::Tool& tool) {
    return tool.kind == chat::Tool::Kind::freeform && tool.name == call.name &&
           tool.space == call.space;
  });
}

bool OutputWriter::is_complete(const Part& part) const {
  const auto* call = std::get_if<chat::ToolCall>(&part.body);
  return face_.home() || call == nullptr || (!call->id.empty() && !wants_text(*call));
}

void OutputWriter::complete(Part& part, int index) const {
  auto* call = std::get_if<chat::ToolCall>(&part.body);
  if (face_.home() || call == nullptr) return;
  if (call->id.empty()) call->id = made_id("call_", face_.seed, 0, index);
  if (wants_text(*call)) call->form = chat::ToolCall::Form::freeform;
}

std::string OutputWriter::id_of(const Part& first, int index) const {
  if (face_.home()) {
    const chat::Extras around = item_extras(first);
    const Raw* id = find_extra(is_piece(first) ? around : first.extras, "id");
    if (id != nullptr) {
      const json::ScratchReader reader;
      const Value text = reader->read(id->text());
      if (text.kind() == Kind::text) return std::string(text.text());
    }
  }
  return made_id(prefix_for(first), face_.seed, 0, index);
}

void OutputWriter::write(json::Writer& out, std::span<const Part* const> parts, std::string_view id,
                         Stage stage) {
  const Part& first = *parts.front();
  if (const auto* opaque = std::get_if<chat::Opaque>(&first.body);
      opaque != nullptr && !is_piece(first)) {
    out.raw(opaque->item);
    return;
  }
  const auto* media = std::get_if<chat::Media>(&first.body);
  if (media != nullptr && !face_.home()) {
    out.begin_object().key("type").text("image_generation_call").key("id").text(id);
    if (stage == Stage::begun) {
      out.key("status").text(word_for(stage)).key("result").null();
    } else {
      out.key("status").text(word_for(Stage::done)).key("result").text(media->payload);
    }
    out.end_object();
    return;
  }
  const bool is_message = is_piece(first);
  const chat::Extras around = is_message ? item_extras(first) : chat::Extras{};
  const chat::Extras& extras = is_message ? around : first.extras;
  const bool has_status =
      !face_.home() || (stage != Stage::done && find_extra(extras, "status") != nullptr);
  const Face face{id, has_status ? word_for(stage) : std::string_view{}, &extras};
  ItemWriter writer(out, {.source = face_.source, .hints = nullptr, .names = nullptr}, losses_);
  if (is_message) {
    writer.message(chat::Role::assistant, stage == Stage::begun ? parts.first(0) : parts, face);
  } else if (std::holds_alternative<chat::ToolCall>(first.body)) {
    writer.call(first, face);
  } else if (std::holds_alternative<chat::Reasoning>(first.body)) {
    writer.reasoning(first, face);
  }
}

}  // namespace omni::dialect::openai_responses
