// explain <model> [--path <path>] | explain --request <id>

#include "gateway/owner_client.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/reader.h"
#include "json/writer.h"
#include "net/url.h"

namespace omni::gateway {
namespace {

Result<std::string> ask(const OwnerClient& gateway, const Invocation& invocation) {
  const std::string id = invocation.value("--request");
  if (!id.empty()) return gateway.get("/api/route/explain?requestId=" + net::percent_encode(id));
  std::string body;
  json::Writer out(body);
  out.begin_object().key("model").text(invocation.operand(0));
  if (const std::string path = invocation.value("--path"); !path.empty()) {
    out.key("path").text(path);
  }
  out.end_object();
  return gateway.ask("POST", "/api/route/explain", body);
}

std::string named(json::Value asked) {
  std::string text(asked.find("provider").text());
  text.append("/").append(asked.find("model").text());
  const std::string_view connection = asked.find("connectionName").text();
  if (!connection.empty()) text.append(", account ").append(connection);
  return text;
}

void append_candidate(std::string& text, json::Value candidate) {
  text.append(candidate.find("available").boolean() ? "  can answer: " : "  cannot:     ");
  text.append(named(candidate)).append(", in ").append(candidate.find("dialect").text());
  const std::string_view obstacle = candidate.find("obstacle").text();
  if (!obstacle.empty()) text.append(": ").append(obstacle);
  text.append("\n");
}

void append_attempt(std::string& text, json::Value attempt) {
  text.append("  asked: ").append(named(attempt)).append(", in ");
  text.append(attempt.find("dialect").text()).append(", as ").append(attempt.find("lane").text());
  text.append(": ").append(std::to_string(attempt.find("status").integer())).append(" after ");
  text.append(std::to_string(attempt.find("latencyMs").integer())).append(" ms");
  const std::string_view message = attempt.find("message").text();
  if (!message.empty()) text.append(", ").append(message);
  text.append("; then ").append(attempt.find("next").text()).append("\n");
}

std::string in_words(json::Value trace) {
  std::string text(trace.find("requestedModel").text());
  text.append("\n");
  for (const json::Value reason : trace.at("reasons").items()) {
    text.append("  ").append(reason.text()).append("\n");
  }
  for (const json::Value each : trace.at("candidates").items()) append_candidate(text, each);
  for (const json::Value each : trace.at("attempts").items()) append_attempt(text, each);
  for (const json::Value loss : trace.at("losses").items()) {
    text.append("  lost in translation: ").append(loss.text()).append("\n");
  }
  return text;
}

}  // namespace

int explain_route(const Invocation& invocation) {
  if (invocation.operands.empty() && invocation.value("--request").empty()) {
    return complain("name a model, or --request and an id", misused);
  }
  const Result<std::string> body = ask(OwnerClient(invocation.config.data_dir), invocation);
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  const std::string text = in_words(reader.read(*body));
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(text);
  return succeeded;
}

}  // namespace omni::gateway
