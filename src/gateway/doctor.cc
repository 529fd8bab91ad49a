// Looks at everything that commonly stands in the way, changes nothing, and says what to do.

#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "gateway/data_dir.h"
#include "gateway/exposure.h"
#include "gateway/owner_client.h"
#include "gateway/storage.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "net/router.h"
#include "net/server.h"
#include "store/sql/sqlite.h"

namespace omni::gateway {
namespace {

enum class Verdict : std::uint8_t { good, doubtful, bad };

struct Finding {
  Verdict verdict;
  std::string what;
};

struct Patient {
  const Config& config;
  bool exists;   // its data directory
  bool running;  // a gateway holds it
};

Finding good(std::string what) { return {Verdict::good, std::move(what)}; }
Finding doubtful(std::string what) { return {Verdict::doubtful, std::move(what)}; }
Finding bad(std::string what) { return {Verdict::bad, std::move(what)}; }

/// Whether the rights of a file or folder are its owner's alone.
Finding look_at_rights(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return bad(path + ": " + std::strerror(errno));
  if (facts.st_uid != ::geteuid()) return doubtful(path + " belongs to another user");
  if ((facts.st_mode & 077) != 0)
    return doubtful("others may look into " + path + ": chmod go= it");
  return good(path);
}

Finding look_at_data_dir(const Patient& patient) {
  const std::string& path = patient.config.data_dir;
  if (Status usable = check_data_dir(path); !usable) return bad(usable.error().message());
  if (!patient.exists) return good(path + " is made at the first start");
  return look_at_rights(path);
}

Finding look_at_env_file(const Patient& patient) {
  const std::string& path = patient.config.env_file;
  return path.empty() ? good("there is none") : look_at_rights(path);
}

/// Whether changes wait beside a database, which only a start may bring in.
bool has_changes_beside(const std::string& path) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(path + "-wal", missing);
  return !missing && bytes > 0;
}

Finding look_at_key(const Patient& patient) {
  const store::KeyRing ring = key_ring_of(patient.config);
  const std::string where = ring.passphrase.empty()
                                ? ring.file().path() + ": keep a copy of it elsewhere"
                                : std::string("given by STORAGE_ENCRYPTION_KEY");
  const std::string path = patient.config.data_dir + "/config.sqlite";
  std::error_code unknown;
  const bool sealed = std::filesystem::exists(path, unknown);
  if (!patient.running && sealed && !has_changes_beside(path)) {
    const auto session = sql::open_sqlite(path, {.immutable = true});
    SystemRandom random;
    const Status opens = session ? ring.try_key(**session, random) : Status(Nothing{});
    if (!opens) return bad(opens.error().message());
  }
  if (!ring.passphrase.empty()) return good(where);
  const auto key = ring.file().read();
  if (!key) return bad(key.error().message());
  if (*key) return good(where);
  return sealed ? bad(ring.file().path() + " is missing: put it back from where you keep copies")
                : good("made at the first start");
}

Finding look_at_databases(const Patient& patient) {
  if (patient.running) return good("in use by the running gateway, which has checked them");
  for (const char* name : {"/config.sqlite", "/usage.sqlite"}) {
    const std::string path = patient.config.data_dir + name;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) continue;
    if (has_changes_beside(path)) {
      return doubtful("changes wait in " + path + "-wal: start once, then look again");
    }
    const Status whole = sql::check_sqlite_file(path);
    if (!whole) return bad(path + ": " + whole.error().message());
  }
  return good("whole");
}

Finding look_at_port(const Patient& patient) {
  const Config& config = patient.config;
  if (patient.running) {
    const auto answer = OwnerClient(config.data_dir).get("/healthz");
    return answer ? good("a gateway runs on this data directory and answers")
                  : bad("a gateway holds this data directory but " + answer.error().message());
  }
  const SystemClock clock;
  const Log log(clock, {.level = Log::Level::off}, write_to_stderr);
  net::LoopPool loops(1, log);
  net::Router router({});
  net::Server server(loops, router, clock);
  const auto port = server.listen(config.host, config.port);
  return port ? good("free, and no gateway runs") : bad(port.error().message());
}

Finding look_at_exposure(const Patient& patient) {
  if (Status fit = check_exposure(patient.config); !fit) return bad(fit.error().message());
  if (!is_exposed(patient.config)) return good(patient.config.host + ": this machine alone");
  return doubtful("others can connect to " + patient.config.host +
                  ": see that a password is set and API keys are required");
}

Finding look_at_clock(const Patient&) {
  constexpr std::int64_t january_2026_ms = 1'767'225'600'000;
  constexpr std::int64_t year_2100_ms = 4'102'444'800'000;
  const Clock::Wall now = SystemClock().wall();
  const bool sane = to_millis(now) > january_2026_ms && to_millis(now) < year_2100_ms;
  return sane ? good(iso8601(now)) : bad(iso8601(now) + " cannot be: certificates will not hold");
}

Finding look_at_names(const Patient&) {
  constexpr const char* name = "example.com";
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(name, nullptr, nullptr, &found);
  if (failed != 0) {
    return doubtful(std::string("cannot look up ") + name + ": " + ::gai_strerror(failed));
  }
  ::freeaddrinfo(found);
  return good(std::string(name) + " is found");
}

struct Look {
  std::string_view name;
  Finding (*at)(const Patient&);
};
constexpr std::array looks{
    Look{"data directory", look_at_data_dir},
    Look{".env", look_at_env_file},
    Look{"master key", look_at_key},
    Look{"databases", look_at_databases},
    Look{"port", look_at_port},
    Look{"exposure", look_at_exposure},
    Look{"clock", look_at_clock},
    Look{"names", look_at_names},
};

bool is_held(const std::string& data_dir) {
  const Result<net::Fd> held = hold_data_dir(data_dir);
  return !held && held.error().kind() == Error::Kind::conflict;
}

}  // namespace

int doctor(const Invocation& invocation) {
  const Config& config = invocation.config;
  std::error_code unknown;
  const bool exists = std::filesystem::is_directory(config.data_dir, unknown);
  const Patient patient{config, exists, exists && is_held(config.data_dir)};
  int status = succeeded;
  for (const Look& look : looks) {
    const Finding finding = look.at(patient);
    constexpr std::array<std::string_view, 3> marks{"ok    ", "look  ", "bad   "};
    std::string line(marks.at(static_cast<std::size_t>(finding.verdict)));
    line.append(look.name).append(": ").append(finding.what).append("\n");
    print(line);
    if (finding.verdict == Verdict::bad) status = failed;
  }
  return status;
}

}  // namespace omni::gateway
