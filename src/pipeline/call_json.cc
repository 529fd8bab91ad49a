#include "pipeline/call_json.h"

#include "json/writer.h"

namespace omni::pipeline {
namespace {

void write_text(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty()) {
    out.null();
  } else {
    out.text(text);
  }
}

void write_tokens(json::Writer& out, const chat::Usage& usage) {
  out.key("tokens").begin_object();
  out.key("in").integer(usage.input()).key("out").integer(usage.output());
  out.key("cacheRead").integer(usage.input_cache_read);
  out.key("cacheWrite").integer(usage.input_cache_write + usage.input_cache_write_1h);
  out.key("reasoning").integer(usage.output_reasoning).end_object();
}

/// Bodies are not kept.
void write_what_is_kept(json::Writer& out) {
  out.key("detailState").text("none");
  for (const char* const name : {"hasRequestBody", "hasResponseBody", "hasPipelineDetails"}) {
    out.key(name).boolean(false);
  }
}

}  // namespace

std::string to_call_json(const Trace& trace, Detail detail) {
  const Trace::Attempt last = trace.attempts.empty() ? Trace::Attempt() : trace.attempts.back();
  const bool asked = !trace.attempts.empty();
  std::string text;
  json::Writer out(text);
  out.begin_object().key("id").text(trace.request_id);
  out.key("timestamp").text(iso8601(trace.time)).key("method").text("POST");
  out.key("path").text(trace.path).key("status").integer(trace.status);
  write_text(out, "model", last.model);
  out.key("requestedModel").text(trace.requested_model);
  write_text(out, "provider", last.provider);
  write_text(out, "account", last.connection_name);
  write_text(out, "connectionId", last.connection);
  out.key("duration").integer(trace.took.count());
  write_tokens(out, trace.usage);
  out.key("cacheSource").text(trace.source);
  out.key("sourceFormat").text(name_of(trace.dialect));
  write_text(out, "targetFormat", asked ? name_of(last.dialect) : std::string_view());
  write_text(out, "apiKeyId", trace.key_id);
  write_text(out, "apiKeyName", trace.key_name);
  write_text(out, "comboName", trace.combo);
  write_text(out, "error", trace.status >= 400 ? trace.message : std::string());
  out.key("attempts").integer(static_cast<std::int64_t>(trace.attempts.size()));
  write_what_is_kept(out);
  if (detail == Detail::whole) out.key("trace").raw(to_json(trace));
  out.end_object();
  return text;
}

}  // namespace omni::pipeline
