// Writes what request_decoder.cc reads.  A request of another dialect has its results named after
// the calls that they answer, as models on Ollama go by names.

#include <algorithm>
#include <array>
#include <set>

#include "chat/effort.h"
#include "dialect/ollama/message.h"
#include "dialect/ollama/request.h"
#include "dialect/ollama/wire.h"
#include "dialect/tool_names.h"
#include "dialect/turns.h"

namespace omni::dialect::ollama {
namespace {

using chat::Request;
using chat::Tool;

constexpr std::string_view any_object = R"({"type":"object","properties":{}})";

/// Models take most names; what has no place in a name anywhere is replaced.
constexpr NameRules name_rules{.length_max = 128, .also = "-.:/"};

/// The word that Ollama has for an effort; empty where it has none.
struct Level {
  std::string_view effort, word;
};
constexpr std::string_view no_effort = "none";
constexpr std::array levels{Level{"none", no_effort}, Level{"minimal", "low"},
                            Level{"low", "low"},      Level{"medium", "medium"},
                            Level{"high", "high"},    Level{"xhigh", "high"},
                            Level{"max", "high"}};
std::string_view level_of(std::string_view effort) {
  const auto* const row = std::ranges::find(levels, effort, &Level::effort);
  return row == levels.end() ? std::string_view{} : row->word;
}

/// About as many bytes as the body will have.
std::size_t estimate(const Request& request) {
  std::size_t bytes = 1024;
  const auto add = [&](const std::vector<chat::Part>& parts, const auto& self) -> void {
    for (const chat::Part& part : parts) {
      bytes += 64;
      if (const auto* text = std::get_if<chat::Text>(&part.body)) bytes += text->text.size();
      if (const auto* call = std::get_if<chat::ToolCall>(&part.body)) bytes += call->input.size();
      if (const auto* media = std::get_if<chat::Media>(&part.body)) bytes += media->payload.size();
      if (const auto* result = std::get_if<chat::ToolResult>(&part.body))
        self(result->content, self);
    }
  };
  for (const chat::Message& message : request.messages) add(message.parts, add);
  for (const Tool& tool : request.tools) {
    bytes += 128 + tool.description.size() + (tool.schema ? tool.schema->text().size() : 0);
  }
  return bytes + bytes / 16;
}

class Encoder {
 public:
  Encoder(const Request& request, const EncodeHints& hints, Outbound& outbound)
      : request_(request),
        hints_(hints),
        losses_(outbound.losses),
        names_(outbound.names),
        home_(request.source == own),
        text_(outbound.body),
        out_(outbound.body) {}

  Status write();

 private:
  void messages();
  void turns();
  void message(std::string_view role, std::span<const chat::Part* const> parts,
               const chat::Extras& extras, const chat::ToolCall* answered);
  std::vector<const Tool*> tools_that_go();
  void tools(ObjectWriter& object);
  void tool(const Tool& tool);
  void format(ObjectWriter& object);
  void think(ObjectWriter& object);
  void options(ObjectWriter& object);
  void declare_the_rest();

