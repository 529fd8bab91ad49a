// mock: a provider that says what one wants, on a port of its own.

#include <pthread.h>
#include <signal.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "base/strings.h"
#include "gateway/mock/mock_service.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "net/loop_pool.h"
#include "net/url.h"

namespace omni::gateway {
namespace {

Result<mock::Script> read_script(const std::string& path) {
  if (path.empty()) return mock::Script();
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) return Error(Error::Kind::bad_request, "cannot read the script " + path);
  Result<mock::Script> script = mock::Script::parse(text);
  if (script) return script;
  return Error(Error::Kind::bad_request, path + ": " + script.error().message());
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) items.emplace_back(trim(cut(list, ',')));
  return items;
}

/// The signals that end the mock; to be blocked before there is any other thread.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

int mock_provider(const Invocation& invocation) {
  const Config& config = invocation.config;
  Result<mock::Script> script = read_script(invocation.value("--script"));
  if (!script) return complain(script.error());
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const SystemClock clock;
  const Log log(clock, {config.log_level, Log::Format::human}, write_to_stderr);
  mock::MockService service(
      {split_list(invocation.value("--key")), *std::move(script), invocation.has("--record")},
      clock);
  net::LoopPool loops(1, log);
  net::Server server(loops, service, clock);
  service.watch(server);
  const Result<std::uint16_t> port = server.listen(config.host, config.port);
  if (!port) return complain(port.error());
  const net::Origin origin{net::Scheme::http, config.host, *port};
  print("The mock listens on http://" + net::authority_of(origin) + "\n");
  int signal = 0;
  sigwait(&signals, &signal);
  server.drain(Millis{0});
  return succeeded;
}

}  // namespace omni::gateway
