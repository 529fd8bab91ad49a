#include "api/events.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "net/event_stream.h"
#include "net/handoff.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using meter::Feed;
using meter::Topic;
using meter::Topics;
namespace shape = json::shape;

/// Some intermediaries cut a stream that is silent for thirty seconds.
constexpr Millis heartbeat{15'000};
/// How late one may be told that his time is over.
constexpr Millis look_every{1'000};
constexpr std::string_view retry = "retry: 2000\n\n";
constexpr std::string_view topics_by_default = "stats,provider,breaker,quota,budget";

constexpr std::array stream_query{MemberShape{
    "topics", shape::text(0, 200), Presence::optional,
    "Some of request, stats, provider, breaker, quota, budget, audit, log, job, with commas "
    "between; stats,provider,breaker,quota,budget."}};
constexpr std::array stream_headers{
    MemberShape{"Last-Event-ID", shape::text(0, 100), Presence::optional,
                "Of the last event that was heard: those since then come first."}};

Result<Topics> read_topics(std::string_view list) {
  Topics topics;
  while (!list.empty()) {
    const std::string_view name = trim(cut(list, ','));
    const auto found = std::ranges::find(meter::topic_names, name);
    if (found == meter::topic_names.end()) {
      return Error(Error::Kind::bad_request, "There is no topic " + std::string(name));
    }
    topics.set(static_cast<std::size_t>(found - meter::topic_names.begin()));
  }
  return topics;
}

/// Rings on the loop of who waits, by going.
class LoopBell final : public Feed::Bell {
 public:
  explicit LoopBell(net::Handoff<bool>::Giver giver) : giver_(std::move(giver)) {}

 private:
  net::Handoff<bool>::Giver giver_;
};

/// Whether who was let in would still be.
bool may_stay(const identity::Caller& caller, const store::Configuration& now, Clock::Wall time) {
  using enum identity::Caller::Kind;
  if (caller.kind == session) {
    const store::LoginSession* const login = now.find_login_session(caller.id);
    return login != nullptr && time < login->expires_at;
  }
  if (caller.kind == token) {
    const auto& tokens = now.management_tokens;
    const auto found = std::ranges::find(tokens, caller.id, &store::ManagementToken::id);
    return found != tokens.end() && (!found->expires_at || time < *found->expires_at);
  }
  const store::Configuration& then = *caller.configuration;
  return caller.kind == owner || (then.settings.require_login == now.settings.require_login &&
                                  then.password_hash == now.password_hash);
}

}  // namespace

std::vector<Route> Events::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/events",
           .role = net::Role::read,
           .summary = "What happens, as it happens: server-sent events",
           .handler = handler<&Events::stream>(this),
           .query = stream_query,
           .outcomes = {{200, "The stream"}, {503, "Too many listen already"}},
           .headers = stream_headers}};
}

net::Task<Status> Events::stream(net::Exchange& exchange, Arguments arguments) {
  const json::Value wanted = arguments.query.find("topics");
  const Result<Topics> topics = read_topics(wanted ? wanted.text() : topics_by_default);
  if (!topics) co_return topics.error();
  if (exchange.request().method() == "HEAD") {
    net::EventStream stream(exchange);
    const Status begun = stream.begin(200);
    co_return begun ? co_await stream.finish() : begun;
  }
  const std::string last_id(exchange.request().field("last-event-id"));
  const auto subscriber = with_.watch.feed.subscribe(*topics, last_id);
  if (!subscriber) co_return Error(Error::Kind::unavailable, "Too many listen to events already");
  co_return co_await tell_all(exchange, *subscriber);
}

net::Task<Status> Events::tell_all(net::Exchange& exchange, Feed::Subscriber& subscriber) {
  net::Scope& scope = co_await net::current_scope();
  net::EventStream stream(exchange);
  Status told = stream.begin(200);
  if (told) told = co_await stream.send_raw(retry);
  Millis silent{0};
  const auto stays = [&] {
    return may_stay(identity::caller_of(exchange), *with_.store.current(), with_.clock.wall());
  };
  while (told && !with_.watch.feed.closed() && stays()) {
    net::Handoff<bool> handoff(scope.loop());
    const std::string events =
        subscriber.take([&] { return std::make_unique<LoopBell>(handoff.giver()); });
    if (!events.empty()) {
      silent = Millis{0};
      told = co_await stream.send_raw(events);
      continue;
    }
    // That it has rung, or not: both are a reason to look.
    const auto rung = co_await net::within(look_every, "quiet", handoff.take());
    if (scope.cancelled()) co_return scope.why();
    if (!rung && rung.error().kind() == Error::Kind::timed_out) silent += look_every;
    if (silent < heartbeat) continue;
    silent = Millis{0};
    told = co_await stream.comment("still here");
  }
  co_return told ? co_await stream.finish() : told;
}

}  // namespace omni::api
