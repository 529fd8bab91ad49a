#include "api/pulse.h"

#include <array>

#include "api/breaker_json.h"
#include "base/dollars.h"

namespace omni::api {
namespace {

using account::Accounts;
using meter::Topic;

constexpr Millis percentile_window{60'000};
constexpr int limited_status = 429;

std::string object(const std::function<void(json::Writer&)>& write) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write(out);
  out.end_object();
  return text;
}

}  // namespace

struct Pulse::Aspect {
  Topic topic;
  std::string_view name;  // of its notices
  States (Pulse::*look)(const store::Configuration& now) const;
};

void Pulse::beat() {
  static constexpr std::array<Aspect, 4> aspects{
      {{Topic::provider, "provider.changed", &Pulse::accounts},
       {Topic::breaker, "breaker.changed", &Pulse::breakers},
       {Topic::quota, "quota.changed", &Pulse::quotas},
       {Topic::budget, "budget.changed", &Pulse::budgets}}};
  with_.watch.feed.beat();
  const std::lock_guard lock(mutex_);
  tell_stats();
  for (const Aspect& aspect : aspects) compare(aspect);
}

/// Per second since the last time.
void Pulse::tell_stats() {
  const Clock::Steady now = with_.clock.steady();
  if (!with_.watch.feed.wants(Topic::stats)) {
    last_ = {};
    return;
  }
  const meter::Traffic::Totals sums = with_.watch.traffic.sums();
  const double seconds = std::chrono::duration<double>(now - last_).count();
  const auto rate = [seconds](auto sum, auto before) {
    return seconds > 0 ? static_cast<double>(sum - before) / seconds : 0.0;
  };
  if (last_ != Clock::Steady{}) {
    const auto recent = with_.watch.traffic.recent(percentile_window);
    const std::string json = object([&](json::Writer& out) {
      out.key("time").text(iso8601(with_.clock.wall()));
      out.key("requestsPerSecond").number(rate(sums.requests, requests_));
      out.key("tokensPerSecond").number(rate(sums.tokens, tokens_));
      out.key("errorsPerSecond").number(rate(sums.failures, failures_));
      out.key("inFlight").integer(with_.watch.traffic.in_flight());
      out.key("p50").number(recent.durations.percentile_ms(0.5).value_or(0));
      out.key("p95").number(recent.durations.percentile_ms(0.95).value_or(0));
      out.key("requestsPerMinute").integer(recent.durations.count());
      out.key("errorsPerMinute").integer(recent.failures);
      out.key("costTodayUsd").number(dollars(sums.cost_nano_today));
    });
    with_.watch.feed.tell(Topic::stats, "stats", json);
  }
  last_ = now;
  requests_ = sums.requests;
  failures_ = sums.failures;
  tokens_ = sums.tokens;
}

/// What was there when somebody began to listen is no news: he asks for it himself.
void Pulse::compare(const Aspect& aspect) {
  if (!with_.watch.feed.wants(aspect.topic)) {
    known_.erase(aspect.topic);
    return;
  }
  States now = (this->*aspect.look)(*with_.store.current());
  const auto known = known_.find(aspect.topic);
  if (known != known_.end()) {
    for (const auto& [name, state] : now) {
      const auto before = known->second.find(name);
      const bool same = before != known->second.end() && before->second == state;
      if (!same) with_.watch.feed.tell(aspect.topic, aspect.name, state);
    }
    for (const auto& [name, state] : known->second) {
      if (now.contains(name)) continue;
      with_.watch.feed.tell(aspect.topic, aspect.name, object([&](json::Writer& out) {
                              out.key("id").text(name).key("removed").boolean(true);
                            }));
    }
  }
  known_[aspect.topic] = std::move(now);
}

Pulse::States Pulse::accounts(const store::Configuration& now) const {
  const std::vector<Accounts::RestShown> rests = with_.accounts.rests();
  States states;
  for (store::Connection connection : now.connections) {
    with_.accounts.bring_up_to_date(connection);
    states[connection.id] = object([&](json::Writer& out) {
      out.key("id").text(connection.id).key("provider").text(connection.provider);
      out.key("name").text(connection.name).key("isActive").boolean(connection.active);
      out.key("testStatus").text(connection.test_status);
      out.key("rests").begin_array();
      for (const Accounts::RestShown& rest : rests) {
        if (rest.connection == connection.id) write_rest(out, rest, now);
      }
      out.end_array();
    });
  }
  return states;
}

/// How long it stays open is left out, for it is another number each time.
Pulse::States Pulse::breakers(const store::Configuration&) const {
  States states;
  for (const account::Breakers::Shown& shown : with_.breakers.all()) {
    states[shown.row.provider] = object([&](json::Writer& out) {
      out.key("id").text(shown.row.provider).key("provider").text(shown.row.provider);
      out.key("state").text(name_of(shown.row.state)).key("model").text(shown.model);
      out.key("failureCount").integer(shown.row.failures);
      out.key("lastFailure").text(iso8601(shown.row.last_failure));
    });
  }
  return states;
}

/// Accounts whose provider has said that they have used all that they may, for now.
Pulse::States Pulse::quotas(const store::Configuration&) const {
  States states;
  for (const Accounts::RestShown& rest : with_.accounts.rests()) {
    if (rest.status != limited_status) continue;
    const std::string name = rest.connection + (rest.model.empty() ? "" : "/") + rest.model;
    states[name] = object([&](json::Writer& out) {
      out.key("id").text(name).key("connectionId").text(rest.connection);
      out.key("model").text(rest.model).key("exhausted").boolean(true);
      out.key("resetAt").text(iso8601(rest.until));
    });
  }
  return states;
}

Pulse::States Pulse::budgets(const store::Configuration& now) const {
  States states;
  for (const store::Budget& budget : now.budgets) {
    const auto state = with_.budgets.state_of(budget.scope);
    states[budget.scope] = object([&](json::Writer& out) {
      out.key("id").text(budget.scope);
      out.key("spentUsd").number(dollars(state ? state->spent_nano : 0));
      out.key("reservedUsd").number(dollars(state ? state->reserved_nano : 0));
      if (budget.limit_nano()) out.key("limitUsd").number(dollars(*budget.limit_nano()));
    });
  }
  return states;
}

}  // namespace omni::api
