#include "gateway/command_line.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/gateway.h"

namespace omni::gateway {
namespace {

constexpr int failed = 1;
constexpr int misused = 2;

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;  // nobody reads our standard output
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int complain(const std::string& what, int status) {
  write_to_stderr("omniroute: " + what + "\n");
  if (status == misused) write_to_stderr("Try: omniroute --help\n");
  return status;
}

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

int serve(const Config& config, const std::vector<std::string>& warnings) {
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_descriptor_limit();
  ::umask(077);  // whatever we write is the owner's alone
  const SystemClock clock;
  const Log::Format format = config.log_format.value_or(
      ::isatty(STDERR_FILENO) == 1 ? Log::Format::human : Log::Format::json);
  const Log log(clock, {config.log_level, format}, write_to_stderr);
  for (const std::string& name : warnings) {
    log.warn("config.unknown_variable", {{"name", name}});
  }
  Gateway gateway(config, clock, log);
  const Status ready = config.check_only ? gateway.check() : gateway.start();
  if (!ready) {
    const bool misuse = ready.error().kind() == Error::Kind::bad_request;
    return complain(ready.error().message(), misuse ? misused : failed);
  }
  if (config.check_only) return print("The configuration is good.\n"), 0;
  print("OmniRoute listens on " + gateway.url() + "\n  curl " + gateway.url() + "/healthz\n");
  wait_for_the_end(gateway, signals, log);
  gateway.stop();
  log.info("server.stopped");
  return 0;
}

}  // namespace

std::string help_text() {
  std::string text =
      "Usage: omniroute [serve] [flags]\n"
      "       omniroute --help | --version\n\n"
      "An AI gateway under construction: today it answers /healthz and /readyz.\n"
      "SIGTERM and SIGINT let running requests end, a second one does not wait; SIGHUP reads the\n"
      "TLS certificate again.  Exit status: 0 done, 1 failed, 2 bad flag, variable or file.\n\n";
  constexpr std::size_t column = 34;
  for (const Option& option : options()) {
    std::string left = "  ";
    left.append(option.flag.empty() ? option.variable : option.flag);
    if (!option.value.empty()) left.append(option.flag.empty() ? "=" : " ").append(option.value);
    left.resize(std::max(column, left.size() + 1), ' ');
    text.append(left).append(option.help);
    if (!option.flag.empty() && !option.variable.empty()) {
      text.append(" [").append(option.variable).append("]");
    }
    text.append("\n");
  }
  return text;
}

int run(const std::vector<std::string>& arguments, const Environment& environment) {
  std::vector<std::string> flags = arguments;
  if (!flags.empty() && !flags.front().starts_with('-')) {
    if (flags.front() != "serve") return complain("unknown command " + flags.front(), misused);
    flags.erase(flags.begin());
  }
  for (const std::string& flag : flags) {
    if (flag == "--help" || flag == "-h") return print(help_text()), 0;
    if (flag == "--version" || flag == "-v") return print("omniroute " OMNI_VERSION "\n"), 0;
  }
  std::vector<std::string> warnings;
  Inputs inputs{flags, environment, {}};
  Result<EnvFile> file = EnvFile::read_first_of(env_file_places(inputs));
  if (!file) return complain(file.error().message(), misused);
  inputs.env_file = *std::move(file);
  const Result<Config> config = read_config(inputs, warnings);
  if (!config) return complain(config.error().message(), misused);
  return serve(*config, warnings);
}

}  // namespace omni::gateway
