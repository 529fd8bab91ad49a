// From /proc/self; what cannot be read there is 0.

#include "meter/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace omni::meter {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Clock ticks after the machine's start: the twenty-second word of its line, of which the second,
/// in brackets, may hold blanks.
double started_after_boot() {
  std::string line;
  std::getline(std::ifstream("/proc/self/stat"), line);
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return 0;
  std::istringstream words(line.substr(bracket + 1));
  std::string word;
  for (int i = 3; i <= 22; ++i) words >> word;
  return std::strtod(word.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_time() {
  std::ifstream lines("/proc/stat");
  std::string word;
  while (lines >> word) {
    double time = 0;
    if (word == "btime" && lines >> time) return time;
  }
  return 0;
}

std::int64_t count_descriptors() {
  std::error_code failed;
  const std::filesystem::directory_iterator all("/proc/self/fd", failed);
  return failed ? 0 : std::distance(begin(all), end(all));
}

}  // namespace

ProcessUse process_use() {
  ProcessUse use;
  std::int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  use.resident_bytes = resident * ::sysconf(_SC_PAGESIZE);
  rusage spent{};
  if (::getrusage(RUSAGE_SELF, &spent) == 0) {
    use.cpu_seconds = seconds(spent.ru_utime) + seconds(spent.ru_stime);
  }
  use.started = boot_time() + started_after_boot();
  use.descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    use.descriptors_max = static_cast<std::int64_t>(limit.rlim_cur);
  }
  return use;
}

}  // namespace omni::meter
