// What request_decoder.cc reads.  At home every member goes back as it came; abroad the older name
// of the output limit is written, and nothing that only OpenAI itself would understand.

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "dialect/openai_chat/conversation.h"
#include "dialect/openai_chat/settings.h"
#include "dialect/openai_kin.h"
#include "dialect/tool_names.h"
#include "dialect/turns.h"
#include "json/scratch_reader.h"

namespace omni::dialect::openai_chat {
namespace {

using chat::Part;
using chat::Tool;
using chat::ToolChoice;

constexpr std::size_t stops_max = 4;
constexpr double temperature_max = 2;

/// A bound for most bodies, so that they need not move as they grow.
std::size_t estimate(const chat::Request& request) {
  std::size_t bytes = 1024;
  for (const chat::Message& message : request.messages) {
    for (const Part& part : message.parts) bytes += size_of(part);
  }
  for (const Tool& tool : request.tools) {
    bytes += 128 + tool.description.size() + (tool.schema ? tool.schema->text().size() : 0);
  }
  return bytes + bytes / 8;  // for what is escaped
}

/// The way back of what the decoder does to a grammar: {"type":"grammar","grammar":{…}}.
void write_tool_format(json::Writer& out, const json::Raw& format) {
  const chat::Extras members = members_of(format.text());
  const json::Raw* const type = find_extra(members, "type");
  if (type == nullptr || type->text() != R"("grammar")") {
    out.raw(format);
    return;
  }
  out.begin_object().key("type").raw(*type).key("grammar").begin_object();
  for (const auto& [name, value] : members.members) {
    if (name != "type") out.key(wire_name(name)).raw(value);
  }
  out.end_object().end_object();
}

/// What is so if nothing is said.  Codex says it all the time, and many providers refuse the words.
bool is_default(std::string_view name, const json::Raw& value) {
  return (name == "store" && value.text() == "false") ||
         (name == "verbosity" && value.text() == R"("medium")");
}

class RequestWriter {
 public:
  RequestWriter(const chat::Request& request, const EncodeHints& hints, Outbound& outbound)
      : request_(request),
        hints_(hints),
        losses_(outbound.losses),
        home_(request.source == own),
        choice_in_extras_(extras_say_tool_choice(request)),
        allowed_(request.tool_choice.allowed.begin(), request.tool_choice.allowed.end()),
        to_{.losses = outbound.losses,
            .names = outbound.names,
            .seal_issuer = hints.seal_issuer,
            .home = home_,
            .cache_marks = home_ || hints.cache_marks,
            .custom_tools = home_},
        text_(outbound.body),
        out_(outbound.body),
        body_(out_, own) {}

  Status write() {
    body_.key("model").text(hints_.model.empty() ? std::string_view(request_.model) : hints_.model);
    body_.key("messages");
    write_messages(out_, request_, to_);
    if (Status said = home_ ? Status(Nothing{}) : check_said(request_, text_); !said) return said;
    tools();
    limit();
    sampling();
    thinking();
    format();
    stream();
    if (!request_.end_user.empty()) body_.key("user").text(request_.end_user);
    extras();
    body_.end();
    return Nothing{};
  }

 private:
  void tools();
  bool is_listed(const Tool& tool);
  /// False if there was none to write.
  bool tool_list(std::string_view name, std::uint32_t bit);
  void tool(const Tool& tool);
  void function(ObjectWriter& object, const Tool& tool);
  void web_search(const Tool& tool);
  void tool_choice();
  bool must_call_one() const;

  void limit();
  void sampling();
  void stop();
  void thinking();
  void format();
  void stream();
  void stream_options();
  void extras();
  /// False if it is no kin.
  bool write_kin(std::string_view name, const json::Raw& value);

  /// Keeps an extra from being written that no longer says what the request means.
  void silence(std::string_view name) {
    if (find_extra(request_.extras, name) != nullptr) silenced_.push_back(name);
  }

