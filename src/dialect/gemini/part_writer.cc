// Writes parts as part_reader.cc reads them.

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/strings.h"
#include "dialect/gemini/parts.h"
#include "dialect/gemini/wire.h"
#include "dialect/media.h"
#include "json/scratch_reader.h"

namespace omni::dialect::gemini {

using chat::Media;
using chat::Part;
using chat::ToolCall;

namespace {

bool fits_seal(const chat::Seal& seal, const PartTerms& terms) {
  if (terms.to_client) return true;
  return seal.issuer.empty() ? terms.home : seal.issuer == terms.seal_issuer;
}

/// Google fetches its own files and films, nothing else.
bool google_fetches(std::string_view uri) {
  static constexpr std::array<std::string_view, 5> addresses{
      "gs://", "https://generativelanguage.googleapis.com/", "https://www.youtube.com/",
      "https://youtube.com/", "https://youtu.be/"};
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](std::string_view address) { return uri.starts_with(address); });
}

bool admits_media(const Media& media, const PartTerms& terms) {
  if (terms.home) return true;
  if (media.form == Media::Form::file_id) {
    terms.losses.add(loss::file_id);
    return false;
  }
  if (media.form == Media::Form::url && !terms.to_client && !google_fetches(media.payload)) {
    terms.losses.add(loss::media_url);
    return false;
  }
  if (media.form == Media::Form::text) {
    terms.losses.add(loss::document_as_text);
  }
  if (!media.name.empty()) terms.losses.add(loss::document_name);
  if (!media.detail.empty()) terms.losses.add(loss::image_detail);
  return true;
}

bool admits_reasoning(const Part& part, const PartTerms& terms) {
  if (terms.home || terms.to_client) return true;
  const bool sealed = part.seal && fits_seal(*part.seal, terms);
  if (!sealed) terms.losses.add(loss::reasoning);
  return sealed;
}

/// The type of an item of another dialect, for the list of losses.
std::string type_of(const chat::Opaque& opaque) {
  json::ScratchReader reader;
  const json::Value root = reader->read(opaque.item.text());
  if (root.kind() == json::Kind::object) {
    const json::Value type = root.find("type");
    if (type.kind() == json::Kind::text) return std::string(type.text());
  }
  return std::string(name_of(opaque.dialect));
}

}  // namespace

bool admits(const Part& part, const PartTerms& terms) {
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    if (opaque->dialect != own) terms.losses.add(loss::foreign_item, type_of(*opaque));
    return opaque->dialect == own;
  }
  if (const auto* media = std::get_if<Media>(&part.body)) return admits_media(*media, terms);
  if (std::holds_alternative<chat::Reasoning>(part.body)) return admits_reasoning(part, terms);
  if (terms.home) return true;
  if (std::holds_alternative<chat::Refusal>(part.body)) terms.losses.add(loss::refusal_as_text);
  const auto* call = std::get_if<ToolCall>(&part.body);
  const bool hosted = (call != nullptr && call->runner == ToolCall::Runner::provider) ||
                      (terms.to_client && std::holds_alternative<chat::ToolResult>(part.body));
  if (hosted) terms.losses.add(loss::hosted_call);
  return !hosted;
}

namespace {

/// Writes the members of a part by its kind.
class PartWriter {
 public:
  PartWriter(json::Writer& out, const Part& part, const PartTerms& terms,
             const ToolCall* answered = nullptr)
      : part_(part),
        terms_(terms),
        answered_(answered),
        spelling_(spelling_of(part.extras)),
        object_(out, own) {}

  void write() {
    std::visit([this](const auto& body) { write(body); }, part_.body);
    if (part_.seal) {
      if (fits_seal(*part_.seal, terms_)) {
        object_.key(spelled(thought_signature, spelling_)).text(part_.seal->bytes);
      } else {
        terms_.losses.add(loss::seal);
      }
    }
    if (part_.cache_control) terms_.losses.add(loss::cache_control);
    if (part_.extras.dialect == own) {
      write_kept(object_, part_.extras, at_top, terms_.losses);
      object_.end();
    } else {
      object_.end(part_.extras, terms_.losses);
    }
  }

 private:
  bool has(std::uint32_t bit) const { return (spelling_ & bit) != 0; }

  void text(std::string_view text) {
    if (!text.empty() || !has(text_absent)) object_.key("text").text(text);
  }
  void write(const chat::Text& body) { text(body.text); }
  void write(const chat::Refusal& body) { text(body.text); }
  void write(const chat::Reasoning&) {
    object_.key("thought").boolean(true);
    text(chat::text_of(part_));
  }
  void write(const Media& media);
  void write(const ToolCall& call);
  void write(const chat::ToolResult& result);
  void write(const chat::Opaque&) {}  // see write_part()

  void args(json::Writer& out, const ToolCall& call);
  void response(json::Writer& out, const chat::ToolResult& result);

