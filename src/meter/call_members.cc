// Members that clients of other gateways look for and that mean nothing here are null.

#include "meter/call_members.h"

#include "base/dollars.h"
#include "json/or_null.h"

namespace omni::meter {

void write_tokens(json::Writer& out, const store::UsageRow::Tokens& tokens) {
  out.begin_object().key("in").integer(tokens.input).key("out").integer(tokens.output);
  out.key("cacheRead").integer(tokens.cache_read).key("cacheWrite").integer(tokens.cache_creation);
  out.key("reasoning").integer(tokens.reasoning).key("compressed").null().end_object();
}

void write_call(json::Writer& out, const store::CallRow& row, Clock::Wall over) {
  const auto text = [&out](std::string_view name, std::string_view value) {
    write_text_or_null(out.key(name), value);
  };
  out.key("timestamp").text(iso8601(over)).key("method").text(row.method);
  out.key("path").text(row.path).key("status").integer(row.status);
  text("model", row.model);
  text("requestedModel", row.requested_model);
  text("provider", row.provider);
  text("account", row.account);
  text("connectionId", row.connection_id);
  out.key("duration").integer(row.duration.count());
  write_millis_or_null(out.key("ttft"), row.ttft);
  write_tokens(out.key("tokens"), row.tokens);
  out.key("cost").number(dollars(row.cost_nano));
  text("cacheSource", row.cache_source);
  out.key("requestType").null();
  text("sourceFormat", row.source_format);
  text("targetFormat", row.target_format);
  text("apiKeyId", row.api_key_id);
  text("apiKeyName", row.api_key_name);
  text("comboName", row.combo);
  out.key("comboStepId").null().key("comboExecutionKey").null();
  text("session", row.session);
  text("error", row.error);
  out.key("attempts").integer(row.attempts);
}

}  // namespace omni::meter
