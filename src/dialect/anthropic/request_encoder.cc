// Writes the body of POST /v1/messages, whose form request_decoder.cc shows.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dialect/anthropic/answer_schema.h"
#include "dialect/anthropic/codec.h"
#include "dialect/anthropic/conversation.h"
#include "dialect/anthropic/request.h"
#include "dialect/anthropic/request_tools.h"
#include "dialect/format_in_words.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Part;
using chat::Request;
using Format = chat::OutputFormat::Kind;

constexpr int marks_max = 4;
constexpr std::size_t user_id_length_max = 256;

/// Calls `visit` with every part, also those inside of results.
template <class Visit>
void visit_parts(const std::vector<Part>& parts, const Visit& visit) {
  for (const Part& part : parts) {
    visit(part);
    if (const auto* result = std::get_if<chat::ToolResult>(&part.body)) {
      for (const Part& piece : result->content) visit(piece);
    }
  }
}

/// Anthropic takes four marks.  The last ones are worth most, for each covers all that comes
/// before.
int surplus_marks(const Request& request) {
  std::ptrdiff_t marks = std::ranges::count_if(
      request.tools, [](const chat::Tool& tool) { return tool.cache_control.has_value(); });
  for (const chat::Message& message : request.messages) {
    visit_parts(message.parts, [&](const Part& part) { marks += part.cache_control ? 1 : 0; });
  }
  return static_cast<int>(std::max<std::ptrdiff_t>(marks - marks_max, 0));
}

/// About as long as the body will be, quotes and escapes included.
std::size_t estimate(const Request& request) {
  std::size_t bytes = 1024;
  for (const chat::Message& message : request.messages) {
    visit_parts(message.parts, [&](const Part& part) { bytes += bytes_of(part) + 128; });
  }
  for (const chat::Tool& tool : request.tools) {
    bytes += tool.description.size() + (tool.schema ? tool.schema->text().size() : 0) + 128;
  }
  return bytes + bytes / 16;
}

/// Anthropic refuses what looks like an address or a telephone number.
bool may_name_user(std::string_view id) {
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view dialled = "0123456789+-() ";
  const bool number = id.find_first_not_of(digits) == std::string_view::npos;
  const bool telephone = !number && id.find_first_not_of(dialled) == std::string_view::npos;
  return id.size() <= user_id_length_max && !telephone && id.find('@') == std::string_view::npos;
}

class Encoder {
 public:
  Encoder(const Encoding& encoding, json::Writer& out)
      : encoding_(encoding),
        request_(encoding.request),
        losses_(encoding.losses),
        blocks_(out, encoding.losses),
        tools_(encoding, blocks_),
        conversation_(encoding, blocks_),
        root_(out, own) {}

  /// All that comes before the messages, and these.
  void write() {
    if (!encoding_.at_home()) blocks_.skip_marks(surplus_marks(request_));
    Obstacles obstacles = conversation_.obstacles();
    obstacles.forced_tool = tools_.forced();
    const Terms terms = fit_terms(encoding_, obstacles);
    fit_format();

    const std::string_view model = encoding_.hints.model;
    root_.key("model").text(model.empty() ? std::string_view(request_.model) : model);
    write_stream();
    write_limits(terms);
    write_thinking(terms.thinking);
    if (replaces(terms.thinking) && !terms.thinks()) write_edits_without_thoughts();
    write_output_config(terms.thinking.effort);
    write_end_user();
    if (!encoding_.at_home()) declare_unsaid();
    // The order in which marks count: tools, system, messages.
    tools_.write(root_);
    conversation_.write(root_, format_words_);
  }
  void end() { root_.end(request_.extras, losses_); }

 private:
  void write_stream();
  void write_limits(const Terms& terms);
  void write_stop();
  bool replaces(const chat::Thinking& thinking) const;
  void write_thinking(const chat::Thinking& thinking);
  void write_edits_without_thoughts();
  void fit_format();
  void write_output_config(std::string_view effort);
  void write_format(ObjectWriter& object, std::string_view key);
  void write_end_user();
  void declare_unsaid();

