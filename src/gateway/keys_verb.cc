// keys add | list | revoke

#include <array>

#include "base/clock.h"
#include "gateway/owner_client.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::gateway {
namespace {

int add_key(const OwnerClient& gateway, const Invocation& invocation) {
  std::string request;
  json::Writer(request).begin_object().key("name").text(invocation.operand(1)).end_object();
  const Result<std::string> body = gateway.ask("POST", "/api/keys", request);
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  const json::Value made = reader.read(*body);
  const std::string key(made.at("key").text());
  const std::string id(made.at("id").text());
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(key + "\n");
  write_to_stderr("This is shown once: only a hash of it is kept.  Its id is " + id + ".\n");
  return succeeded;
}

/// What would happen to somebody who came with it now.
std::string_view state_of(json::Value key) {
  if (!key.find("revokedAt").text().empty()) return "revoked";
  const auto expiry = parse_iso8601(key.find("expiresAt").text());
  if (expiry && *expiry <= SystemClock().wall()) return "expired";
  return key.find("isActive").boolean() ? "active" : "off";
}

void append_row(std::string& text, const std::array<std::string_view, 5>& cells) {
  constexpr std::array<std::size_t, 5> widths{38, 20, 9, 26, 0};
  append_cells(text, cells, widths);
}

int list_keys(const OwnerClient& gateway, const Invocation& invocation) {
  const Result<std::string> body = gateway.get("/api/keys?limit=1000");
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  std::string text;
  for (const json::Value key : reader.read(*body).at("keys").items()) {
    if (text.empty()) append_row(text, {"ID", "KEY", "STATE", "EXPIRES", "NAME"});
    const std::string_view expiry = key.find("expiresAt").text();
    append_row(text, {key.find("id").text(), key.find("key").text(), state_of(key),
                      expiry.empty() ? "never" : expiry, key.find("name").text()});
  }
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(text.empty() ? "There are no keys.\n" : text);
  return succeeded;
}

int revoke_key(const OwnerClient& gateway, const std::string& id) {
  constexpr std::string_view safe =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  if (id.find_first_not_of(safe) != std::string::npos) {
    return complain("\"" + id + "\" is no id of a key: see omniroute keys list", misused);
  }
  const Result<std::string> body = gateway.ask("DELETE", "/api/keys/" + id, "");
  if (!body && body.error().kind() == Error::Kind::not_found) {
    return complain("there is no key with the id " + id + ": see omniroute keys list", failed);
  }
  if (!body) return complain(body.error());
  print("The key is good for nothing any more.\n");
  return succeeded;
}

}  // namespace

int manage_keys(const Invocation& invocation) {
  const OwnerClient gateway(invocation.config.data_dir);
  const std::string what = invocation.operand(0);
  if (what == "list" && invocation.operands.size() == 1) return list_keys(gateway, invocation);
  if (what == "list" || invocation.operands.size() != 2) {
    return complain("usage: omniroute keys add <name> | list | revoke <id>", misused);
  }
  return what == "add" ? add_key(gateway, invocation) : revoke_key(gateway, invocation.operand(1));
}

}  // namespace omni::gateway