  const chat::Request& request_;
  const EncodeHints& hints_;
  Losses& losses_;
  const bool home_;
  const bool choice_in_extras_;
  const std::unordered_set<std::string_view> allowed_;
  const Addressee to_;
  const std::string& text_;  // as far as it is written
  json::Writer out_;
  ObjectWriter body_;
  std::vector<std::string_view> silenced_;
};

void RequestWriter::tools() {
  const bool listed = tool_list("tools", 0);
  const bool functions = tool_list("functions", spelled::in_functions);
  for (const Tool& tool : request_.tools) {
    if (tool.kind == Tool::Kind::builtin) web_search(tool);
  }
  if (home_ || listed || functions) tool_choice();
}

/// A choice among several is said by offering no others: most providers know no other way.
bool RequestWriter::is_listed(const Tool& tool) {
  if (tool.kind == Tool::Kind::builtin) {
    return home_ && !is_spelled(tool.extras, spelled::search_options);
  }
  if (tool.name.empty() && !home_) {
    losses_.add(loss::tool_unnamed);
    return false;
  }
  const ToolChoice& choice = request_.tool_choice;
  if (choice.allowed.empty() || must_call_one() || choice_in_extras_) return true;
  return allowed_.contains(tool.name);
}

bool RequestWriter::must_call_one() const {
  const ToolChoice& choice = request_.tool_choice;
  return choice.mode == ToolChoice::Mode::required && choice.allowed.size() == 1;
}

bool RequestWriter::tool_list(std::string_view name, std::uint32_t bit) {
  bool begun = false;
  for (const Tool& each : request_.tools) {
    if ((is_spelled(each.extras, spelled::in_functions) ? spelled::in_functions : 0) != bit ||
        !is_listed(each)) {
      continue;
    }
    if (!std::exchange(begun, true)) body_.key(name).begin_array();
    tool(each);
  }
  if (begun) out_.end_array();
  return begun;
}

void RequestWriter::tool(const Tool& tool) {
  const bool custom = home_ && tool.kind == Tool::Kind::freeform;
  const std::string_view type = custom ? "custom" : "function";
  ObjectWriter object(out_, own);
  if (is_spelled(tool.extras, spelled::in_functions)) {
    function(object, tool);
  } else if (is_spelled(tool.extras, spelled::flat)) {
    object.key("type").text(type);
    function(object, tool);
  } else if (tool.kind != Tool::Kind::builtin) {
    if (!is_spelled(tool.extras, spelled::untyped)) object.key("type").text(type);
    ObjectWriter inner(object.key(type), own);
    function(inner, tool);
    end_with_rest(inner, tool.extras, type);
  }
  if (tool.cache_control) {
    to_.cache_marks ? void(object.key("cache_control").raw(*tool.cache_control))
                    : losses_.add(loss::cache_control);
  }
  object.end(tool.extras, losses_);
}

void RequestWriter::function(ObjectWriter& object, const Tool& tool) {
  const bool freeform = tool.kind == Tool::Kind::freeform;
  const bool replaced = freeform && !home_;
  const std::string description = replaced ? freeform_description(tool) : std::string();
  const std::string_view text = replaced ? description : tool.description;
  if (!tool.name.empty()) object.key("name").text(to_.names.wire(tool.space, tool.name));
  if (!text.empty()) object.key("description").text(text);
  if (replaced) {
    object.key("parameters").raw(freeform_schema);
  } else if (freeform) {
    if (tool.schema) write_tool_format(object.key("format"), *tool.schema);
  } else if (!home_) {
    write_parameters(object.key("parameters"), tool.schema);
  } else if (tool.schema) {
    object.key("parameters").raw(*tool.schema);
  }
  if (tool.strict && !freeform) object.key("strict").boolean(*tool.strict);
}

/// Of what providers run themselves only this has a place here, and not among the tools.
void RequestWriter::web_search(const Tool& tool) {
  if (is_spelled(tool.extras, spelled::search_options)) {
    ObjectWriter options(body_.key("web_search_options"), own);
    options.end(tool.extras, losses_);
  } else if (!home_ && tool.name == "web_search" && hints_.web_search) {
    body_.key("web_search_options").begin_object().end_object();
    declare_foreign(tool, own, losses_);
  } else if (!home_) {
    losses_.add(loss::hosted_tool, tool.name);
  }
}

void RequestWriter::tool_choice() {
  const ToolChoice& choice = request_.tool_choice;
  if (!choice_in_extras_) {
    silence("tool_choice");
    silence("function_call");
    const std::string_view name =
        must_call_one() ? to_.names.wire({}, choice.allowed[0]) : std::string_view{};
    if (choice.mode != ToolChoice::Mode::unset) write_tool_choice(body_, choice.mode, name);
  }
  if (choice.parallel) body_.key("parallel_tool_calls").boolean(*choice.parallel);
}

void RequestWriter::limit() {
  if (!request_.max_output_tokens) return;
  std::int64_t tokens = *request_.max_output_tokens;
  if (!home_ && hints_.output_tokens_max > 0 && tokens > hints_.output_tokens_max) {
    tokens = hints_.output_tokens_max;
    losses_.add(loss::output_limit);
  }
  const bool newer =
      hints_.completion_token_limit || is_spelled(request_.extras, spelled::max_completion_tokens);
  body_.key(newer ? "max_completion_tokens" : "max_tokens").integer(tokens);
}

void RequestWriter::sampling() {
  chat::Sampling sampling = request_.sampling;
  if (!home_) {
    if (sampling.top_k) losses_.add(loss::top_k);
    sampling.top_k.reset();
    if (sampling.temperature > temperature_max) {
      sampling.temperature = temperature_max;
      losses_.add(loss::temperature);
    }
  }
  for (const auto& [key, number] : number_names) {
    if (sampling.*number) body_.key(key).number(*(sampling.*number));
  }
  for (const auto& [key, integer] : integer_names) {
    if (sampling.*integer) body_.key(key).integer(*(sampling.*integer));
  }
  stop();
}

void RequestWriter::stop() {
  const std::vector<std::string>& words = request_.sampling.stop;
  if (words.empty()) return;
  if (words.size() == 1 && is_spelled(request_.extras, spelled::bare_stop)) {
    body_.key("stop").text(words[0]);
    return;
  }
  const std::size_t count = home_ ? words.size() : std::min(words.size(), stops_max);
  if (count < words.size()) losses_.add(loss::stop);
  body_.key("stop").begin_array();
  for (std::size_t i = 0; i < count; ++i) out_.text(words[i]);
  out_.end_array();
}

void RequestWriter::thinking() {
  if (!request_.thinking.imposed && extras_say_thinking(request_)) return;
  for (const std::string_view name : thinking_names) silence(name);
  write_thinking(body_, request_.thinking, losses_);
}

void RequestWriter::format() {
  if (extras_say_format(request_)) return;
  silence("response_format");
  if (request_.format.kind != chat::OutputFormat::Kind::text) write_format(body_, request_.format);
}

void RequestWriter::stream() {
  if (!home_ || hints_.stream || is_spelled(request_.extras, spelled::stream_false)) {
    body_.key("stream").boolean(hints_.stream);
  }
  stream_options();
}

/// OpenAI refuses them where there is no stream.
void RequestWriter::stream_options() {
  const json::Raw* const said = find_extra(request_.extras, "stream_options");
  const bool as_it_came = home_ && hints_.stream == request_.stream;
  const bool asks = hints_.want_usage && !request_.stream_usage && hints_.stream;
  if (!hints_.stream && !as_it_came) {
    silence("stream_options");
  } else if (asks || (request_.stream_usage && said == nullptr)) {
    json::Writer& out = body_.key("stream_options").begin_object();
    if (said != nullptr) {
      for (const auto& [name, value] : members_of(said->text()).members) {
        if (name != "include_usage") out.key(wire_name(name)).raw(value);
      }
    }
    out.key("include_usage").boolean(true).end_object();
  }
}

void RequestWriter::extras() {
  if (home_) {
    return silenced_.empty() ? body_.extras(request_.extras, losses_)
                             : body_.extras(without(request_.extras, silenced_), losses_);
  }
  chat::Extras lost;
  lost.dialect = request_.extras.dialect;
  for (const auto& [name, value] : request_.extras.members) {
    if (value.text() != "null" && !write_kin(name, value)) lost.members.emplace_back(name, value);
  }
  declare_foreign(lost, own, losses_);
}

/// Of the other dialect of OpenAI some members are ours as well.
bool RequestWriter::write_kin(std::string_view name, const json::Raw& value) {
  if (is_openai(request_.extras.dialect) && name == "text") {
    chat::Extras rest = members_of(value.text());
    if (const json::Raw* said = find_extra(rest, "verbosity")) {
      if (!is_default("verbosity", *said)) body_.key("verbosity").raw(*said);
    }
    constexpr std::array<std::string_view, 1> written{"verbosity"};
    rest = without(rest, written);
    rest.dialect = request_.extras.dialect;
    declare_foreign(rest, own, losses_);
    return true;
  }
  if (!may_write_to_openai_kin(request_.extras.dialect, name)) return false;
  if (is_default(name, value)) return true;
  body_.key(*std::ranges::find(openai_kin_members, name)).raw(value);
  if (name == "top_logprobs") body_.key("logprobs").boolean(true);
  return true;
}

}  // namespace

Result<Outbound> encode_request(const chat::Request& request, const EncodeHints& hints) {
  Outbound outbound;
  outbound.path = "/chat/completions";
  if (request.source != own) outbound.names = ToolNames(request, {}, outbound.losses);
  outbound.body.reserve(estimate(request));
  if (Status written = RequestWriter(request, hints, outbound).write(); !written)
    return std::move(written).error();
  return outbound;
}

}  // namespace omni::dialect::openai_chat
