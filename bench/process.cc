#include "process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

#include "socket.h"

namespace omni::bench {
namespace {

/// What a child's standard streams are; -1 leaves one as it is.
struct Streams {
  int input = -1, output = -1, errors = -1;
};

/// Between fork and exec: the child's own settings.
[[noreturn]] void become(std::vector<std::string>& command, int core, const Streams& streams) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
  dup2(streams.input, STDIN_FILENO);
  dup2(streams.output, STDOUT_FILENO);
  if (streams.errors >= 0) dup2(streams.errors, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  std::perror(arguments[0]);
  _exit(127);
}

double status_mb(pid_t pid, std::string_view field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtod(&line[field.size()], nullptr) / 1024;
  }
  return 0;
}

}  // namespace

void fail(std::string_view what) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(2);
}

Cores choose_cores() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  if (CPU_COUNT(&allowed) < 2) fail("needs two cores: one for the proxy, one for all else");
  // Interrupts tend to go to the first core: the proxy gets the last.
  Cores cores{.proxy = -1, .others = -1};
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(static_cast<std::size_t>(core), &allowed)) continue;
    if (cores.others < 0) cores.others = core;
    cores.proxy = core;
  }
  return cores;
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{.rlim_cur = wanted, .rlim_max = wanted};
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return wanted;  // allowed to the privileged alone
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  while (ports.size() < count) {
    int fd = listen_on(0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (fd < 0 || getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      fail("no free port");
    }
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (int fd : sockets) close(fd);
  return ports;
}

std::filesystem::path find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders((path ? path : "") + std::string(":/usr/sbin:/usr/local/sbin"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::filesystem::path program = std::filesystem::path(folder) / name;
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return {};
}

Process::Process(std::vector<std::string> command, int core, const std::filesystem::path& errors)
    : name_(command.at(0)) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0) fail("no pipe");
  Streams streams{.input = input[0], .output = output[1]};
  if (!errors.empty()) {
    streams.errors = open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (streams.errors < 0) fail("cannot write " + errors.string());
  }
  pid_ = fork();
  if (pid_ < 0) fail("cannot start " + name_);
  if (pid_ == 0) become(command, core, streams);
  if (streams.errors >= 0) close(streams.errors);
  close(input[0]);
  close(output[1]);
  input_ = input[1];
  output_ = output[0];
}

Process::~Process() {
  end_input();
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  close(output_);
}

void Process::wait_for_port(std::uint16_t port) const {
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    int fd = connect_to(port);
    if (fd >= 0) {
      close(fd);
      return;
    }
    siginfo_t state{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        state.si_pid == pid_) {
      fail(name_ + " ended instead of listening");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  fail(name_ + " does not listen");
}

double Process::cpu_us() const {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &spent) != 0) {
    fail(name_ + " has gone");
  }
  return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
}

double Process::kernel_us() const {
  constexpr int fields_before = 12;  // of those behind the name, which may have blanks
  std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  for (int i = 0; i < fields_before; ++i) fields >> text;
  double ticks = 0;
  fields >> ticks;
  return ticks * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Process::rss_mb() const { return status_mb(pid_, "VmRSS:"); }

std::string Process::read_line() {
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

void Process::end_input() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

int Process::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace omni::bench
