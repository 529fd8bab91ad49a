// The names are those of OpenTelemetry's conventions for generative AI and for HTTP; what they have
// no name for begins with `omniroute.`.

#include "otlp/spans.h"

#include <array>

#include "account/verdict.h"
#include "base/dollars.h"
#include "base/strings.h"

namespace omni::otlp {
namespace {

using pipeline::Trace;

enum class Kind : std::uint8_t { server = 2, client = 3 };
constexpr std::int64_t failed = 2;                               // of a status
constexpr std::uint32_t told_remote = 0x100, is_remote = 0x200;  // of flags: of the parent
constexpr std::uint32_t sampled = 1;
constexpr std::size_t name_bytes_max = 256;

struct Header {
  Kind kind{};
  std::string_view trace_id;
  std::string id;
  std::string_view parent_id;
  std::uint32_t flags = 0;
  std::string_view model;
  Clock::Wall begin, end;
};

void write(json::Writer& out, const Header& header) {
  out.key("traceId").text(header.trace_id).key("spanId").text(header.id);
  if (!header.parent_id.empty()) out.key("parentSpanId").text(header.parent_id);
  out.key("flags").integer(header.flags);
  std::string name("chat");
  if (!header.model.empty()) name.append(" ").append(header.model);
  shorten(name, name_bytes_max);
  out.key("name").text(name);
  out.key("kind").integer(static_cast<std::int64_t>(header.kind));
  write_time(out.key("startTimeUnixNano"), header.begin);
  write_time(out.key("endTimeUnixNano"), header.end);
}

/// Why is among the attributes, and without words: a provider's may quote from the request.
void write_status(json::Writer& out, std::int64_t code) {
  out.key("status").begin_object();
  if (code != 0) out.key("code").integer(code);
  out.end_object();
}

void write_usage(Attributes& attributes, const chat::Usage& usage) {
  if (usage.input() + usage.output() == 0) return;  // nobody said
  attributes.integer("gen_ai.usage.input_tokens", usage.input());
  attributes.integer("gen_ai.usage.output_tokens", usage.output());
  const std::array details{
      std::pair("gen_ai.usage.cache_read.input_tokens", usage.input_cache_read),
      std::pair("gen_ai.usage.cache_creation.input_tokens",
                usage.input_cache_write + usage.input_cache_write_1h),
      std::pair("gen_ai.usage.reasoning.output_tokens", usage.output_reasoning)};
  for (const auto& [name, tokens] : details) {
    if (tokens != 0) attributes.integer(name, tokens);
  }
}

/// What was done for a client before anybody was asked.
Clock::Wall::duration preparation(const meter::Phases& phases) {
  meter::Micros sum{0};
  for (const meter::Phase phase :
       {meter::Phase::parse, meter::Phase::policy, meter::Phase::resolve}) {
    sum += phases.at(static_cast<std::size_t>(phase)).value_or(meter::Micros{0});
  }
  return sum;
}

/// What is asked for, in the words of the conventions.
std::string_view operation_of(const Trace& trace) {
  const std::string_view path = trace.path;
  for (const std::string_view word : {"embed", "Embed"}) {
    if (path.find(word) != std::string_view::npos) return "embeddings";
  }
  const bool completes = path.ends_with("/completions") && !path.ends_with("/chat/completions");
  return completes ? "text_completion" : "chat";
}

void write_request_attributes(json::Writer& out, const Trace& trace) {
  Attributes attributes(out);
  attributes.text("gen_ai.operation.name", operation_of(trace));
  attributes.text("gen_ai.request.model", trace.requested_model);
  attributes.text("http.request.method", trace.method).text("url.path", trace.path);
  if (trace.status != 0) attributes.integer("http.response.status_code", trace.status);
  if (trace.status >= 400) attributes.text("error.type", std::to_string(trace.status));
  attributes.text("omniroute.request_id", trace.request_id);
  attributes.text("omniroute.dialect", name_of(trace.dialect));
  if (trace.stream) attributes.flag("omniroute.stream");
  attributes.text("omniroute.combo", trace.combo).text("omniroute.strategy", trace.strategy);
  attributes.text("omniroute.provider", trace.provider).text("omniroute.model", trace.model);
  attributes.text("omniroute.cache", trace.source);
  attributes.integer("omniroute.attempts", std::ssize(trace.attempts));
  attributes.number("omniroute.cost_usd", dollars(trace.cost_nano));
  attributes.end();
}

void write_attempt_attributes(json::Writer& out, const Trace::Attempt& attempt,
                              std::string_view operation, std::int64_t number) {
  Attributes attributes(out);
  attributes.text("gen_ai.operation.name", operation);
  attributes.text("gen_ai.provider.name", attempt.provider);
  attributes.text("gen_ai.request.model", attempt.model);
  attributes.text("gen_ai.response.model", attempt.answered_as);
  if (attempt.finish) {
    attributes.texts("gen_ai.response.finish_reasons",
                     std::array{pipeline::name_of(*attempt.finish)});
  }
  write_usage(attributes, attempt.usage);
  attributes.text("server.address", attempt.host);
  if (attempt.answered) attributes.integer("http.response.status_code", attempt.verdict.status);
  attributes.text("error.type", error_type(attempt));
  attributes.text("omniroute.account", attempt.connection_name);
  attributes.text("omniroute.account_id", attempt.connection);
  attributes.integer("omniroute.attempt", number);
  attributes.text("omniroute.dialect", name_of(attempt.dialect));
  attributes.text("omniroute.lane", attempt.byte_lane ? "bytes" : "translated");
  if (attempt.first_word) {
    attributes.integer("omniroute.first_word_ms", attempt.first_word->count());
  }
  attributes.end();
}

void write(json::Writer& out, const Told& request, Random& random) {
  const Trace& trace = *request.trace;
  const bool remote = !request.place.parent_id.empty();
  const Clock::Wall asked = request.ended - trace.took;
  const Header whole{.kind = Kind::server,
                     .trace_id = request.place.trace_id,
                     .id = new_span_id(random),
                     .parent_id = request.place.parent_id,
                     .flags = sampled | told_remote | (remote ? is_remote : 0),
                     .model = trace.requested_model,
                     .begin = asked - preparation(trace.phases),
                     .end = request.ended};
  out.begin_object();
  write(out, whole);
  write_request_attributes(out, trace);
  write_status(out, trace.status >= 500 ? failed : 0);
  out.end_object();
  std::int64_t number = 0;
  for (const Trace::Attempt& attempt : trace.attempts) {
    out.begin_object();
    write(out, Header{.kind = Kind::client,
                      .trace_id = whole.trace_id,
                      .id = new_span_id(random),
                      .parent_id = whole.id,
                      .flags = sampled | told_remote,
                      .model = attempt.model,
                      .begin = asked + attempt.began,
                      .end = asked + attempt.began + attempt.took});
    write_attempt_attributes(out, attempt, operation_of(trace), ++number);
    write_status(out, error_type(attempt).empty() ? 0 : failed);
    out.end_object();
  }
}

}  // namespace

std::string error_type(const Trace::Attempt& attempt) {
  const int status = attempt.verdict.status;
  if (attempt.verdict.next == account::Verdict::Next::done && status < 400) return {};
  if (attempt.answered && status >= 400) return std::to_string(status);
  if (status == 499) return "cancelled";
  if (status == 504) return "timeout";
  return std::string(name_of(attempt.verdict.blame));
}

std::string spans_as_json(const Source& source, std::span<const Told> requests, Random& random) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("resourceSpans").begin_array();
  out.begin_object().key("resource").raw(source.resource);
  out.key("scopeSpans").begin_array();
  out.begin_object().key("scope").raw(source.scope);
  out.key("spans").begin_array();
  for (const Told& request : requests) write(out, request, random);
  out.end_array().end_object().end_array().end_object().end_array().end_object();
  return text;
}

}  // namespace omni::otlp