  const Part& part_;
  const PartTerms& terms_;
  const ToolCall* answered_;
  std::uint32_t spelling_;
  ObjectWriter object_;
};

std::string in_alphabet_of_addresses(std::string base64) {
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  return base64;
}

void PartWriter::write(const Media& media) {
  if (media.form == Media::Form::text) {
    object_.key("text").text(media.payload);
    return;
  }
  const bool in_place = media.form == Media::Form::base64;
  ObjectWriter data(object_.key(spelled(in_place ? inline_data : file_data, spelling_)), own);
  const bool image = in_place && media.kind == Media::Kind::image;
  const std::string type = image && !terms_.home ? image_type_of(media) : media.mime_type;
  if (!type.empty()) data.key(spelled(mime_type, spelling_)).text(type);
  if (in_place && has(url_safe)) {
    data.key("data").text(in_alphabet_of_addresses(media.payload));
  } else if (!media.payload.empty()) {
    data.key(in_place ? "data" : spelled(file_uri, spelling_)).text(media.payload);
  }
  if (terms_.home && !media.name.empty())
    data.key(spelled(display_name, spelling_)).text(media.name);
  write_kept(data, part_.extras, in_place ? at_inline_data : at_file_data, terms_.losses);
  data.end();
}

void PartWriter::args(json::Writer& out, const ToolCall& call) {
  if (call.form == ToolCall::Form::object) {
    out.raw(call.input);
    return;
  }
  const bool broken = call.form == ToolCall::Form::broken;
  if (broken) terms_.losses.add(loss::broken_arguments);
  out.begin_object().key(broken ? "_raw" : "input").text(call.input).end_object();
}

void PartWriter::write(const ToolCall& call) {
  ObjectWriter data(object_.key(spelled(function_call, spelling_)), own);
  if (!call.id.empty() && !has(id_absent)) data.key("id").text(call.id);
  if (!call.name.empty()) data.key("name").text(terms_.names.wire(call.space, call.name));
  if (call.input != "{}" || !has(args_absent)) args(data.key("args"), call);
  write_kept(data, part_.extras, at_function_call, terms_.losses);
  data.end();
}

bool is_object(std::string_view text) {
  if (!trim(text).starts_with('{')) return false;
  json::ScratchReader reader;
  return reader->read(text).kind() == json::Kind::object;
}

/// All its texts; a result of several is one text in the end.
std::string joined_text(const chat::ToolResult& result) {
  std::string joined;
  bool first = true;
  for (const Part& piece : result.content) {
    const std::string text = chat::text_of(piece);
    if (text.empty()) continue;
    if (!std::exchange(first, false)) joined += "\n";
    joined += text;
  }
  return joined;
}

/// Always an object, and never one in another: a text that is an object already goes as it is.
void PartWriter::response(json::Writer& out, const chat::ToolResult& result) {
  const bool one =
      result.content.size() == 1 && std::holds_alternative<chat::Text>(result.content[0].body);
  const std::string joined = one ? std::string() : joined_text(result);
  const std::string_view text =
      one ? std::string_view(std::get<chat::Text>(result.content[0].body).text) : joined;
  std::string_view name = result.is_error ? "error" : "result";
  if (!result.is_error && has(in_output)) name = "output";
  if (name == "result" && !has(in_result) && is_object(text)) {
    out.raw(trim(text));
  } else {
    out.begin_object().key(name).text(text).end_object();
  }
}

void PartWriter::write(const chat::ToolResult& result) {
  ObjectWriter data(object_.key(spelled(function_response, spelling_)), own);
  if (!result.call_id.empty() && !has(id_absent)) data.key("id").text(result.call_id);
  const std::string_view name = answered_ != nullptr
                                    ? terms_.names.wire(answered_->space, answered_->name)
                                    : terms_.names.wire({}, result.name);
  if (!name.empty()) data.key("name").text(name);
  if (!has(response_absent)) response(data.key("response"), result);
  const bool more = std::any_of(
      result.content.begin(), result.content.end(),
      [](const Part& piece) { return !std::holds_alternative<chat::Text>(piece.body); });
  if (terms_.home && more) {
    json::Writer& list = data.key("parts").begin_array();
    for (const Part& piece : result.content) {
      if (!std::holds_alternative<chat::Text>(piece.body) && admits(piece, terms_))
        write_part(list, piece, terms_);
    }
    list.end_array();
  }
  write_kept(data, part_.extras, at_function_response, terms_.losses);
  data.end();
}

}  // namespace

void write_part(json::Writer& out, const Part& part, const PartTerms& terms) {
  if (const auto* opaque = std::get_if<chat::Opaque>(&part.body)) {
    out.raw(opaque->item);
  } else {
    PartWriter(out, part, terms).write();
  }
}

void write_result(json::Writer& out, const Part& part, const ToolCall& call,
                  const PartTerms& terms) {
  PartWriter(out, part, terms, &call).write();
}

}  // namespace omni::dialect::gemini
