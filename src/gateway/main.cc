#include <exception>
#include <string>
#include <vector>

#include "base/log.h"
#include "gateway/command_line.h"

extern char** environ;

int main(int count, char** values) {
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
