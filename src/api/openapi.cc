#include "api/openapi.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

#include "base/strings.h"

namespace omni::api {
namespace {

using json::Writer;

std::vector<std::string_view> segments_of(std::string_view pattern) {
  std::vector<std::string_view> segments;
  while (!pattern.empty()) {
    if (const std::string_view segment = cut(pattern, '/'); !segment.empty()) {
      segments.push_back(segment);
    }
  }
  return segments;
}

/// The name in `{name}` or `{name...}`; empty for other segments.
std::string_view param_of(std::string_view segment) {
  if (!segment.starts_with('{')) return {};
  segment = segment.substr(1, segment.size() - 2);
  return segment.substr(0, segment.find('.'));
}

/// OpenAPI knows no parameter for the rest of a path: it is one like the others.
std::string path_of(const Route& route) {
  std::string path;
  for (const std::string_view segment : segments_of(route.pattern)) {
    const std::string_view param = param_of(segment);
    path.append("/");
    if (param.empty()) path.append(segment);
    if (!param.empty()) path.append("{").append(param).append("}");
  }
  return path.empty() ? "/" : path;
}

/// The group: what follows /api, else the first part.
std::string_view tag_of(const Route& route) {
  const std::vector<std::string_view> segments = segments_of(route.pattern);
  if (segments.empty()) return "root";
  return segments.size() > 1 && segments[0] == "api" ? segments[1] : segments[0];
}

/// "get_api_keys_by_id".
std::string operation_id(const Route& route) {
  std::string id = to_lower(net::name_of(route.method));
  for (const std::string_view segment : segments_of(route.pattern)) {
    const std::string_view param = param_of(segment);
    id.append(param.empty() ? "_" : "_by_").append(param.empty() ? segment : param);
  }
  std::replace_if(
      id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return id;
}

void write_parameter(Writer& writer, std::string_view place, const json::MemberShape& member) {
  writer.begin_object().key("name").text(member.name).key("in").text(place);
  if (!member.help.empty()) writer.key("description").text(member.help);
  writer.key("required").boolean(member.presence == json::Presence::required);
  writer.key("schema");
  json::write_schema(writer, member.shape);
  writer.end_object();
}

void write_parameters(Writer& writer, const Route& route) {
  writer.key("parameters").begin_array();
  for (const std::string_view segment : segments_of(route.pattern)) {
    const std::string_view param = param_of(segment);
    if (param.empty()) continue;
    writer.begin_object().key("name").text(param).key("in").text("path");
    writer.key("required").boolean(true).key("schema");
    json::write_schema(writer, json::Shape{.kind = json::Kind::text});
    writer.end_object();
  }
  for (const json::MemberShape& member : route.query) write_parameter(writer, "query", member);
  for (const json::MemberShape& member : route.headers) write_parameter(writer, "header", member);
  writer.end_array();
}

/// Whether no body, which is as good as an empty object, will not do.
bool needs_body(const Route& route) {
  if (!route.body) return true;
  const auto is_required = [](const json::MemberShape& member) {
    return member.presence == json::Presence::required;
  };
  return route.body->min > 0 || std::ranges::any_of(route.body->members, is_required);
}

void write_body(Writer& writer, const Route& route) {
  if (!route.body && route.body_media.empty()) return;
  writer.key("requestBody").begin_object().key("required").boolean(needs_body(route));
  writer.key("content").begin_object();
  writer.key(route.body ? "application/json" : route.body_media).begin_object();
  if (route.body) json::write_schema(writer.key("schema"), *route.body);
  writer.end_object().end_object().end_object();
}

/// Each a way of its own to get in.
void write_security(Writer& writer, const Route& route) {
  const auto way = [&writer](std::string_view scheme, std::string_view scope) {
    writer.begin_object().key(scheme).begin_array();
    if (!scope.empty()) writer.text(scope);
    writer.end_array().end_object();
  };
  writer.key("security").begin_array();
  if (route.role == net::Role::client) {
    way("clientKey", "");
  } else if (route.role != net::Role::open) {
    way("cookieAuth", "");
    way("bearerAuth", net::name_of(route.role));
  }
  writer.end_array();
}

/// Refused before the row's handler is asked, everything is answered by an object; clients of
/// models are answered in words of their own.
std::string_view error_schema(const Route& route) {
  if (route.role == net::Role::client) return "InDialect";
  return route.errors == ErrorForm::text ? "AnyError" : "Error";
}

void write_outcome(Writer& writer, const Route& route, const Outcome& outcome) {
  writer.begin_object().key("description").text(outcome.description);
  const bool failed = outcome.status >= 400;
  if (failed || route.answer) {
    writer.key("content").begin_object().key("application/json").begin_object().key("schema");
    if (failed) {
      const std::string_view name = outcome.status == 400 ? "Invalid" : error_schema(route);
      writer.begin_object().key("$ref");
      writer.text("#/components/schemas/" + std::string(name)).end_object();
    } else {
      json::write_schema(writer, *route.answer);
    }
    writer.end_object().end_object();
  }
  writer.end_object();
}

void write_outcomes(Writer& writer, const Route& route) {
  std::set<std::string> written;
  const auto refuse = [&](const std::string& status, std::string_view response) {
    if (!written.insert(status).second) return;
    writer.key(status).begin_object().key("$ref");
    writer.text("#/components/responses/" + std::string(response)).end_object();
  };
  writer.key("responses").begin_object();
  for (const Outcome& outcome : route.outcomes) {
    const std::string status = std::to_string(outcome.status);
    if (!written.insert(status).second) continue;
    write_outcome(writer.key(status), route, outcome);
  }
  if (route.body || !route.query.empty()) refuse("400", "Invalid");
  if (route.role != net::Role::open) {
    refuse("401", error_schema(route));
    refuse("403", error_schema(route));
  }
  refuse("default", error_schema(route));
  writer.end_object();
}

void write_operation(Writer& writer, const Route& route) {
  writer.key(to_lower(net::name_of(route.method))).begin_object();
  writer.key("tags").begin_array().text(tag_of(route)).end_array();
  writer.key("summary").text(route.summary).key("operationId").text(operation_id(route));
  write_security(writer, route);
  write_parameters(writer, route);
  write_body(writer, route);
  write_outcomes(writer, route);
  writer.end_object();
}

void write_paths(Writer& writer, std::span<const Route> routes) {
  std::map<std::string, std::vector<const Route*>> paths;
  for (const Route& route : routes) paths[path_of(route)].push_back(&route);
  writer.key("paths").begin_object();
  for (const auto& [path, rows] : paths) {
    writer.key(path).begin_object();
    for (const Route* const row : rows) write_operation(writer, *row);
    writer.end_object();
  }
  writer.end_object();
}

/// Shared parts.  The same in every document.
constexpr std::string_view components = R"({
  "securitySchemes": {
    "cookieAuth": {"type": "apiKey", "in": "cookie", "name": "auth_token",
      "description": "A session of the dashboard."},
    "bearerAuth": {"type": "http", "scheme": "bearer",
      "description": "A management token, mt_…, with the scope that the operation names."},
    "clientKey": {"type": "http", "scheme": "bearer",
      "description": "An API key, sk-…, where keys are required; x-api-key will do as well."}},
  "schemas": {
    "Error": {"type": "object", "required": ["error"], "properties": {
      "error": {"type": "object", "required": ["message", "type"], "properties": {
        "code": {"type": "string"}, "message": {"type": "string"}, "type": {"type": "string"},
        "correlation_id": {"type": "string"}}}}},
    "ErrorText": {"type": "object", "required": ["error"], "properties": {
      "error": {"type": "string"}}},
    "AnyError": {"oneOf": [
      {"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/ErrorText"}]},
    "Invalid": {"oneOf": [
      {"$ref": "#/components/schemas/Findings"}, {"$ref": "#/components/schemas/Error"},
      {"$ref": "#/components/schemas/ErrorText"}]},
    "Findings": {"type": "object", "required": ["error"], "properties": {
      "error": {"type": "object", "required": ["message", "details"], "properties": {
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object", "required": ["field", "message"],
          "properties": {"field": {"type": "string"}, "message": {"type": "string"}}}}}}}}},
  "responses": {
    "Error": {"description": "It failed, and why.", "content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
    "AnyError": {"description": "It failed, and why.", "content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/AnyError"}}}},
    "InDialect": {"description": "It failed, and why, as clients of the path's dialect read it."},
    "Invalid": {"description": "The request does not fit, and where.", "content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/Invalid"}}}}}
})";

}  // namespace

std::string openapi(std::span<const Route> routes, std::string_view version) {
  std::string document;
  Writer writer(document);
  writer.begin_object().key("openapi").text("3.1.0");
  writer.key("info").begin_object().key("title").text("OmniRoute");
  writer.key("version").text(version).end_object();
  write_paths(writer, routes);
  writer.key("components").raw(components).end_object();
  return document;
}

}  // namespace omni::api
