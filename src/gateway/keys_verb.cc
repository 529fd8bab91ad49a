// keys add | list | revoke

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
  const std::string key(reader.read(*body).at("key").text());
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(key + "\n");
  write_to_stderr("This is shown once: only a hash of it is kept.\n");
  return succeeded;
}

int list_keys(const OwnerClient& gateway, const Invocation& invocation) {
  const Result<std::string> body = gateway.get("/api/keys?limit=1000");
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  std::string text;
  for (const json::Value key : reader.read(*body).at("keys").items()) {
    const bool revoked = !key.find("revokedAt").text().empty();
    text.append(key.find("id").text()).append("  ").append(key.find("key").text()).append("  ");
    text.append(revoked                          ? "revoked"
                : key.find("isActive").boolean() ? "active"
                                                 : "off")
        .append("  ");
    text.append(key.find("name").text()).append("\n");
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
