#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "base/strings.h"
#include "net/test_net.h"

namespace omni::gateway_test {
namespace {

constexpr Millis patience{20'000};

struct Pipe {
  Pipe() {
    std::array<int, 2> numbers{};
    if (::pipe2(numbers.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reading = net::Fd(numbers[0]);
    writing = net::Fd(numbers[1]);
  }
  net::Fd reading;
  net::Fd writing;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(std::vector<std::string> command, Variables variables, std::string_view input) {
  Pipe in;
  Pipe out;
  Pipe err;
  const ssize_t put = ::write(in.writing.number(), input.data(), input.size());
  if (put != static_cast<ssize_t>(input.size())) throw std::runtime_error("too much input");
  if (const char* path = ::getenv("PATH")) variables.push_back(std::string("PATH=") + path);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.reading.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.writing.number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.writing.number(), STDERR_FILENO);
  const int failed = ::posix_spawnp(&id_, command.front().c_str(), &actions, nullptr,
                                    pointers_to(command).data(), pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command.front());
  out_.fd = std::move(out.reading);
  err_.fd = std::move(err.reading);
}

Process::~Process() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::send(int signal) const { ::kill(id_, signal); }

bool Process::read_some(Stream& stream, Millis limit) {
  pollfd waiting{stream.fd.number(), POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 4096> bytes{};
  const ssize_t got = ::read(stream.fd.number(), bytes.data(), bytes.size());
  if (got <= 0) return false;
  stream.held.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

std::string Process::read_line(Stream& stream) {
  std::size_t end = 0;
  while ((end = stream.held.find('\n')) == std::string::npos) {
    if (!read_some(stream, patience)) return std::exchange(stream.held, {});
  }
  std::string line = stream.held.substr(0, end);
  stream.held.erase(0, end + 1);
  return line;
}

std::string Process::read_line() { return read_line(out_); }
std::string Process::read_error_line() { return read_line(err_); }

bool Process::wait_for_error(const std::string& text) {
  for (std::string line = read_error_line(); !line.empty(); line = read_error_line()) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

bool Process::is_silent_for(Millis duration) {
  pollfd waiting{out_.fd.number(), POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(duration.count())) == 0;
}

Ending Process::wait() {
  Ending ending;
  while (read_some(out_, patience)) {
  }
  while (read_some(err_, patience)) {
  }
  ending.out = std::exchange(out_.held, {});
  ending.err = std::exchange(err_.held, {});
  int status = 0;
  const bool ended =
      net::testing::eventually([&] { return ::waitpid(id_, &status, WNOHANG) == id_; });
  if (!ended) return ending;
  id_ = -1;
  if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  return ending;
}

Folder::Folder() : path_(std::filesystem::temp_directory_path() / "omniroute-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::vector<std::string> Served::command(const std::vector<std::string>& flags) const {
  std::vector<std::string> all{OMNIROUTE_BINARY, "serve",      "--port", "0",
                               "--no-open",      "--data-dir", data_dir_};
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

Served::Served(const std::vector<std::string>& flags, Process::Variables variables)
    : own_(std::make_unique<Folder>()),
      data_dir_(own_->path() + "/data"),
      process_(command(flags), std::move(variables)) {
  read_greeting();
}

Served::Served(const std::vector<std::string>& flags, Process::Variables variables,
               const Folder& folder)
    : data_dir_(folder.path() + "/data"), process_(command(flags), std::move(variables)) {
  read_greeting();
}

void Served::read_greeting() {
  const std::string line = process_.read_line();
  url_ = line.substr(line.rfind(' ') + 1);
  port_ = static_cast<std::uint16_t>(parse_unsigned(url_.substr(url_.rfind(':') + 1)).value_or(0));
}

std::string install(const Folder& folder) {
  Served served({}, {}, folder);
  served.process().send(SIGTERM);
  served.process().wait();
  return served.data_dir();
}

Ending run_omniroute(std::vector<std::string> arguments, Process::Variables variables,
                     std::string_view input) {
  arguments.insert(arguments.begin(), OMNIROUTE_BINARY);
  return Process(std::move(arguments), std::move(variables), input).wait();
}

}  // namespace omni::gateway_test
