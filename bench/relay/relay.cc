// The program under test: bench_relay <port> <upstream port>.  A bare relay handler on the
// engine's server and client: heads are rewritten, bodies stream both ways, nothing looks inside.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/log.h"
#include "base/strings.h"
#include "net/client.h"
#include "net/fields.h"
#include "net/loop_pool.h"
#include "net/server.h"

namespace omni::bench {
namespace {

/// What every proxy passes on of a head; framing, host and date belong to one connection.
net::OutFields pass_on(const net::Fields& fields) {
  net::OutFields out;
  for (const net::Field& field : fields) {
    if (net::is_hop_by_hop(field.name) || equals_ignoring_case(field.name, "host") ||
        equals_ignoring_case(field.name, "expect") || equals_ignoring_case(field.name, "date")) {
      continue;
    }
    out.add(field.name, field.value);
  }
  return out;
}

class Relay final : public net::Service {
 public:
  Relay(net::Client& client, net::Origin upstream)
      : client_(client), upstream_(std::move(upstream)) {}

  net::Task<Status> handle(net::Exchange& exchange) override {
    const net::RequestHead& request = exchange.request();
    net::Call call;
    call.method = request.method();
    call.origin = upstream_;
    call.target = request.target();
    call.fields = pass_on(request.fields());
    call.source = &exchange.body();
    call.reach = net::Reach::local;  // the upstream is on this machine
    Result<std::unique_ptr<net::Answer>> answer = co_await client_.send(call);
    if (!answer) co_return answer.error();
    co_return co_await pass_answer(exchange, **answer);
  }

 private:
  static net::Task<Status> pass_answer(net::Exchange& exchange, net::Answer& answer) {
    net::ByteSource& body = answer.body();
    Status begun = exchange.begin(answer.status(), pass_on(answer.fields()), body.announced());
    if (!begun) co_return begun.error();
    for (;;) {
      Result<std::string_view> piece = co_await body.read();
      if (!piece) co_return piece.error();
      if (body.done()) co_return co_await exchange.finish(*piece);
      Status written = co_await exchange.write(*piece);
      if (!written) co_return written.error();
    }
  }

  net::Client& client_;
  const net::Origin upstream_;
};

int serve(std::uint16_t port, std::uint16_t upstream_port) {
  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const SystemClock clock;
  const Log log(clock, {}, write_to_stderr);
  net::LoopPool loops(1, log);
  net::Resolver resolver;
  Result<std::unique_ptr<net::ClientTls>> tls = net::ClientTls::make({});
  if (!tls) {
    std::fprintf(stderr, "bench_relay: %s\n", tls.error().message().c_str());
    return 2;
  }
  net::Client client(loops[0], resolver, **tls);
  Relay relay(client, {net::Scheme::http, "127.0.0.1", upstream_port});
  net::Server server(loops, relay, clock);
  Result<std::uint16_t> listening = server.listen("127.0.0.1", port);
  if (!listening) {
    std::fprintf(stderr, "bench_relay: %s\n", listening.error().message().c_str());
    return 2;
  }
  int caught = 0;
  sigwait(&stop, &caught);
  server.drain(Millis{1000});
  net::LoopPool::run_on(loops[0], [&client]() -> net::Task<> {
    client.close();
    co_return;
  });
  return 0;
}

}  // namespace
}  // namespace omni::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_relay <free port> <upstream port>\n", stderr);
    return 2;
  }
  return omni::bench::serve(static_cast<std::uint16_t>(std::atoi(argv[1])),
                            static_cast<std::uint16_t>(std::atoi(argv[2])));
}
