#include "pipeline/relay.h"

#include <utility>

#include "identity/caller.h"
#include "meter/watch.h"
#include "net/loop.h"
#include "pipeline/attempt.h"
#include "pipeline/call_note.h"
#include "pipeline/cost_bound.h"
#include "pipeline/cost_estimate.h"
#include "pipeline/failures.h"
#include "pipeline/fulfilment.h"
#include "pipeline/route_fields.h"
#include "route/draw.h"
#include "route/policies.h"

namespace omni::pipeline {
namespace {

using chat::Failure;

constexpr int too_many = 429, bad_gateway = 502, unavailable = 503;

/// Who could be asked and rests may be asked again, unless it is the key that is refused; who was
/// asked and could not be reached is a bad gateway.
int status_of(const Failure& failure, const Trace& trace) {
  const bool passes = failure.status == too_many || failure.status >= 500;
  if (trace.attempts.empty()) {
    return passes && failure.retry_after_ms ? too_many : failure.status;
  }
  const bool unreached = !trace.attempts.back().answered && failure.status == unavailable;
  return unreached ? bad_gateway : failure.status;
}

/// One order of a client's.
class Handling {
 public:
  Handling(const Parts& parts, net::Exchange& exchange, ClientOrder& order)
      : parts_(parts),
        exchange_(exchange),
        order_(order),
        view_(parts.views.current()),
        permit_(identity::caller_of(exchange)),
        note_(parts, exchange, *view_, permit_) {}

  net::Task<Status> handle(std::string_view provider);

 private:
  Status plan(std::string_view provider);
  std::optional<Failure> reserve();
  Trace trace() const;
  net::Task<Status> turn_away(Failure failure);
  net::Task<Status> serve();
  net::Task<Status> answer(std::optional<Failure> failure, Trace& trace, std::uint64_t attempts);
  void close_combo(int status) const;
  meter::Micros took() const {
    return std::chrono::duration_cast<meter::Micros>(parts_.clock.steady() - began_);
  }

  const Parts& parts_;
  net::Exchange& exchange_;
  ClientOrder& order_;
  const std::shared_ptr<const View> view_;
  Permit permit_;
  route::Plan plan_;
  CallNote note_;
  const Clock::Steady began_ = parts_.clock.steady();
};

net::Task<Status> Handling::handle(std::string_view provider) {
  Status ready = order_.understand();
  if (ready) ready = plan(provider);
  if (!ready) co_return co_await turn_away(Failure::of(ready.error()));
  if (plan_.targets.empty()) co_return co_await turn_away(nobody_to_ask(plan_));
  if (std::optional<Failure> refusal = reserve()) {
    co_return co_await turn_away(*std::move(refusal));
  }
  co_return co_await serve();
}

Status Handling::plan(std::string_view provider) {
  const route::Directory& directory = view_->directory;
  Result<route::Plan> made = route::resolve_for(directory, provider, order_.model(), order_.kind());
  if (!made) return made.error();
  plan_ = *std::move(made);
  route::draw(plan_, parts_.random, route::Turn::taken);
  if (plan_.combo != nullptr && plan_.targets.empty()) return Nothing{};  // nobody can be asked
  if (Status narrowed = order_.narrow(directory, plan_); !narrowed) return narrowed;
  // At a path of one provider a name with a provider's in it may be a model's id.
  const std::string_view requested = provider.empty() ? order_.model() : std::string_view();
  if (Status allowed = permit_.narrow(requested, plan_); !allowed) return allowed;
  const Status ruled =
      route::apply_policies(directory.configuration().policies,
                            {.model = order_.model(), .key_id = permit_.key_id()}, plan_);
  if (!ruled) return ruled;
  return bound_by_cost(directory, order_.expected(), parts_.clock.wall(), plan_);
}

std::optional<Failure> Handling::reserve() {
  if (!parts_.budgets.concern(permit_.payer())) return std::nullopt;
  const std::int64_t nano =
      cost_at_most(view_->directory, order_.expected(), plan_, parts_.clock.wall());
  return pipeline::reserve(permit_, parts_.budgets, nano);
}

Trace Handling::trace() const {
  Trace trace = trace_of(parts_, exchange_, permit_, plan_);
  trace.dialect = order_.dialect();
  trace.requested_model = order_.model();
  trace.stream = order_.streams();
  return trace;
}

net::Task<Status> Handling::turn_away(Failure failure) {
  Trace trace = this->trace();
  trace.status = failure.status;
  trace.message = failure.message;
  note_.close(std::move(trace), took());
  Status told = co_await order_.refuse(exchange_, std::move(failure), {});
  note_.store(order_.asked());
  co_return told;
}

net::Task<Status> Handling::serve() {
  Trace trace = this->trace();
  const net::Proxy* const proxy =
      plan_.combo == nullptr ? nullptr : view_->proxies.at("combo", plan_.combo->id).proxy;
  const Customer customer{.view = view_, .permit = permit_};
  Fulfilment fulfilment(parts_, {.customer = customer,
                                 .plan = plan_,
                                 .request_id = exchange_.id(),
                                 .combo_proxy = proxy,
                                 .trace = &trace,
                                 .note = &note_});
  std::optional<Failure> failure = co_await fulfilment.fulfil(order_);
  permit_.give_back(parts_.budgets);
  const net::Scope& scope = co_await net::current_scope();
  Status told = Nothing{};
  if (scope.cancelled()) {
    trace.status = Failure::of(client_left()).status;
    told = client_left();
  } else {
    told = co_await answer(std::move(failure), trace, fulfilment.attempts());
  }
  close_combo(trace.status);
  note_.close(std::move(trace), took());
  note_.store(order_.asked());
  co_return told;
}

void Handling::close_combo(int status) const {
  const route::Combo* combo = plan_.combo;
  if (combo == nullptr || !combo->track_metrics) return;
  const route::Ending ending = status == 200 ? route::Ending::good : route::Ending::bad;
  combo->state->close(ending, 0, std::chrono::duration_cast<Millis>(took()));
}

net::Task<Status> Handling::answer(std::optional<Failure> failure, Trace& trace,
                                   std::uint64_t attempts) {
  trace.status = 200;
  if (exchange_.begun()) {  // what failed after that was told there
    if (!trace.attempts.empty()) {
      const account::Verdict& verdict = trace.attempts.back().verdict;
      trace.status = verdict.status;
      trace.message = verdict.message;
    }
    co_return order_.ending();
  }
  net::OutFields fields =
      route_fields(*view_, plan_, trace, attempts, std::chrono::duration_cast<Millis>(took()));
  if (!failure) co_return co_await order_.reply(exchange_, std::move(fields));
  failure->status = status_of(*failure, trace);
  trace.status = failure->status;
  trace.message = failure->message;
  if (!trace.attempts.empty()) order_.phrase(*failure);
  co_return co_await order_.refuse(exchange_, *std::move(failure), std::move(fields));
}

}  // namespace

net::Task<Status> Relay::handle(net::Exchange& exchange, ClientOrder& order,
                                std::string_view provider) const {
  const meter::Traffic::Flight flight(parts_.watch.traffic);
  Handling handling(parts_, exchange, order);
  co_return co_await handling.handle(provider);
}

}  // namespace omni::pipeline