  const Encoding& encoding_;
  const Request& request_;
  Losses& losses_;
  BlockWriter blocks_;
  ToolWriter tools_;
  Conversation conversation_;
  ObjectWriter root_;
  std::optional<json::Raw> format_schema_;
  std::string format_words_;
};

void Encoder::write_stream() {
  const bool said = !encoding_.at_home() || spelled(request_.extras, stream_said);
  if (encoding_.hints.stream || said) root_.key("stream").boolean(encoding_.hints.stream);
}

void Encoder::write_limits(const Terms& terms) {
  if (terms.max_tokens) root_.key("max_tokens").integer(*terms.max_tokens);
  if (terms.temperature) root_.key("temperature").number(*terms.temperature);
  if (terms.top_p) root_.key("top_p").number(*terms.top_p);
  if (terms.top_k) root_.key("top_k").integer(*terms.top_k);
  write_stop();
}

/// A sequence of blanks alone is refused.
void Encoder::write_stop() {
  const auto takes = [&](const std::string& stop) {
    return encoding_.at_home() || !is_blank(stop);
  };
  const std::vector<std::string>& stops = request_.sampling.stop;
  if (!std::ranges::all_of(stops, takes)) losses_.add(loss::stop, "blank");
  if (std::ranges::none_of(stops, takes)) return;
  json::Writer& list = root_.key("stop_sequences").begin_array();
  for (const std::string& stop : stops) {
    if (takes(stop)) list.text(stop);
  }
  list.end_array();
}

/// Whether what the client has said of thinking is void.
bool Encoder::replaces(const chat::Thinking& thinking) const {
  return thinking.imposed || request_.thinking.imposed;
}

void Encoder::write_thinking(const chat::Thinking& thinking) {
  using Mode = chat::Thinking::Mode;
  const bool replaced = replaces(thinking);
  if (thinking.mode == Mode::unset && (replaced || !thinking.show_text)) {
    return replaced ? root_.skip("thinking") : void();
  }
  ObjectWriter object(root_.key("thinking"), own);
  if (thinking.mode == Mode::on) object.key("type").text("enabled");
  if (thinking.mode == Mode::off) object.key("type").text("disabled");
  if (thinking.mode == Mode::adaptive) object.key("type").text("adaptive");
  if (thinking.mode == Mode::on && thinking.budget_tokens) {
    object.key("budget_tokens").integer(*thinking.budget_tokens);
  }
  if (thinking.show_text) {
    object.key("display").text(*thinking.show_text ? "summarized" : "omitted");
  }
  object.end(replaced ? chat::Extras{} : inner(own, request_.extras, "thinking"), losses_);
}

/// Edits of the thoughts in a conversation are refused where the model does not think.
void Encoder::write_edits_without_thoughts() {
  constexpr const char* name = "context_management";
  const json::Raw* const management = find(own, request_.extras, name);
  if (management == nullptr) return;
  json::ScratchReader reader;
  const json::Value root = reader->read(management->text());
  if (root.kind() != json::Kind::object) return;
  const json::Value edits = root.find("edits");
  if (edits.kind() != json::Kind::array) return;
  std::vector<json::Value> left;
  for (const json::Value edit : edits.items()) {
    const bool object = edit.kind() == json::Kind::object;
    if (!object || !type_of(edit).starts_with("clear_thinking")) left.push_back(edit);
  }
  if (left.empty()) return root_.skip(name);
  ObjectWriter object(root_.key(name), own);
  json::Writer& list = object.key("edits").begin_array();
  for (const json::Value edit : left) list.raw(edit.slice());
  list.end_array();
  for (const auto [key, value] : root.members()) {
    if (key != "edits") object.out().key(key).raw(value.slice());
  }
  object.end();
}

