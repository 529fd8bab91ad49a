#include "api/usage_lines.h"

#include <cctype>

#include "json/or_null.h"
#include "meter/call_members.h"

namespace omni::api {
namespace {

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c < 0x80 ? std::toupper(c) : c);
  });
  return text;
}

std::string status_of(const store::UsageRow& row) {
  return row.success ? std::to_string(row.status) + " OK" : "FAILED " + std::to_string(row.status);
}

std::string line_of(const store::UsageRow& row, const UsageQuestion& question) {
  const std::string account = question.account_name(row.connection_id);
  std::string line = iso8601(row.time);
  for (const std::string& part :
       {row.model, in_capitals(row.provider), account.empty() ? std::string("-") : account,
        std::to_string(row.tokens.input), std::to_string(row.tokens.output), status_of(row)}) {
    line.append(" | ").append(part);
  }
  return line;
}

void write_row(json::Writer& writer, const store::UsageRow& row, const UsageQuestion& question) {
  writer.begin_object().key("id").text(std::to_string(row.id));
  writer.key("timestamp").text(iso8601(row.time)).key("model").text(row.model);
  writer.key("provider").text(row.provider).key("connectionId").text(row.connection_id);
  writer.key("account").text(question.account_name(row.connection_id));
  writer.key("apiKeyId").text(row.api_key_id).key("apiKeyName").text(row.api_key_name);
  writer.key("comboName").text(row.combo).key("status").integer(row.status);
  writer.key("success").boolean(row.success).key("error").text(row.error_code);
  meter::write_tokens(writer.key("tokens"), row.tokens);
  writer.key("cost").number(dollars(row.cost_nano)).key("estimated").boolean(row.estimated);
  writer.key("duration").integer(row.latency.count());
  write_millis_or_null(writer.key("ttft"), row.ttft);
  writer.end_object();
}

}  // namespace

Result<std::string> usage_lines(sql::Session& session, const UsageQuestion& question, LineForm form,
                                std::int64_t most) {
  std::string body;
  json::Writer writer(body);
  writer.begin_array();
  const Status done = store::latest_usage(session, most, [&](const store::UsageRow& row) {
    if (form == LineForm::object) {
      write_row(writer, row, question);
    } else {
      writer.text(line_of(row, question));
    }
  });
  if (!done) return done.error();
  writer.end_array();
  return body;
}

}  // namespace omni::api
