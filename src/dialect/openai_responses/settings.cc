// {"reasoning":{"effort":"medium","summary":"auto"},
//  "text":{"format":{"type":"json_schema","name":"x","schema":{…}},"verbosity":"low"}}
//
// Members of the inner objects that the model has no name for are extras under the outer one's
// name.

#include "dialect/openai_responses/settings.h"

#include <string_view>

#include "dialect/openai_kin.h"
#include "dialect/openai_responses/wire.h"

namespace omni::dialect::openai_responses {

using chat::OutputFormat;
using chat::Request;

namespace {

constexpr std::string_view format_name = "answer";  // where one is demanded and nobody gave it

/// What of an inner object has no typed place; `said` tells whether there was such an object.
struct Rest {
  chat::Extras extras;
  bool said = false;

  Rest() = default;
  Rest(const Request& request, std::string_view name) {
    const json::Raw* raw = find_extra(request.extras, name);
    if (raw == nullptr || raw->text() == "null") return;
    extras = members_of(*raw);
    said = true;
  }
};

std::string_view summary_word(const Request& request) {
  const chat::Thinking& thinking = request.thinking;
  if (!thinking.show_text.value_or(false)) return {};
  if (request.source != own) return summary_words.front();
  const std::uint32_t number =
      (request.extras.spelling & spelled::summary_mask) >> spelled::summary_shift;
  return number == 0 ? std::string_view{} : summary_words[number - 1];
}

void write_format(json::Writer& out, const Request& request) {
  const OutputFormat& format = request.format;
  out.begin_object();
  if (format.kind == OutputFormat::Kind::schema && format.schema) {
    out.key("type").text("json_schema").key("name");
    out.text(format.name.empty() ? format_name : std::string_view(format.name));
    if (!format.description.empty()) out.key("description").text(format.description);
    out.key("schema").raw(*format.schema);
    if (format.strict) out.key("strict").boolean(*format.strict);
  } else {
    out.key("type").text(format.kind == OutputFormat::Kind::text ? "text" : "json_object");
  }
  out.end_object();
}

}  // namespace

void write_reasoning_settings(ObjectWriter& object, const Request& request, Saying saying,
                              Losses& losses) {
  const chat::Thinking& thinking = request.thinking;
  if (thinking.imposed) object.skip("reasoning");
  const Rest rest = thinking.imposed ? Rest{} : Rest(request, "reasoning");
  const std::string_view effort = openai_effort(thinking);
  const std::string_view summary = summary_word(request);
  if (saying == Saying::request) {
    if (converts_effort(thinking)) losses.add(loss::thinking);
    if (effort.empty() && summary.empty() && !rest.said) return;
  }
  const auto member = [&](ObjectWriter& inner, std::string_view name, std::string_view word) {
    if (!word.empty()) {
      inner.key(name).text(word);
    } else if (saying == Saying::echo && find_extra(rest.extras, name) == nullptr) {
      inner.key(name).null();
    }
  };
  ObjectWriter inner(object.key("reasoning"), own);
  member(inner, "effort", effort);
  member(inner, "summary", summary);
  inner.end(rest.extras, losses);
}

void write_text_settings(ObjectWriter& object, const Request& request, Saying saying,
                         Losses& losses) {
  const Rest rest(request, "text");
  const json::Raw* verbosity = nullptr;
  if (request.extras.dialect == chat::Dialect::openai_chat) {
    for (const auto& [name, value] : request.extras.members) {
      if (name == "verbosity" && value.text() != "null") verbosity = &value;
    }
  }
  const bool wanted = request.format.kind != OutputFormat::Kind::text ||
                      is_spelled(request.extras, spelled::text_format) || saying == Saying::echo;
  if (!wanted && verbosity == nullptr && !rest.said) return;
  ObjectWriter inner(object.key("text"), own);
  if (wanted && find_extra(rest.extras, "format") == nullptr) {
    write_format(inner.key("format"), request);
  }
  if (verbosity != nullptr) inner.key("verbosity").raw(*verbosity);
  inner.end(rest.extras, losses);
}

}  // namespace omni::dialect::openai_responses
