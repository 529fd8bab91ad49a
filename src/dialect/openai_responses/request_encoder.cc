// Writes what request_decoder.cc reads.  At home everything goes back as it came.  Abroad:
//
//   - what the system says first are the instructions, what it says later are items of a developer;
//   - what an assistant said is plain text, for anything else would need ids that nobody has;
//   - nothing is stored, and thoughts come sealed, so that they can be sent back.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat/effort.h"
#include "dialect/ids.h"
#include "dialect/openai_kin.h"
#include "dialect/openai_responses/item_writer.h"
#include "dialect/openai_responses/settings.h"
#include "dialect/openai_responses/tools.h"
#include "dialect/openai_responses/wire.h"
#include "dialect/turns.h"

namespace omni::dialect::openai_responses {

using chat::Message;
using chat::Part;
using chat::Request;
using chat::Role;

namespace {

constexpr NameRules name_rules{.length_max = 64,
                               .also = "-",
                               .starts_with_letter = false,
                               .has_spaces = true,
                               .has_freeform = true};

/// The API refuses a smaller limit; clients of other dialects probe a model with 1.
constexpr std::int64_t output_tokens_min = 16;

std::size_t estimate(const Part& part) {
  constexpr std::size_t around = 160;
  if (const auto* text = std::get_if<chat::Text>(&part.body)) return around + text->text.size();
  if (const auto* media = std::get_if<chat::Media>(&part.body)) {
    return around + media->payload.size();
  }
  if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) {
    return around + call->input.size() + call->input.size() / 4;
  }
  std::size_t bytes = around + (part.seal ? part.seal->bytes.size() : 0);
  if (const auto* result = std::get_if<chat::ToolResult>(&part.body)) {
    for (const Part& piece : result->content) bytes += estimate(piece);
  }
  return bytes;
}

std::size_t estimate(const Request& request) {
  std::size_t bytes = 2048;
  for (const Message& message : request.messages) {
    for (const Part& part : message.parts) bytes += estimate(part);
  }
  for (const chat::Tool& tool : request.tools) {
    bytes += 160 + tool.description.size() + (tool.schema ? tool.schema->text().size() : 0);
  }
  return bytes + bytes / 8;
}

class Encoder {
 public:
  Encoder(const Request& request, const EncodeHints& hints, Outbound& out)
      : request_(request),
        hints_(hints),
        losses_(out.losses),
        names_(out.names),
        text_(out.body),
        writer_(out.body),
        object_(writer_, own),
        items_(writer_, {request.source, &hints, &out.names}, out.losses) {}

  Status write() {
    object_.key("model").text(hints_.model.empty() ? std::string_view(request_.model)
                                                   : hints_.model);
    if (home()) {
      input_at_home();
    } else {
      input_abroad();
      if (Status said = check_said(request_, text_); !said) return said;
    }
    tools();
    write_reasoning_settings(object_, request_, Saying::request, losses_);
    write_text_settings(object_, request_, Saying::request, losses_);
    limits();
    stream();
    if (!home()) additions();
    extras();
    object_.end();
    return Nothing{};
  }

 private:
  bool home() const { return request_.source == own; }

  void input_at_home();
  std::size_t instructions();
  void message(const Message& message);
  void item(const Part& part, const Face& face);
  bool stays_behind(const Part& thoughts) const;
  const chat::Extras& extras_of(const Message& message);
  void input_abroad();
  void turn(const Turn& turn);
  void assistant(const Turn& turn);
  void results(const Turn& turn);
  void tools();
  void limits();
  void stream();
  void additions();
  void extras();

