#include "api/call_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/dollars.h"
#include "base/strings.h"
#include "json/writer.h"
#include "meter/call_members.h"

namespace omni::api {
namespace {

using store::BodyFiles;
using store::CallRow;

std::string_view detail_state(const CallRow& row, const store::BodyLog* bodies) {
  if (row.bodies.segment == 0) return "none";
  return bodies != nullptr && bodies->files().has(row.bodies) ? "ready" : "missing";
}

void write_members(json::Writer& out, const CallRow& row, std::string_view details) {
  out.key("id").text(row.request_id).key("cursor").text(std::to_string(row.id));
  meter::write_call(out, row, from_millis(row.time_ms()));
  out.key("detailState").text(details);
  for (const char* const name :
       {"artifactRelPath", "artifactSizeBytes", "artifactSha256", "requestSummary"}) {
    out.key(name).null();
  }
  out.key("hasRequestBody").boolean(details == "ready");
  out.key("hasResponseBody").boolean(details == "ready");
  out.key("hasPipelineDetails").boolean(false);
}

void write_row(json::Writer& out, const CallRow& row, const store::BodyLog* bodies) {
  out.begin_object();
  write_members(out, row, detail_state(row, bodies));
  out.end_object();
}

/// As JSON where it is that, else as a text, for which letters that are none are hidden.
void write_body(json::Writer& out, const store::Bodies::Body& body) {
  if (const Result<json::Raw> value = json::Raw::parse(body.text)) {
    out.raw(*value);
    return;
  }
  std::string text = "\"";
  append_json_escaped(text, body.text);
  text += '"';
  if (!json::Raw::parse(text)) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  out.raw(text);
}

void write_bodies(json::Writer& out, const Result<store::Bodies>& bodies) {
  for (const bool of_request : {true, false}) {
    const std::string name = of_request ? "requestBody" : "responseBody";
    out.key(name);
    if (!bodies) {
      out.null();
      continue;
    }
    const store::Bodies::Body& body = of_request ? bodies->request : bodies->answer;
    write_body(out, body);
    out.key(name + "Bytes").integer(static_cast<std::int64_t>(body.bytes));
    out.key(name + "Cut").boolean(body.is_cut(store::BodyLog::body_bytes_max));
  }
}

/// A cell of a table.
void append_cell(std::string& out, std::string_view text) {
  constexpr std::string_view begins_formula = "=+-@\t\r";
  const bool formula = !text.empty() && begins_formula.find(text.front()) != text.npos;
  if (!formula && text.find_first_of(",\"\r\n") == text.npos) {
    out += text;
    return;
  }
  out += formula ? "\"'" : "\"";
  for (const char letter : text) out.append(letter == '"' ? 2 : 1, letter);
  out += '"';
}

void append_cell(std::string& out, std::int64_t number) { out += std::to_string(number); }

void append_cell(std::string& out, const std::optional<Millis>& span) {
  if (span) append_cell(out, span->count());
}

void append_cell(std::string& out, double number) {
  std::array<char, 64> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  out.append(digits.data(), end.ptr);
}

/// Each cell of a row by the name of its column.
void visit_cells(const CallRow& row, const auto& each) {
  each("id", std::string_view(row.request_id));
  each("timestamp", std::string_view(iso8601(from_millis(row.time_ms()))));
  each("method", std::string_view(row.method)), each("path", std::string_view(row.path));
  each("status", row.status), each("requestedModel", std::string_view(row.requested_model));
  each("model", std::string_view(row.model)), each("provider", std::string_view(row.provider));
  each("account", std::string_view(row.account));
  each("connectionId", std::string_view(row.connection_id));
  each("duration", std::optional(row.duration)), each("ttft", row.ttft);
  each("tokensIn", row.tokens.input), each("tokensOut", row.tokens.output);
  each("cacheRead", row.tokens.cache_read), each("cacheWrite", row.tokens.cache_creation);
  each("reasoning", row.tokens.reasoning), each("cost", dollars(row.cost_nano));
  each("cacheSource", std::string_view(row.cache_source));
  each("sourceFormat", std::string_view(row.source_format));
  each("targetFormat", std::string_view(row.target_format));
  each("apiKeyId", std::string_view(row.api_key_id));
  each("apiKeyName", std::string_view(row.api_key_name));
  each("comboName", std::string_view(row.combo)), each("session", std::string_view(row.session));
  each("attempts", row.attempts), each("error", std::string_view(row.error));
}

}  // namespace

std::string calls_as_json(const std::vector<CallRow>& rows, const store::BodyLog* bodies) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const CallRow& row : rows) write_row(out, row, bodies);
  out.end_array();
  return text;
}

std::string calls_as_lines(const std::vector<CallRow>& rows, const store::BodyLog* bodies) {
  std::string text;
  for (const CallRow& row : rows) {
    json::Writer out(text);
    write_row(out, row, bodies);
    text += '\n';
  }
  return text;
}

std::string calls_as_csv(const std::vector<CallRow>& rows) {
  std::string text;
  visit_cells({}, [&](std::string_view name, const auto& /*cell*/) {
    text.append(text.empty() ? "" : ",").append(name);
  });
  text += "\r\n";
  for (const CallRow& row : rows) {
    std::string_view separator;
    visit_cells(row, [&](std::string_view /*name*/, const auto& cell) {
      text += separator;
      separator = ",";
      append_cell(text, cell);
    });
    text += "\r\n";
  }
  return text;
}

std::string call_as_json(const CallRow& row, const store::BodyLog* bodies) {
  Result<store::Bodies> kept = Error(Error::Kind::not_found, "none");
  if (row.bodies.segment > 0 && bodies != nullptr) kept = bodies->read(row.bodies);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_members(out, row, row.bodies.segment == 0 ? "none" : kept ? "ready" : "missing");
  write_bodies(out, kept);
  out.key("pipelinePayloads").null().key("trace");
  if (row.trace.empty()) {
    out.null();
  } else {
    out.raw(row.trace);
  }
  out.end_object();
  return text;
}

}  // namespace omni::api
