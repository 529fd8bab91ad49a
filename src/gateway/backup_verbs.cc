// backup and restore.

#include "gateway/owner_client.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::gateway {
namespace {

Status list_backups(const OwnerClient& gateway) {
  const Result<std::string> body = gateway.get("/api/db-backups");
  if (!body) return body.error();
  json::Reader reader;
  std::string text;
  for (const json::Value backup : reader.read(*body).at("backups").items()) {
    text.append(backup.find("id").text()).append("  ");
    text.append(std::to_string(backup.find("size").integer())).append(" bytes\n");
  }
  if (Status read = reader.finish(); !read) return read;
  print(text.empty() ? "There are no backups.\n" : text);
  return Nothing{};
}

Status restore_backup(const OwnerClient& gateway, std::string_view name) {
  std::string request;
  json::Writer(request).begin_object().key("backupId").text(name).end_object();
  const Result<std::string> body = gateway.ask("POST", "/api/db-backups", request);
  if (!body && body.error().kind() == Error::Kind::not_found) {
    return Error(Error::Kind::not_found,
                 "there is no backup " + std::string(name) + ": omniroute restore lists them");
  }
  if (!body) return body.error();
  json::Reader reader;
  const json::Value restored = reader.read(*body);
  std::string text = "The backup is in force: ";
  text.append(std::to_string(restored.find("connectionCount").integer())).append(" connections, ");
  text.append(std::to_string(restored.find("comboCount").integer())).append(" combos, ");
  text.append(std::to_string(restored.find("apiKeyCount").integer())).append(" API keys.\n");
  if (Status read = reader.finish(); !read) return read;
  print(text);
  return Nothing{};
}

}  // namespace

int back_up(const Invocation& invocation) {
  const Result<std::string> body =
      OwnerClient(invocation.config.data_dir).ask("PUT", "/api/db-backups", "");
  if (!body) return complain(body.error());
  json::Reader reader;
  const std::string name(reader.read(*body).at("filename").text());
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(name + "\n");
  return succeeded;
}

int restore(const Invocation& invocation) {
  const OwnerClient gateway(invocation.config.data_dir);
  const Status done = invocation.operands.empty() ? list_backups(gateway)
                                                  : restore_backup(gateway, invocation.operand(0));
  return done ? succeeded : complain(done.error());
}

}  // namespace omni::gateway