  const Request& request_;
  const EncodeHints& hints_;
  Losses& losses_;
  const ToolNames& names_;
  const std::string& text_;  // as far as it is written
  json::Writer writer_;
  ObjectWriter object_;
  ItemWriter items_;
  bool thoughts_stay_ = false;  // at home, the last ones: what came of them goes without its id
  chat::Extras without_id_;
};

// At home

/// Where they end.  They are the system's first words, save those that stood among the items.
std::size_t Encoder::instructions() {
  std::size_t end = 0;
  bool said = false;
  std::string all;
  for (const Message& message : request_.messages) {
    if (message.role != Role::system || is_spelled(message.extras, spelled::in_input)) break;
    for (const Part& part : message.parts) {
      if (std::exchange(said, true)) all += "\n\n";
      all += text_of(part);
    }
    ++end;
  }
  if (said) object_.key("instructions").text(all);
  return end;
}

void Encoder::input_at_home() {
  const std::size_t first = instructions();
  const std::vector<Message>& messages = request_.messages;
  if (is_spelled(request_.extras, spelled::bare_input) && messages.size() == first + 1) {
    const Message& only = messages.back();
    const auto* text =
        only.parts.size() == 1 ? std::get_if<chat::Text>(&only.parts.front().body) : nullptr;
    if (text != nullptr && only.role == Role::user) {
      object_.key("input").text(text->text);
      return;
    }
  }
  object_.key("input").begin_array();
  for (std::size_t i = first; i < messages.size(); ++i) message(messages[i]);
  writer_.end_array();
}

/// One item as it came, or what a step has made: pieces in a row are one message.
void Encoder::message(const Message& message) {
  if (const json::Raw* tools = find_extra(message.extras, item_of_tools)) {
    writer_.raw(*tools);
    return;
  }
  const Face face{{}, {}, &extras_of(message)};
  std::vector<const Part*> pieces;
  const auto flush = [&] {
    if (!pieces.empty()) items_.message(message.role, pieces, face);
    pieces.clear();
  };
  if (message.parts.empty() && message.role != Role::tool) {
    return items_.message(message.role, pieces, face);
  }
  for (const Part& part : message.parts) {
    if (is_piece(part)) {
      pieces.push_back(&part);
    } else {
      flush();
      item(part, face);
    }
  }
  flush();
}

void Encoder::item(const Part& part, const Face& face) {
  if (std::holds_alternative<chat::ToolCall>(part.body)) {
    items_.call(part, face);
  } else if (std::holds_alternative<chat::ToolResult>(part.body)) {
    items_.result(part, ItemWriter::ResultOf::function, face);
  } else if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (opaque->dialect == own) {
      writer_.raw(opaque->item);
    } else {
      losses_.add(loss::foreign_item, type_of(opaque->item));
    }
  } else if (stays_behind(part)) {
    losses_.add(part.seal ? loss::seal : loss::reasoning);
  } else {
    items_.reasoning(part, face);
  }
}

/// Thoughts that bring neither a seal nor a text would be looked up by their id, and what another
/// account holds, or nobody has stored, is not found.
bool Encoder::stays_behind(const Part& thoughts) const {
  if (thoughts.seal) return !items_.keeps(*thoughts.seal);
  const json::Raw* const store = find_extra(request_.extras, "store");
  const bool unstored = store != nullptr && store->text() == "false";
  return unstored && std::get<chat::Reasoning>(thoughts.body).text.empty();
}

/// The id of an item would be looked up as well, together with the thoughts that led to it.
const chat::Extras& Encoder::extras_of(const Message& message) {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<chat::Reasoning>(part.body)) thoughts_stay_ = stays_behind(part);
  }
  if (!thoughts_stay_ || message.role != Role::assistant) return message.extras;
  without_id_ = message.extras;
  std::erase_if(without_id_.members, [](const auto& member) { return member.first == "id"; });
  return without_id_;
}

// Abroad

void Encoder::input_abroad() {
  const Turns turns(request_, {}, losses_);
  std::string instructions;
  std::size_t first = 0;
  for (const Turn& turn : turns.turns()) {
    if (turn.kind != Turn::Kind::system) break;
    for (const Part* part : turn.parts) {
      if (!instructions.empty()) instructions += "\n\n";
      instructions += text_of(*part);
      if (part->cache_control) losses_.add(loss::cache_control);
    }
    ++first;
  }
  // An input is demanded, so the words of a system alone are the input.
  if (first == turns.turns().size()) first = 0;
  if (first > 0 && !instructions.empty()) object_.key("instructions").text(instructions);
  object_.key("input").begin_array();
  for (std::size_t i = first; i < turns.turns().size(); ++i) turn(turns.turns()[i]);
  writer_.end_array();
}

void Encoder::turn(const Turn& turn) {
  if (!turn.name.empty()) losses_.add(loss::speaker_name);
  switch (turn.kind) {
    case Turn::Kind::system:
      return items_.message(Role::developer, turn.parts, {});
    case Turn::Kind::user:
      return items_.message(Role::user, turn.parts, {});
    case Turn::Kind::assistant:
      return assistant(turn);
    case Turn::Kind::results:
      return results(turn);
  }
}

