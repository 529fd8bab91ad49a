#include "api/probe_batch.h"

#include "net/loop.h"
#include "net/task_group.h"

namespace omni::api {
namespace {

constexpr std::size_t at_a_time = 5;
constexpr Millis time_for_one = std::chrono::seconds(30);

/// What the tasks of one batch share.
struct Batch {
  const Surroundings with;
  const Snapshot configuration;
  const std::vector<const store::Connection*> connections;
  const AfterProbe after;
  std::vector<Probe> found;
  std::size_t next = 0;
};

/// Takes one account after the other until none is left.
net::Task<> work_on(Batch& batch) {
  while (batch.next < batch.connections.size()) {
    const std::size_t place = batch.next++;
    const store::Connection& connection = *batch.connections[place];
    Result<Probe> found = co_await probe_and_note(batch.with, batch.configuration, connection, "");
    if (!found) co_return;  // called off
    batch.found[place] = *std::move(found);
    co_await batch.after(connection, batch.found[place]);
  }
}

}  // namespace

net::Task<Result<Probe>> probe_and_note(Surroundings with, Snapshot configuration,
                                        const store::Connection& connection, std::string model) {
  const KnownProvider provider = find_provider(with.catalog, *configuration, connection.provider);
  ProbeSubject subject{connection, std::nullopt};
  if (provider.node() != nullptr) subject.node = *provider.node();
  Result<Probe> found =
      co_await net::within(time_for_one, "The provider has not answered within 30 seconds",
                           probe(with, std::move(subject), provider, std::move(model)));
  if (!found) co_return found;
  const Status noted = co_await note_probe(with, connection, *found);
  // It may have been deleted meanwhile, which changes nothing about what was found.
  if (!noted && noted.error().kind() != Error::Kind::not_found) co_return noted.error();
  co_return found;
}

net::Task<Result<std::vector<Probe>>> probe_all(Surroundings with, Snapshot configuration,
                                                std::vector<const store::Connection*> connections,
                                                AfterProbe after) {
  const std::size_t count = connections.size();
  Batch batch{.with = with,
              .configuration = std::move(configuration),
              .connections = std::move(connections),
              .after = std::move(after),
              .found = std::vector<Probe>(count)};
  net::Scope& scope = co_await net::current_scope();
  net::TaskGroup group(scope.loop());
  for (std::size_t i = 0; i < std::min(at_a_time, count); ++i) group.spawn(work_on(batch));
  if (co_await group.drained()) co_return std::move(batch.found);
  group.cancel(scope.why());
  // In a scope of its own, for this task's has no waits left.
  net::Scope last(scope.loop());
  (void)co_await group.drained().in(last);
  co_return scope.why();
}

}  // namespace omni::api
