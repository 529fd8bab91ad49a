// providers list | known | add | test

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

#include "gateway/import_env.h"
#include "gateway/owner_client.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::gateway {
namespace {

constexpr std::string_view path = "/api/providers";

void append_row(std::string& text, std::initializer_list<std::string_view> cells) {
  constexpr std::array<std::size_t, 5> widths{38, 20, 14, 20, 0};
  append_cells(text, {cells.begin(), cells.size()}, widths);
}

/// The id, or the prefix of one that a user has defined.
std::string_view provider_of(json::Value account, json::Value told_by) {
  const json::Value prefix = told_by.find("prefix");
  return prefix ? prefix.text() : account.find("provider").text();
}

int list_providers(const OwnerClient& gateway, const Invocation& invocation) {
  const Result<std::string> body = gateway.get(path);
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  std::string text;
  for (const json::Value each : reader.read(*body).at("connections").items()) {
    if (text.empty()) append_row(text, {"ID", "PROVIDER", "STATE", "NAME", "LAST ERROR"});
    const bool active = each.find("isActive").boolean();
    append_row(text, {each.find("id").text(), provider_of(each, each.at("providerSpecificData")),
                      active ? each.find("testStatus").text() : "off", each.find("name").text(),
                      each.find("lastError").text()});
  }
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(text.empty() ? "There are no accounts at providers.\n" : text);
  return succeeded;
}

/// What accounts can be made at: what stands before the names of their models, and their own names.
int list_known(const OwnerClient& gateway) {
  const Result<std::string> body = gateway.get("/api/models/catalog");
  if (!body) return complain(body.error());
  json::Reader reader;
  std::string text;
  append_row(text, {"PROVIDER", "NAME", "", ""});
  for (const auto [prefix, provider] : reader.read(*body).at("catalog").members()) {
    if (prefix == "combo") continue;  // made of the others
    append_row(text, {prefix, provider.find("provider").text(), "", ""});
  }
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(text);
  return succeeded;
}

/// The key comes on standard input, so that no list of processes and no history shows it.
int add_provider(const OwnerClient& gateway, const std::string& provider, Secret key,
                 const std::string& name) {
  std::string request;
  json::Writer writer(request);
  writer.begin_object().key("provider").text(provider).key("name").text(name);
  if (!key.empty()) writer.key("apiKey").text(key.reveal());
  writer.end_object();
  const Result<std::string> body = gateway.ask("POST", path, request);
  if (!body) {
    const bool unknown = body.error().message().find("Invalid provider") != std::string::npos;
    return unknown ? complain("no provider is called " + provider +
                                  "; omniroute providers known lists them",
                              failed)
                   : complain(body.error());
  }
  print(provider + ": added as \"" + name + "\"\n");
  return succeeded;
}

Result<std::set<std::string>> providers_with_accounts(const OwnerClient& gateway) {
  const Result<std::string> body = gateway.get(path);
  if (!body) return body.error();
  json::Reader reader;
  std::set<std::string> providers;
  for (const json::Value each : reader.read(*body).at("connections").items()) {
    providers.emplace(each.find("provider").text());
  }
  if (Status read = reader.finish(); !read) return read.error();
  return providers;
}

int add_from_environment(const OwnerClient& gateway, const Environment& environment) {
  const auto catalog = catalog::Catalog::load();
  if (!catalog) return complain(catalog.error());
  const auto there = providers_with_accounts(gateway);
  if (!there) return complain(there.error());
  std::vector<AccountInEnvironment> found = accounts_in(environment, **catalog);
  if (found.empty()) print("No variable of a provider is set.\n");
  int worst = succeeded;
  for (AccountInEnvironment& account : found) {
    if (there->contains(account.provider)) {
      print(account.provider + ": has an account, " + account.variable + " is not used\n");
      continue;
    }
    const std::string name = account.name();
    worst = std::max(worst, add_provider(gateway, account.provider, std::move(account.key), name));
  }
  return worst;
}

int add(const OwnerClient& gateway, const Invocation& invocation) {
  if (invocation.has("--from-env")) {
    return add_from_environment(gateway, invocation.config.environment);
  }
  const std::string provider = invocation.operand(1);
  if (provider.empty()) {
    return complain("usage: omniroute providers add <provider> [<name>], or --from-env", misused);
  }
  Result<Secret> key = Secret();
  if (!invocation.has("--no-key")) {
    key = is_terminal() ? ask_for_new_secret("key") : read_secret_line();
  }
  if (!key) return complain(key.error());
  const std::string name = invocation.operand(2);
  return add_provider(gateway, provider, *std::move(key), name.empty() ? provider : name);
}

int test_providers(const OwnerClient& gateway, const Invocation& invocation) {
  const Result<std::string> body =
      gateway.ask("POST", "/api/providers/test-batch", R"({"mode":"all"})");
  if (!body) return complain(body.error());
  if (invocation.has("--json")) return print(*body + "\n"), succeeded;
  json::Reader reader;
  std::string text;
  bool all_valid = true;
  for (const json::Value each : reader.read(*body).at("results").items()) {
    if (text.empty()) append_row(text, {"ID", "PROVIDER", "STATE", "NAME", "WHY"});
    all_valid = all_valid && each.find("valid").boolean();
    append_row(text, {each.find("connectionId").text(), provider_of(each, each),
                      each.find("testStatus").text(), each.find("connectionName").text(),
                      each.find("error").text()});
  }
  if (Status read = reader.finish(); !read) return complain(read.error());
  print(text.empty() ? "There are no accounts at providers.\n" : text);
  return all_valid ? succeeded : failed;
}

}  // namespace

int manage_providers(const Invocation& invocation) {
  const OwnerClient gateway(invocation.config.data_dir);
  const std::string what = invocation.operand(0);
  if (what == "add") return add(gateway, invocation);
  if (invocation.operands.size() != 1) {
    return complain("usage: omniroute providers list | known | add <provider> [<name>] | test",
                    misused);
  }
  if (what == "known") return list_known(gateway);
  return what == "list" ? list_providers(gateway, invocation) : test_providers(gateway, invocation);
}

}  // namespace omni::gateway
