#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/fd.h"

namespace omni::gateway_test {

/// How a process ended.
struct Ending {
  int status = -1;  // what it returned; -1 if a signal ended it
  int signal = 0;
  std::string out;  // what it wrote and was not read yet
  std::string err;
};

/// A process that a test started: killed, if it still runs, when the test is done with it.  Every
/// wait gives up after some seconds, so that a test fails and does not hang.
class Process {
 public:
  using Variables = std::vector<std::string>;  // "NAME=value"

  /// `command` begins with the path of the binary.  Of our own environment it inherits PATH only.
  /// It finds `input` on standard input, which must fit into a pipe.
  explicit Process(std::vector<std::string> command, Variables variables = {},
                   std::string_view input = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void send(int signal) const;
  /// The next line without its end, of standard output or standard error; empty when none comes.
  std::string read_line();
  std::string read_error_line();
  /// Reads standard error up to a line that holds `text`; false when none comes.
  bool wait_for_error(const std::string& text);
  /// Whether it writes nothing, and does not end, for so long.
  bool is_silent_for(Millis duration);
  Ending wait();

 private:
  struct Stream {
    net::Fd fd;
    std::string held;
  };
  static std::string read_line(Stream& stream);
  static bool read_some(Stream& stream, Millis patience);

  pid_t id_ = -1;
  Stream out_;
  Stream err_;
};

/// A fresh folder, deleted at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The binary under test, serving on a port of its own.
class Served {
 public:
  explicit Served(const std::vector<std::string>& flags = {}, Process::Variables variables = {});
  /// On the data directory `data` of a folder that others use as well, before and after.
  Served(const std::vector<std::string>& flags, Process::Variables variables, const Folder& folder);

  Process& process() { return process_; }
  const std::string& url() const { return url_; }
  std::uint16_t port() const { return port_; }
  const std::string& data_dir() const { return data_dir_; }

 private:
  std::vector<std::string> command(const std::vector<std::string>& flags) const;

  void read_greeting();

  std::unique_ptr<Folder> own_;
  std::string data_dir_;
  Process process_;
  std::string url_;
  std::uint16_t port_ = 0;
};

/// Starts the binary once on the data directory `data` of the folder, which makes everything there;
/// returns its path.
std::string install(const Folder& folder);

/// Runs the binary under test to its end.
Ending run_omniroute(std::vector<std::string> arguments, Process::Variables variables = {},
                     std::string_view input = {});

}  // namespace omni::gateway_test