/// Abroad what Anthropic does not take as a schema is asked for in words.
void Encoder::fit_format() {
  const chat::OutputFormat& format = request_.format;
  if (format.kind == Format::schema) format_schema_ = format.schema;
  if (encoding_.at_home() || format.kind == Format::text) return;
  AnswerSchema fitting;
  if (format_schema_) fitting = answer_schema(format_schema_->text());
  format_schema_ = std::move(fitting.schema);
  if (!format_schema_) format_words_ = format_in_words(format);
  if (!format_schema_ || fitting.simplified) losses_.add(loss::output_format);
}

void Encoder::write_output_config(std::string_view effort) {
  const bool schema = format_schema_.has_value();
  const bool old = spelled(request_.extras, old_format);
  if (schema && old) write_format(root_, "output_format");
  if (effort.empty() && (!schema || old)) return;
  ObjectWriter object(root_.key("output_config"), own);
  if (!effort.empty()) object.key("effort").text(effort);
  if (schema && !old) write_format(object, "format");
  object.end(inner(own, request_.extras, "output_config"), losses_);
}

void Encoder::write_format(ObjectWriter& object, std::string_view key) {
  json::Writer& format = object.key(key).begin_object();
  format.key("type").text("json_schema");
  format.key("schema").raw(*format_schema_).end_object();
}

void Encoder::write_end_user() {
  if (request_.end_user.empty()) return;
  if (!encoding_.at_home() && !may_name_user(request_.end_user)) {
    return losses_.add(loss::end_user);
  }
  ObjectWriter object(root_.key("metadata"), own);
  object.key("user_id").text(request_.end_user);
  object.end(inner(own, request_.extras, "metadata"), losses_);
}

void Encoder::declare_unsaid() {
  const chat::Sampling& sampling = request_.sampling;
  if (sampling.seed) losses_.add(loss::seed);
  if (sampling.presence_penalty || sampling.frequency_penalty) losses_.add(loss::penalties);
  if (sampling.choices.value_or(1) > 1) losses_.add(loss::choices);
}

}  // namespace

Result<Outbound> encode_request(const Request& request, const EncodeHints& hints) {
  Outbound outbound;
  outbound.path = "/messages";
  outbound.headers.emplace_back("anthropic-version", anthropic_version);
  if (request.source != own) outbound.names = ToolNames(request, NameRules{}, outbound.losses);
  outbound.body.reserve(estimate(request));
  const Encoding encoding{request, hints, outbound.names, outbound.losses};
  json::Writer out(outbound.body);
  Encoder encoder(encoding, out);
  encoder.write();
  if (!encoding.at_home()) {
    if (Status said = check_said(request, outbound.body); !said) return std::move(said).error();
  }
  encoder.end();
  return outbound;
}

std::span<const LossRow* const> request_losses() {
  static constexpr std::array rows{&loss::foreign_member,
                                   &loss::foreign_item,
                                   &loss::billing_header,
                                   &loss::system_moved,
                                   &loss::speaker_name,
                                   &loss::first_turn_added,
                                   &loss::refusal_as_text,
                                   &loss::image,
                                   &loss::image_detail,
                                   &loss::document,
                                   &loss::audio,
                                   &loss::video,
                                   &loss::file_id,
                                   &loss::media_url,
                                   &loss::output_media,
                                   &loss::reasoning,
                                   &loss::seal,
                                   &loss::cache_control,
                                   &loss::hosted_tool,
                                   &loss::hosted_call,
                                   &loss::freeform_tool,
                                   &loss::tool_namespace,
                                   &loss::tool_name,
                                   &loss::tool_strict,
                                   &loss::tool_schema,
                                   &loss::tool_unnamed,
                                   &loss::tool_choice,
                                   &loss::broken_arguments,
                                   &loss::call_id,
                                   &loss::result_missing,
                                   &loss::result_orphaned,
                                   &loss::result_media,
                                   &loss::temperature,
                                   &loss::sampling_beside_thinking,
                                   &loss::stop,
                                   &loss::seed,
                                   &loss::penalties,
                                   &loss::choices,
                                   &loss::end_user,
                                   &loss::output_limit,
                                   &loss::thinking,
                                   &loss::thinking_off,
                                   &loss::output_format};
  return rows;
}

}  // namespace omni::dialect::anthropic
