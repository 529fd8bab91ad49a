#include <fcntl.h>

#include <cerrno>
#include <exception>
#include <string>
#include <vector>

#include "base/log.h"
#include "gateway/command_line.h"

extern char** environ;

namespace {

/// A process started without them would give their numbers to its first sockets, and log into one.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int count, char** values) {
  occupy_standard_descriptors();
  try {
    const std::vector<std::string> arguments(values + 1, values + count);
    omni::gateway::Environment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) continue;
      environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return omni::gateway::run(arguments, environment);
  } catch (const std::exception& failure) {
    omni::write_to_stderr(std::string("omniroute: ") + failure.what() + "\n");
    return 1;
  }
}
