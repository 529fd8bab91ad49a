#include "gateway/selftest/operation.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.h"
#include "gateway/selftest/stage.h"
#include "gateway/selftest/talk.h"
#include "ingress/client_paths.h"
#include "json/reader.h"
#include "net/url.h"
#include "upstream/special/schema_sample.h"

namespace omni::gateway::selftest {
namespace {

using chat::Dialect;
using json::Kind;
using json::Value;

bool ends_the_gateway(const Operation& operation) {
  return operation.path == "/api/restart" || operation.path == "/api/shutdown";
}

/// What clients order besides conversations, by the end of its path.
struct Order {
  std::string_view path_end, body;
};
constexpr std::array orders{
    Order{"/embeddings", R"({"model":"demo/embed","input":"Hello","prompt":"Hello"})"},
    Order{"/embed", R"({"model":"demo/embed","input":"Hello"})"},
    Order{"/images/generations", R"({"model":"demo/image","prompt":"A point"})"},
    Order{"/audio/speech", R"({"model":"demo/speech","input":"Hello","voice":"any"})"},
    Order{"/moderations", R"({"model":"demo/moderation","input":"Hello"})"},
    Order{"/rerank", R"({"model":"demo/rerank","query":"Hello","documents":["Hi","Bye"]})"},
    Order{"/v1/completions", R"({"model":"demo/echo","prompt":"Hello"})"},
};

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

/// Of a schema; the text itself where it is one.
std::string sample_text(std::string_view schema) {
  const std::string sample = upstream::sample_of(schema);
  json::Reader reader;
  const Value value = reader.read(sample);
  return value.kind() == Kind::text ? std::string(value.text()) : sample;
}

void read_parameter(Value parameter, Operation& operation) {
  if (parameter.find("in").text() != "query" || !parameter.find("required").boolean()) return;
  operation.query.append(operation.query.empty() ? "?" : "&");
  operation.query.append(parameter.find("name").text()).append("=");
  operation.query.append(net::percent_encode(sample_text(parameter.find("schema").slice())));
}

Operation read_operation(std::string_view path, std::string_view method, Value value) {
  Operation operation;
  operation.method = upper(method);
  operation.path = path;
  for (const Value way : value.find("security").items()) {
    if (way.find("clientKey")) operation.for_clients = true;
  }
  for (const Value parameter : value.find("parameters").items()) {
    read_parameter(parameter, operation);
  }
  for (const auto [media, content] : value.find("requestBody").find("content").members()) {
    operation.media = media;
    operation.schema = content.find("schema").slice();
  }
  for (const auto [status, response] : value.find("responses").members()) {
    if (const auto number = parse_unsigned(status)) {
      operation.statuses.insert(static_cast<int>(*number));
    }
  }
  return operation;
}

/// What stands in the place of a parameter that is no id: a model, a provider.
std::string argument_for(std::string_view name, const Operation& operation) {
  if (name == "provider") return "demo";
  if (name == "rest") return "responses";
  if (name != "name") return "selftest";
  if (operation.method != "POST") return "demo/echo";
  const bool below_models = operation.path.find("/models/") != std::string::npos;
  return std::string(below_models ? "" : "models/") + "demo/echo:generateContent";
}

std::string target_of(const Operation& operation, const Ids& ids) {
  std::string target;
  std::string_view rest = operation.path;
  while (!rest.empty()) {
    target.append(cut(rest, '{'));
    if (rest.empty()) break;
    const std::string_view list = std::string_view(target).substr(0, target.size() - 1);
    const auto id = ids.find(list);
    const std::string_view name = cut(rest, '}');
    const bool known = id != ids.end() && name == "id";
    target.append(known ? net::percent_encode(id->second) : argument_for(name, operation));
  }
  return target + operation.query;
}

/// What somebody asks of the built-in provider, in the dialect of the path: mostly a chat.
Result<Question> question_at(const std::string& target) {
  const auto* const order = std::ranges::find_if(
      orders, [&](const Order& each) { return target.ends_with(each.path_end); });
  if (order != orders.end()) return post_json(target, std::string(order->body));
  const bool one_provider = target.find("/providers/") != std::string::npos;
  const chat::Request request = request_to(one_provider ? "echo" : "demo/echo", "Hello");
  const Dialect dialect = ingress::dialect_of_path(target).value_or(Dialect::openai_chat);
  return question_of(request, {dialect});
}

/// Whether an error is one that clients of the path understand.
bool is_clean_error(const Operation& operation, const Heard& heard) {
  json::Reader reader;
  const Value error = reader.read(heard.body).find("error");
  const auto dialect = ingress::dialect_of_path(operation.path);
  const bool as_text = error.kind() == Kind::text && !error.text().empty();
  const bool as_object = error.kind() == Kind::object && error.find("message").kind() == Kind::text;
  if (!reader.finish()) return false;
  if (operation.for_clients && dialect) return dialect == Dialect::ollama ? as_text : as_object;
  return as_text || as_object;
}

}  // namespace

Result<std::vector<Operation>> read_operations(const std::string& document) {
  std::vector<Operation> operations;
  json::Reader reader;
  for (const auto [path, methods] : reader.read(document).find("paths").members()) {
    for (const auto [method, value] : methods.members()) {
      operations.push_back(read_operation(path, method, value));
    }
  }
  if (Status read = reader.finish(); !read) return read.error();
  return operations;
}

std::string first_id(const Heard& heard) {
  json::Reader reader;
  Value list = reader.read(heard.body);
  if (list.kind() == Kind::object) {
    for (const auto [name, value] : list.members()) {
      list = value;
      if (value.kind() == Kind::array) break;
    }
  }
  if (list.kind() != Kind::array) return {};
  for (const Value item : list.items()) {
    const Value id = item.kind() == Kind::object ? item.find("id") : Value();
    return id.kind() == Kind::text ? std::string(id.text()) : std::string();
  }
  return {};
}

Result<Question> question_for(const Operation& operation, const Ids& ids) {
  Question question{operation.method, target_of(operation, ids), {}, {}};
  if (ends_the_gateway(operation)) {
    question.method = "OPTIONS";
    return question;
  }
  if (operation.media.empty()) return question;
  question.fields.emplace_back("content-type", operation.media);
  if (operation.media != "application/json") return question;
  if (!operation.for_clients) {
    question.body = upstream::sample_of(operation.schema);
    return question;
  }
  Result<Question> asked = question_at(question.target);
  if (asked) asked->target = question.target;
  return asked;
}

std::string complaint_about(const Operation& operation, const Heard& heard,
                            std::string_view nothing_here) {
  const std::string status = "status " + std::to_string(heard.status);
  if (heard.type.starts_with("text/html")) return status + ", a page";
  if (heard.status == 404 && heard.body.find(nothing_here) != std::string::npos) {
    return status + ": it leads nowhere";
  }
  const bool listed = operation.statuses.contains(heard.status) ||
                      (heard.status == 204 && ends_the_gateway(operation));
  const bool refused = heard.status >= 400 && heard.status < 500 && heard.status != 405;
  if (!listed && !refused) return status + ", which is not listed: " + heard.body;
  if (heard.status >= 400) {
    return is_clean_error(operation, heard) ? "" : status + ", no clean error: " + heard.body;
  }
  const bool is_json = heard.type.starts_with("application/json");
  if (is_json && !json::Raw::parse(heard.body)) return status + ", and what is no JSON";
  return {};
}

}  // namespace omni::gateway::selftest