void Encoder::assistant(const Turn& turn) {
  for (const Part* part : turn.parts) {
    if (const auto* text = std::get_if<chat::Text>(&part->body)) {
      if (part->cache_control) losses_.add(loss::cache_control);
      items_.assistant_text(text->text);
    } else if (const auto* refusal = std::get_if<chat::Refusal>(&part->body)) {
      losses_.add(loss::refusal_as_text);
      items_.assistant_text(refusal->text);
    } else if (std::holds_alternative<chat::ToolCall>(part->body)) {
      items_.call(*part, {});
    } else if (std::holds_alternative<chat::Reasoning>(part->body)) {
      if (part->seal && items_.keeps(*part->seal)) {
        items_.reasoning(*part, {});
      } else {
        losses_.add(loss::reasoning);
      }
    } else if (const auto* opaque = std::get_if<chat::Opaque>(&part->body)) {
      losses_.add(loss::foreign_item, type_of(opaque->item));
    } else {
      losses_.add(loss::foreign_item, "media");  // pictures have no place in what it said
    }
  }
}

void Encoder::results(const Turn& turn) {
  for (std::size_t i = 0; i < turn.parts.size(); ++i) {
    const bool freeform = turn.calls[i]->form == chat::ToolCall::Form::freeform;
    items_.result(*turn.parts[i],
                  freeform ? ItemWriter::ResultOf::freeform : ItemWriter::ResultOf::function, {});
  }
}

// The rest

void Encoder::tools() {
  const ToolRules rules{&hints_, home() ? nullptr : &names_};
  std::string tools;
  json::Writer out(tools);
  const std::size_t count = write_tools(out, request_, rules, losses_);
  if (count > 0 || is_spelled(request_.extras, spelled::empty_tools)) {
    object_.key("tools").raw(tools);
  } else if (!home()) {
    return;  // no choice without tools
  }
  write_tool_choice(object_, request_, rules);
  const std::optional<bool>& parallel = request_.tool_choice.parallel;
  if (parallel) object_.key("parallel_tool_calls").boolean(*parallel);
}

void Encoder::limits() {
  std::optional<std::int64_t> limit = request_.max_output_tokens;
  if (limit && !home()) {
    const std::int64_t max = hints_.output_tokens_max > 0 ? hints_.output_tokens_max : *limit;
    limit = std::max(std::min(*limit, max), output_tokens_min);
    if (limit != request_.max_output_tokens) losses_.add(loss::output_limit);
  }
  const chat::Sampling& sampling = request_.sampling;
  if (limit) object_.key("max_output_tokens").integer(*limit);
  if (sampling.temperature) object_.key("temperature").number(*sampling.temperature);
  if (sampling.top_p) object_.key("top_p").number(*sampling.top_p);
  if (!request_.end_user.empty()) object_.key("user").text(request_.end_user);
  if (sampling.presence_penalty || sampling.frequency_penalty) losses_.add(loss::penalties);
  if (sampling.top_k) losses_.add(loss::top_k);
  if (sampling.seed) losses_.add(loss::seed);
  if (!sampling.stop.empty()) losses_.add(loss::no_stop);
  if (sampling.choices.value_or(1) > 1) losses_.add(loss::choices);
}

void Encoder::stream() {
  const bool says_false =
      !home() || request_.stream || is_spelled(request_.extras, spelled::stream_false);
  if (hints_.stream || says_false) object_.key("stream").boolean(hints_.stream);
}

void Encoder::additions() {
  const bool is_said =
      request_.extras.dialect == chat::Dialect::openai_chat &&
      std::any_of(request_.extras.members.begin(), request_.extras.members.end(),
                  [](const auto& member) {
                    return member.first == "store" && member.second.text() != "null";
                  });
  if (!is_said) object_.key("store").boolean(false);
  const chat::Thinking& thinking = request_.thinking;
  const bool asked = thinking.mode != chat::Thinking::Mode::unset || !effort_of(thinking).empty();
  if (!asked || effort_of(thinking) == "none") return;
  object_.key("include").begin_array().text("reasoning.encrypted_content").end_array();
}

/// Some of OpenAI Chat's are the same here.
void Encoder::extras() {
  if (home()) return object_.extras(request_.extras, losses_);
  chat::Extras lost{.dialect = request_.extras.dialect, .spelling = 0, .members = {}};
  for (const auto& [name, value] : request_.extras.members) {
    if (value.text() == "null") continue;
    if (may_write_to_openai_kin(request_.extras.dialect, name)) {
      object_.key(name).raw(value);
    } else if (name != "verbosity" || request_.extras.dialect != chat::Dialect::openai_chat) {
      lost.members.emplace_back(name, value);
    }
  }
  declare_foreign(lost, own, losses_);
}

}  // namespace

Result<Outbound> encode_request(const Request& request, const EncodeHints& hints) {
  Outbound out;
  out.path = "/responses";
  if (request.source != own) out.names = ToolNames(request, name_rules, out.losses);
  out.body.reserve(estimate(request));
  if (Status written = Encoder(request, hints, out).write(); !written)
    return std::move(written).error();
  return out;
}

}  // namespace omni::dialect::openai_responses
