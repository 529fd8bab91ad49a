#include "net/test_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>

namespace omni::net::testing {

ClientWorld::ClientWorld(const Options& options) {
  if (options.look_up) world.resolver = std::make_unique<Resolver>(1, options.look_up);
  tls = *ClientTls::make({options.ca_file});
  client = std::make_unique<Client>(world.loops[0], *world.resolver, *tls, options.limits);
}

ClientWorld::~ClientWorld() {
  world.run([this]() -> Task<> {
    client.reset();
    co_return;
  });
}

std::size_t ClientWorld::resting() {
  std::size_t count = 0;
  world.run([&]() -> Task<> {
    count = client->resting_connections();
    co_return;
  });
  return count;
}

void ClientWorld::settle() {
  // What is posted wakes the loop, and it looks at its sockets before it comes to the second one.
  for (int round = 0; round < 2; ++round) world.run([]() -> Task<> { co_return; });
}

Calling::Calling(ClientWorld& world, const Call& call, Taking taking)
    : world_(world), call_(call), taking_(taking), scope_(world.world.loops[0]) {
  Loop& loop = world.world.loops[0];
  loop.post([this, &loop] { loop.start(run(), scope_, {}); });
}

Calling::~Calling() {
  if (waited_) return;
  cancel();
  finish_.wait();
}

Task<> Calling::run() {
  std::promise<void> finished = std::move(finished_);
  Result<std::unique_ptr<Answer>> answer = co_await world_.client->send(call_);
  Status taken = Nothing{};
  if (answer) {
    {
      const std::lock_guard lock(mutex_);
      outcome_.status = (*answer)->status();
      outcome_.reused = (*answer)->reused_connection();
      for (const Field& field : (*answer)->fields()) {
        outcome_.fields.emplace(field.name, field.value);
      }
    }
    taken = co_await take_body(**answer);
    answer->reset();
  } else {
    taken = answer.error();
  }
  if (!taken) outcome_.error = taken.error();
  finished.set_value();
}

Task<Status> Calling::take_body(Answer& answer) {
  if (taking_ == Taking::head_only) co_return Nothing{};
  if (taking_ == Taking::hold) co_return co_await sleep(forever);
  while (!answer.body().done()) {
    Result<std::string_view> piece = co_await answer.body().read();
    if (!piece) co_return piece.error();
    {
      const std::lock_guard lock(mutex_);
      outcome_.body.append(*piece);
    }
    if (taking_ == Taking::first_piece) co_return Nothing{};
  }
  co_return Nothing{};
}

Outcome Calling::wait() {
  if (finish_.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
    cancel();
    finish_.wait();
  }
  waited_ = true;
  return std::move(outcome_);
}

void Calling::cancel() {
  world_.world.run([this]() -> Task<> {
    scope_.cancel(Error(Error::Kind::cancelled, "the test cancelled the call"));
    co_return;
  });
}

bool Calling::finished() const {
  return finish_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

std::string Calling::received() {
  const std::lock_guard lock(mutex_);
  return outcome_.body;
}

Outcome call_and_wait(ClientWorld& world, const Call& call) { return Calling(world, call).wait(); }

Call get(const Origin& origin) {
  Call call;
  call.method = "GET";
  call.origin = origin;
  call.reach = Reach::local;
  return call;
}

Call post(const Origin& origin, std::string_view body) {
  Call call;
  call.origin = origin;
  call.reach = Reach::local;
  call.body = body;
  return call;
}

Address loopback_address(std::uint16_t port) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.bytes);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.length = sizeof v4;
  return address;
}

Fd connected_to(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address = loopback_address(port);
  (void)::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address.bytes), address.length);
  return fd;
}

Task<Result<std::string_view>> CountedSource::read() {
  const auto bytes = std::min<std::uint64_t>(total_ - given, piece_.size());
  given += bytes;
  co_return std::string_view(piece_.data(), static_cast<std::size_t>(bytes));
}

Task<Result<std::string_view>> StuckSource::read() {
  if (!std::exchange(begun_, true)) co_return std::string_view("begun");
  if (failure_) co_return *failure_;
  Status slept = co_await sleep(forever);
  co_return slept.error();
}

}  // namespace omni::net::testing
