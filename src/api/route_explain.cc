#include "api/route_explain.h"

#include <array>

#include "json/writer.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr json::Shape failing_name = shape::text(1, 256);
constexpr std::array explain_members{
    MemberShape{"path", shape::text(1, 1000), Presence::optional,
                "Where the request would go; /v1/chat/completions if not said."},
    MemberShape{"model", shape::text(1, 256), Presence::optional,
                "Where the body names none; without a body, of a short question."},
    MemberShape{"body", shape::object({}), Presence::optional, "The request's body."},
    MemberShape{"fail", shape::list(failing_name, 0, 100), Presence::optional,
                "What if these failed: providers, models as provider/model, accounts by id or "
                "name."}};
constexpr std::array find_query{MemberShape{"requestId", shape::text(1, 200), Presence::required,
                                            "What X-Request-Id of its answer said."}};

/// In the words of the dialect that is spoken at that path.
std::string question_to(std::string_view model, std::string_view path) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("model").text(model);
  if (path.find("/responses") != path.npos) {
    out.key("input").text("Hi");
  } else if (path.find("enerateContent") != path.npos) {
    out.key("contents").raw(R"([{"role":"user","parts":[{"text":"Hi"}]}])");
  } else {
    out.key("messages").raw(R"([{"role":"user","content":"Hi"}])");
  }
  out.end_object();
  return body;
}

/// The model may stand beside a body that does not name it.
std::string request_of(json::Value body, std::string_view model) {
  std::string text(body.slice());
  if (model.empty() || body.find("model")) return text;
  std::string named;
  json::Writer out(named);
  out.begin_object().key("model").text(model);
  for (const auto [name, value] : body.members()) out.key(name).raw(value.slice());
  out.end_object();
  return named;
}

}  // namespace

std::vector<Route> RouteExplain::routes() {
  return {{.method = net::Method::post,
           .pattern = "/api/route/explain",
           .role = net::Role::read,
           .summary = "What would happen to a request, and why; sends nothing",
           .handler = handler<&RouteExplain::explain>(this),
           .body = shape::object(explain_members),
           .outcomes = {{200, "How the model is understood, and who could answer"},
                        {400, "The request would be refused"}},
           .answer = an_object},
          {.method = net::Method::get,
           .pattern = "/api/route/explain",
           .role = net::Role::read,
           .summary = "What happened to a request of late, and why",
           .handler = handler<&RouteExplain::find>(this),
           .query = find_query,
           .outcomes = {{200, "Who was asked, and what became of each attempt"},
                        {404, "Not known, or not any more"}},
           .answer = an_object}};
}

net::Task<Status> RouteExplain::explain(net::Exchange& exchange, Arguments arguments) {
  const json::Value body = arguments.body.find("body");
  const json::Value model = arguments.body.find("model");
  if (!body && !model) co_return Error(Error::Kind::bad_request, "Give a model or a body");
  const std::string_view path = arguments.body.find("path").text();
  const std::string_view named = model ? model.text() : std::string_view();
  Explainer::Question question{.path = path.empty() ? "/v1/chat/completions" : std::string(path),
                               .body = body ? request_of(body, named) : question_to(named, path),
                               .failing = {}};
  if (const json::Value failing = arguments.body.find("fail")) {
    for (const json::Value name : failing.items()) question.failing.emplace_back(name.text());
  }
  Result<std::string> explained = with_.explainer.explain(exchange, std::move(question));
  if (!explained) co_return explained.error();
  co_return co_await exchange.reply_json(200, *std::move(explained));
}

net::Task<Status> RouteExplain::find(net::Exchange& exchange, Arguments arguments) {
  std::optional<std::string> found = with_.explainer.find(arguments.query.find("requestId").text());
  if (!found) co_return Error(Error::Kind::not_found, "No such request of late");
  co_return co_await exchange.reply_json(200, *std::move(found));
}

}  // namespace omni::api
