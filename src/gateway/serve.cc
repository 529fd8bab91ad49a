// The gateway as a process: signals, and what it prints.

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/feed_tap.h"
#include "gateway/gateway.h"
#include "gateway/log_writer.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"

namespace omni::gateway {
namespace {

/// Two descriptors a stream: the usual soft limit of 1,024 would end at five hundred clients.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// The signals that the main thread waits for; to be blocked before there is any other thread.
sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

void greet(const Gateway& gateway, const Config& config) {
  std::string text = "OmniRoute listens on " + gateway.url();
  text.append("\n  curl ").append(gateway.url()).append("/healthz\n");
  if (!gateway.asks_for_password()) {
    text.append(
        "No password is asked for: whoever is at this machine may manage it.  To set one:\n");
    text.append("  omniroute reset-password").append(data_dir_flag(config)).append("\n");
  }
  print(text);
}

void wait_for_the_end(Gateway& gateway, const sigset_t& signals, const Log& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == SIGHUP) {
      gateway.reload();
      continue;
    }
    log.info("server.stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    // A second one does not wait for running requests.
    sigset_t impatient = signals;
    sigdelset(&impatient, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &impatient, nullptr);
    return;
  }
}

}  // namespace

int serve(const Invocation& invocation) {
  const Config& config = invocation.config;
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_descriptor_limit();
  const SystemClock clock;
  SystemRandom random;
  const Log::Format format = config.log_format.value_or(
      ::isatty(STDERR_FILENO) == 1 ? Log::Format::human : Log::Format::json);
  LogWriter lines(write_to_stderr);
  FeedTap tap;
  Log log(clock, {config.log_level, format}, [&](std::string_view line) {
    lines.write(line);
    tap.hear(line);
  });
  for (const std::string& name : invocation.warnings) {
    log.warn("config.unknown_variable", {{"name", name}});
  }
  if (!config.env_file.empty()) log.info("config.file_read", {{"path", config.env_file}});
  Gateway gateway(config, clock, random, log);
  tap.open(gateway.feed());
  const Status ready = config.check_only ? gateway.check() : gateway.start();
  if (!ready) return complain(ready.error());
  if (config.check_only) return print("The configuration is good.\n"), succeeded;
  greet(gateway, config);
  wait_for_the_end(gateway, signals, log);
  gateway.stop();
  tap.close();
  log.info("server.stopped");
  return succeeded;
}

}  // namespace omni::gateway
