#include "api/combo_test_run.h"

#include <algorithm>
#include <array>
#include <optional>

#include "api/probe.h"
#include "json/or_null.h"
#include "net/loop.h"
#include "net/task_group.h"
#include "route/draw.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr std::size_t at_a_time = 16;
constexpr Millis time_for_one = std::chrono::seconds(20);

constexpr std::array body_members{
    MemberShape{"comboName", shape::text(1, 100), Presence::required, "Which combo."}};

/// What became of one model.
struct Tried {
  const route::PlannedTarget* target = nullptr;
  std::string connection;
  std::optional<int> status;
  Millis latency{0};
  std::string text, error;
  bool good = false;
};

/// What the tasks of one run share.
struct Run {
  const Surroundings with;
  const std::shared_ptr<const store::Configuration> configuration;
  const route::Directory directory;
  route::Plan plan = {};
  std::vector<Tried> tried = {};
  std::size_t next = 0;
};

/// The account that would be asked first, made one where none is needed.
std::optional<ProbeSubject> subject_of(const Run& run, const catalog::Target& target) {
  ProbeSubject subject{{}, std::nullopt};
  const std::string& provider = target.provider->id;
  if (target.provider->category == catalog::Provider::Category::builtin) {
    subject.connection.provider = provider;
    return subject;
  }
  for (const store::Connection* connection : run.directory.accounts_of(*target.provider)) {
    if (!target.connection.empty() && connection->id != target.connection) continue;
    subject.connection = *connection;
    const auto& nodes = run.configuration->provider_nodes;
    const auto node = std::ranges::find(nodes, provider, &store::ProviderNode::id);
    if (node != nodes.end()) subject.node = *node;
    return subject;
  }
  return std::nullopt;
}

net::Task<> try_one(Run& run, Tried& tried) {
  const catalog::Target& target = *tried.target;
  std::optional<ProbeSubject> subject = subject_of(run, target);
  if (!subject) {
    tried.error = "No credentials for provider: " + target.provider->id;
    co_return;
  }
  const store::Connection connection = subject->connection;
  tried.connection = connection.id;
  const Clock::Steady began = run.with.clock.steady();
  const Result<ProbeAnswer> answer =
      co_await net::within(time_for_one, "The model has not answered within 20 seconds",
                           run.with.prober.ask_one_token(*std::move(subject), target.model_id));
  tried.latency = std::chrono::duration_cast<Millis>(run.with.clock.steady() - began);
  if (!answer) {
    tried.error = answer.error().message();
    co_return;
  }
  tried.status = answer->status;
  tried.text = answer->text;
  tried.error = flaw_of(*answer, connection);
  tried.good = tried.error.empty();
}

/// Takes one model after the other until none is left.
net::Task<> work_on(Run& run) {
  while (run.next < run.tried.size() && !(co_await net::current_scope()).cancelled()) {
    co_await try_one(run, run.tried[run.next++]);
  }
}

net::Task<Status> try_all(Run& run) {
  for (const route::PlannedTarget& target : run.plan.targets) {
    run.tried.emplace_back().target = &target;
  }
  net::Scope& scope = co_await net::current_scope();
  net::TaskGroup group(scope.loop());
  for (std::size_t i = 0; i < std::min(at_a_time, run.tried.size()); ++i) {
    group.spawn(work_on(run));
  }
  if (co_await group.drained()) co_return Nothing{};
  group.cancel(scope.why());
  // In a scope of its own, for this task's has no waits left.
  net::Scope last(scope.loop());
  (void)co_await group.drained().in(last);
  co_return scope.why();
}

std::string name_of(const catalog::Target& target) {
  return target.provider->prefix() + "/" + target.model_id + target.ending;
}

/// The ids of the steps that lead there, with `/` between.
std::string way_to(const route::PlannedTarget& target) {
  std::string way;
  for (const route::Place& place : target.way()) {
    way += (way.empty() ? "" : "/") + place.combo->steps[place.step].id;
  }
  return way;
}

void write_tried(json::Writer& writer, const Tried& tried) {
  const route::PlannedTarget& target = *tried.target;
  const route::Place& place = target.way().back();
  writer.begin_object().key("model").text(name_of(target));
  writer.key("provider").text(target.provider->id);
  writer.key("stepId").text(place.combo->steps[place.step].id);
  writer.key("executionKey").text(way_to(target));
  write_text_or_null(writer.key("connectionId"), tried.connection);
  writer.key("status").text(tried.good ? "ok" : "error");
  if (tried.status) writer.key("statusCode").integer(*tried.status);
  writer.key("latencyMs").integer(tried.latency.count());
  writer.key(tried.good ? "responseText" : "error").text(tried.good ? tried.text : tried.error);
  writer.end_object();
}

void write_obstacle(json::Writer& writer, const route::Step& step) {
  writer.begin_object().key("model").text(step.name).key("stepId").text(step.id);
  writer.key("executionKey").text(step.id).key("connectionId").null();
  writer.key("status").text("error").key("latencyMs").integer(0);
  writer.key("error").text(step.obstacle).end_object();
}

std::string told(const Run& run) {
  const route::Combo& combo = *run.plan.combo;
  const auto first = std::ranges::find(run.tried, true, &Tried::good);
  const bool any = first != run.tried.end();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("comboName").text(combo.name);
  writer.key("strategy").text(combo.strategy->name);
  write_text_or_null(writer.key("resolvedBy"), any ? name_of(*first->target) : "");
  write_text_or_null(writer.key("resolvedByExecutionKey"), any ? way_to(*first->target) : "");
  write_text_or_null(writer.key("resolvedByTarget"), any ? name_of(*first->target) : "");
  writer.key("results").begin_array();
  for (const Tried& tried : run.tried) write_tried(writer, tried);
  for (const route::Step& step : combo.steps) {
    if (!step.obstacle.empty()) write_obstacle(writer, step);
  }
  writer.end_array().key("testedAt").text(iso8601(run.with.clock.wall())).end_object();
  return body;
}

}  // namespace

std::vector<Route> ComboTestRun::routes() {
  return {{.method = net::Method::post,
           .pattern = "/api/combos/test",
           .role = net::Role::write,
           .summary = "Sends a small request to each model that a combo leads to",
           .handler = handler<&ComboTestRun::run>(this),
           .body = shape::object(body_members),
           .outcomes = {{200, "What each of them answered"},
                        {400, "The combo has no models"},
                        {404, "There is no such combo"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

net::Task<Status> ComboTestRun::run(net::Exchange& exchange, Arguments arguments) {
  // The catalogue outlives every request.
  const std::shared_ptr<const catalog::Catalog> catalog(std::shared_ptr<const void>(),
                                                        &with_.catalog);
  const auto configuration = with_.store.current();
  Run run{.with = with_,
          .configuration = configuration,
          .directory = route::Directory(catalog, configuration)};
  const route::Combo* combo = run.directory.find_combo(arguments.body.at("comboName").text());
  if (combo == nullptr) co_return Error(Error::Kind::not_found, "Combo not found");
  if (combo->steps.empty()) co_return Error(Error::Kind::bad_request, "Combo has no models");
  run.plan.combo = combo;
  route::draw(run.plan, with_.random, route::Turn::looked_at);
  if (Status done = co_await try_all(run); !done) co_return done;
  co_return co_await exchange.reply_json(200, told(run));
}

}  // namespace omni::api
