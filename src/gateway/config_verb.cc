// config get | set | export | apply, by the same endpoints as the dashboard; --explain.

#include <algorithm>
#include <fstream>
#include <map>

#include "base/log.h"
#include "gateway/data_dir.h"
#include "gateway/explain.h"
#include "gateway/owner_client.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "json/reader.h"
#include "json/shape.h"
#include "json/writer.h"
#include "store/settings.h"

namespace omni::gateway {
namespace {

constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;
/// Bans pass by themselves: they are no configuration, and the endpoint takes them one by one.
constexpr std::string_view passing = "ip-filter.tempBans";

/// By their full names, in the order of the rows.
using Values = std::vector<std::pair<const store::SettingRow*, json::Raw>>;

std::string path_of(std::string_view group) {
  return group.empty() ? "/api/settings" : "/api/settings/" + std::string(group);
}

Error unknown(std::string_view name) {
  return {Error::Kind::bad_request,
          "there is no setting " + std::string(name) + ": omniroute config get lists them all"};
}

/// What is in force now.
Result<Values> load(const OwnerClient& gateway) {
  Values values;
  std::map<std::string_view, std::string> bodies;
  for (const store::SettingRow& row : store::setting_rows()) {
    if (bodies.contains(row.group)) continue;
    Result<std::string> body = gateway.get(path_of(row.group));
    if (!body) return body.error();
    json::Reader reader;
    const json::Value root = reader.read(bodies[row.group] = *std::move(body));
    for (const store::SettingRow& other : store::setting_rows()) {
      if (other.group != row.group || other.full_name() == passing) continue;
      if (const json::Value value = root.find(other.name)) values.emplace_back(&other, value.raw());
    }
    if (Status read = reader.finish(); !read) return read.error();
  }
  return values;
}

const json::Raw* find(const Values& values, const store::SettingRow* row) {
  const auto found = std::ranges::find(values, row, &Values::value_type::first);
  return found == values.end() ? nullptr : &found->second;
}

/// One request per group, each of which is changed as a whole or not at all.
Status store_all(const OwnerClient& gateway, const Values& values) {
  std::map<std::string_view, std::string> bodies;
  for (const auto& [row, value] : values) {
    std::string& body = bodies[row->group];
    body.append(body.empty() ? "{" : ",").append(json::Raw::quote(row->name).text());
    body.append(":").append(value.text());
  }
  for (auto& [group, body] : bodies) {
    const auto stored = gateway.ask("PUT", path_of(group), body += "}");
    if (!stored) return stored.error();
  }
  return Nothing{};
}

Status get(const OwnerClient& gateway, const std::string& name) {
  const store::SettingRow* const row = store::find_setting(name);
  if (!name.empty() && row == nullptr) return unknown(name);
  const Result<Values> values = load(gateway);
  if (!values) return values.error();
  std::string text;
  for (const auto& [found, value] : *values) {
    if (row == nullptr) text.append(found->full_name()).append(" = ");
    if (row == nullptr || row == found) text.append(value.text()).append("\n");
  }
  print(text);
  return Nothing{};
}

/// A value as somebody types it: a text without quotes, anything else as JSON.
Result<json::Raw> read_value(const store::SettingRow& row, const std::string& text) {
  const bool is_text = row.shape.kind == json::Kind::text;
  Result<json::Raw> value = json::Raw::parse(is_text ? json::Raw::quote(text).text() : text);
  const bool is_switch = row.shape.kind == json::Kind::boolean;
  if (is_switch && text != "true" && text != "false") {
    return Error(Error::Kind::bad_request, row.full_name() + " must be true or false");
  }
  if (value) return value;
  return Error(Error::Kind::bad_request, "the value is no JSON, as " + row.full_name() + " wants");
}

Status set(const OwnerClient& gateway, const Invocation& invocation) {
  const store::SettingRow* const row = store::find_setting(invocation.operand(1));
  if (row == nullptr) return unknown(invocation.operand(1));
  Result<json::Raw> value = read_value(*row, invocation.operand(2));
  if (!value) return value.error();
  const std::string shown = row->shape.hidden ? "as you say" : std::string(value->text());
  Status stored = store_all(gateway, {{row, *std::move(value)}});
  if (stored) print(row->full_name() + " is " + shown + " now.\n");
  return stored;
}

Status export_all(const OwnerClient& gateway) {
  const Result<Values> values = load(gateway);
  if (!values) return values.error();
  std::string text;
  for (const auto& [row, value] : *values) {
    text.append(text.empty() ? "{\n  " : ",\n  ").append(json::Raw::quote(row->full_name()).text());
    text.append(": ").append(value.text());
  }
  print(text + "\n}\n");
  return Nothing{};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  std::string text(file_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || text.empty()) return Error(Error::Kind::bad_request, "cannot read " + path);
  if (text.size() > file_bytes_max) return Error(Error::Kind::bad_request, path + " is too large");
  return text;
}

/// What the file says otherwise than it is.
Result<Values> read_changes(const std::string& path, const Values& now) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  json::Reader reader;
  Values changes;
  for (const auto [name, value] : reader.read(*text).members()) {
    const store::SettingRow* const row = store::find_setting(name);
    if (row == nullptr) return unknown(name);
    const json::Raw* const present = find(now, row);
    if (present != nullptr && *present == value.raw()) continue;
    const std::vector<json::Finding> wrong = json::check(row->shape, value, name);
    if (!wrong.empty()) {
      return Error(Error::Kind::bad_request, wrong.front().field + ": " + wrong.front().message);
    }
    changes.emplace_back(row, value.raw());
  }
  if (Status read = reader.finish(); !read) return read.error();
  return changes;
}

Status apply(const OwnerClient& gateway, const Invocation& invocation) {
  const Result<Values> now = load(gateway);
  if (!now) return now.error();
  const Result<Values> changes = read_changes(invocation.operand(1), *now);
  if (!changes) return changes.error();
  std::string text;
  for (const auto& [row, value] : *changes) {
    const json::Raw* const present = find(*now, row);
    text.append(row->full_name()).append(": ");
    if (row->shape.hidden) {
      text.append("changed\n");
    } else {
      text.append(present == nullptr ? "(nothing)" : present->text());
      text.append(" -> ").append(value.text()).append("\n");
    }
  }
  print(text.empty() ? "Nothing differs.\n" : text);
  return invocation.has("--dry-run") ? Status(Nothing{}) : store_all(gateway, *changes);
}

}  // namespace

int manage_config(const Invocation& invocation) {
  if (invocation.has("--explain")) {
    const bool json = invocation.has("--json");
    print(json ? explain_as_json(invocation.config) : explain(invocation.config));
    if (is_held(invocation.config.data_dir)) {
      write_to_stderr(
          "This is what a gateway would have that is started here and now.  One runs on this data "
          "directory, with the flags and variables that it was started with.\n");
    }
    return succeeded;
  }
  const OwnerClient gateway(invocation.config.data_dir);
  const std::string what = invocation.operand(0);
  const std::size_t count = invocation.operands.size();
  Status done = Error(Error::Kind::bad_request,
                      "usage: omniroute config get [<name>] | set <name> <value> | export | "
                      "apply <file> [--dry-run] | --explain [--json]");
  if (what == "get" && count <= 2) done = get(gateway, invocation.operand(1));
  if (what == "set" && count == 3) done = set(gateway, invocation);
  if (what == "export" && count == 1) done = export_all(gateway);
  if (what == "apply" && count == 2) done = apply(gateway, invocation);
  return done ? succeeded : complain(done.error());
}

}  // namespace omni::gateway