  const Request& request_;
  const EncodeHints& hints_;
  Losses& losses_;
  const ToolNames& names_;
  const bool home_;
  const std::string& text_;  // as far as it is written
  json::Writer out_;
};

Status Encoder::write() {
  ObjectWriter object(out_, own);
  object.key("model").text(hints_.model.empty() ? request_.model : hints_.model);
  object.key("messages");
  if (home_) {
    messages();
  } else {
    turns();
    if (Status said = check_said(request_, text_); !said) return said;
    declare_the_rest();
  }
  tools(object);
  if (!hints_.stream || !spelled(request_.extras, stream_absent))
    object.key("stream").boolean(hints_.stream);
  format(object);
  think(object);
  options(object);
  object.end(request_.extras, losses_);
  return Nothing{};
}

void Encoder::messages() {
  std::vector<const chat::Part*> parts;
  out_.begin_array();
  for (const chat::Message& said : request_.messages) {
    parts.clear();
    for (const chat::Part& part : said.parts) parts.push_back(&part);
    message(word_of(said.role), parts, said.extras, nullptr);
  }
  out_.end_array();
}

void Encoder::turns() {
  const Turns turns(request_, {}, losses_);
  const chat::Extras none;
  out_.begin_array();
  for (const Turn& turn : turns.turns()) {
    if (!turn.name.empty()) losses_.add(loss::speaker_name);
    switch (turn.kind) {
      case Turn::Kind::system:
        message("system", turn.parts, none, nullptr);
        break;
      case Turn::Kind::user:
        message("user", turn.parts, none, nullptr);
        break;
      case Turn::Kind::assistant:
        message("assistant", turn.parts, none, nullptr);
        break;
      case Turn::Kind::results:
        for (std::size_t i = 0; i < turn.parts.size(); ++i) {
          message("tool", std::span(turn.parts).subspan(i, 1), none, turn.calls[i]);
        }
        break;
    }
  }
  out_.end_array();
}

/// A result names its tool as the call that it answers did, for only few dialects say it twice.
void Encoder::message(std::string_view role, std::span<const chat::Part* const> parts,
                      const chat::Extras& extras, const chat::ToolCall* answered) {
  Said said(Said::In::request, losses_);
  const chat::Part* result_part = nullptr;
  for (const chat::Part* const part : parts) {
    if (std::holds_alternative<chat::ToolResult>(part->body)) result_part = part;
    said.add(*part);
  }
  if (!home_ && result_part == nullptr && said.empty()) return;
  ObjectWriter object(out_, own);
  object.key("role").text(role);
  said.write(object, extras, names_);
  if (result_part != nullptr) {
    const auto& result = std::get<chat::ToolResult>(result_part->body);
    const std::string_view name = answered == nullptr
                                      ? names_.wire({}, result.name)
                                      : names_.wire(answered->space, answered->name);
    if (!name.empty()) object.key("tool_name").text(name);
    if (!result.call_id.empty() && !spelled(result_part->extras, id_made))
      object.key("tool_call_id").text(result.call_id);
  }
  object.end(extras, losses_);
}

/// Ollama knows no choice of tools: those that may not be called are not sent.
std::vector<const Tool*> Encoder::tools_that_go() {
  const auto& [mode, allowed, parallel] = request_.tool_choice;
  const std::set<std::string_view> only(allowed.begin(), allowed.end());
  std::vector<const Tool*> going;
  for (const Tool& tool : request_.tools) {
    if (home_) {
      going.push_back(&tool);
    } else if (mode == chat::ToolChoice::Mode::none) {
      break;
    } else if (tool.kind == Tool::Kind::builtin) {
      losses_.add(loss::hosted_tool, tool.name);
    } else if (tool.name.empty()) {
      losses_.add(loss::tool_unnamed);
    } else if (only.empty() || only.contains(tool.name)) {
      going.push_back(&tool);
    }
  }
  return going;
}

void Encoder::tools(ObjectWriter& object) {
  const std::vector<const Tool*> going = tools_that_go();
  if (going.empty()) return;
  object.key("tools").begin_array();
  for (const Tool* const each : going) tool(*each);
  out_.end_array();
}

void Encoder::tool(const Tool& tool) {
  if (tool.strict.value_or(false)) losses_.add(loss::tool_strict);
  if (tool.cache_control) losses_.add(loss::cache_control);
  ObjectWriter object(out_, own);
  if (!spelled(tool.extras, type_absent)) object.key("type").text("function");
  if (tool.kind != Tool::Kind::builtin) {
    ObjectWriter function(object.key("function"), own);
    if (!tool.name.empty()) function.key("name").text(names_.wire(tool.space, tool.name));
    const bool freeform = tool.kind == Tool::Kind::freeform;
    const std::string description = freeform ? freeform_description(tool) : tool.description;
    if (!description.empty()) function.key("description").text(description);
    if (freeform) {
      function.key("parameters").raw(freeform_schema);
    } else if (tool.schema) {
      function.key("parameters").raw(*tool.schema);
    } else if (!home_) {
      function.key("parameters").raw(any_object);
    }
    function.end(inner(own, tool.extras, "function"), losses_);
  }
  object.end(tool.extras, losses_);
}

void Encoder::format(ObjectWriter& object) {
  using Kind = chat::OutputFormat::Kind;
  if (request_.format.kind == Kind::schema && request_.format.schema) {
    object.key("format").raw(*request_.format.schema);
  } else if (request_.format.kind != Kind::text) {
    object.key("format").text("json");
  }
}

void Encoder::think(ObjectWriter& object) {
  using Mode = chat::Thinking::Mode;
  const chat::Thinking& thinking = request_.thinking;
  const std::int64_t budget = thinking.budget_tokens.value_or(-1);
  const bool verbatim = home_ && !thinking.effort.empty();
  std::string_view effort = thinking.effort;
  if (effort.empty() && budget >= 0) effort = chat::effort_of(budget);
  if (!verbatim) effort = level_of(effort);

  if (effort != thinking.effort || budget >= 0) losses_.add(loss::thinking);
  if (thinking.mode == Mode::off || effort == no_effort) {
    object.key("think").boolean(false);
  } else if (!effort.empty()) {
    object.key("think").text(effort);
  } else if (thinking.mode != Mode::unset || !thinking.effort.empty() || thinking.budget_tokens) {
    object.key("think").boolean(true);
  }
}

void Encoder::options(ObjectWriter& object) {
  const chat::Sampling& sampling = request_.sampling;
  const auto is_set = [&](const auto& row) { return (sampling.*row.member).has_value(); };
  if (std::ranges::none_of(number_options, is_set) && std::ranges::none_of(whole_options, is_set) &&
      sampling.stop.empty() && !request_.max_output_tokens)
    return;  // what the client said beside these stands among the extras

  ObjectWriter options(object.key("options"), own);
  for (const NumberOption& row : number_options) {
    if (is_set(row)) options.key(row.key).number(*(sampling.*row.member));
  }
  for (const WholeOption& row : whole_options) {
    if (is_set(row)) options.key(row.key).integer(*(sampling.*row.member));
  }
  if (request_.max_output_tokens) options.key("num_predict").integer(*request_.max_output_tokens);
  if (sampling.stop.size() == 1 && spelled(request_.extras, stop_as_text)) {
    options.key("stop").text(sampling.stop.front());
  } else if (!sampling.stop.empty()) {
    json::Writer& out = options.key("stop").begin_array();
    for (const std::string& stop : sampling.stop) out.text(stop);
    out.end_array();
  }
  options.end(inner(own, request_.extras, "options"), losses_);
}

/// What the request says and Ollama has no member for.
void Encoder::declare_the_rest() {
  using Mode = chat::ToolChoice::Mode;
  if (request_.tool_choice.mode == Mode::required) losses_.add(loss::tool_choice);
  if (!request_.tool_choice.parallel.value_or(true)) losses_.add(loss::parallel_calls);
  if (request_.sampling.choices.value_or(1) > 1) losses_.add(loss::choices);
  if (!request_.end_user.empty()) losses_.add(loss::end_user);
  for (const chat::Message& said : request_.messages) declare_foreign(said.extras, own, losses_);
}

}  // namespace

Result<Outbound> encode_request(const Request& request, const EncodeHints& hints) {
  Outbound outbound;
  outbound.path = "/api/chat";
  if (request.source != own) outbound.names = ToolNames(request, name_rules, outbound.losses);
  outbound.body.reserve(estimate(request));
  if (Status written = Encoder(request, hints, outbound).write(); !written)
    return std::move(written).error();
  return outbound;
}

std::span<const LossRow* const> request_losses() {
  static constexpr std::array rows{&loss::foreign_member,
                                   &loss::foreign_item,
                                   &loss::billing_header,
                                   &loss::speaker_name,
                                   &loss::refusal_as_text,
                                   &loss::image_detail,
                                   &loss::document,
                                   &loss::document_as_text,
                                   &loss::document_name,
                                   &loss::audio,
                                   &loss::video,
                                   &loss::file_id,
                                   &loss::media_url,
                                   &loss::reasoning,
                                   &loss::seal,
                                   &loss::cache_control,
                                   &loss::hosted_tool,
                                   &loss::hosted_call,
                                   &loss::freeform_tool,
                                   &loss::tool_namespace,
                                   &loss::tool_name,
                                   &loss::tool_strict,
                                   &loss::tool_unnamed,
                                   &loss::tool_choice,
                                   &loss::parallel_calls,
                                   &loss::broken_arguments,
                                   &loss::call_id,
                                   &loss::result_missing,
                                   &loss::result_orphaned,
                                   &loss::result_error,
                                   &loss::choices,
                                   &loss::end_user,
                                   &loss::thinking};
  return rows;
}

}  // namespace omni::dialect::ollama
