#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace omni::bench {

/// Says what went wrong and ends the run with status 2; the kernel ends our children with us.
[[noreturn]] void fail(std::string_view what);

/// The program under test has a core to itself; the load and the upstream share another.
struct Cores {
  int proxy = 0;
  int others = 0;
};
Cores choose_cores();

/// Raises this process's limit, which children inherit, to `wanted` or as far as it goes, and says
/// how far that was.
std::size_t raise_descriptor_limit(std::size_t wanted);

/// Free when asked; nothing else is started before they are used.
std::vector<std::uint16_t> free_ports(std::size_t count);

/// Where a system program is, also in the sbin folders that a user's PATH may lack; empty if it is
/// nowhere.
std::filesystem::path find_program(std::string_view name);

/// A child process on one core, killed at the latest when this goes.
class Process {
 public:
  /// Its standard error goes to that file, or where ours goes.
  Process(std::vector<std::string> command, int core, const std::filesystem::path& errors = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits until somebody accepts connections on `port`; ends the run if the child dies first.
  void wait_for_port(std::uint16_t port) const;

  /// User and system time of all threads so far.
  double cpu_us() const;
  /// Of that, as far as the kernel worked: in hundredths of a second.
  double kernel_us() const;
  /// Resident now, shared pages included.
  double rss_mb() const;

  /// The next line of the child's standard output, empty at its end.
  std::string read_line();
  void end_input();
  /// The exit status, or -1 after a signal.
  int wait();

 private:
  std::string name_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace omni::bench
