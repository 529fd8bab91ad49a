// Looks at everything that commonly stands in the way, changes nothing, and says what to do.

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "gateway/catalog_overrides.h"
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
  bool exists;                                                // its data directory
  bool running;                                               // a gateway holds it
  Result<std::shared_ptr<const store::Configuration>> found;  // by a start, if there were one now
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

Finding look_at_catalog(const Patient& patient) {
  const auto overrides = read_catalog_overrides(patient.config.data_dir);
  if (!overrides) return bad(overrides.error().message());
  const auto loaded = catalog::Catalog::load(*overrides);
  if (!loaded) return bad(loaded.error().message());
  return good(std::to_string((*loaded)->providers().size()) + " providers, " +
              std::to_string(overrides->size()) + " files in catalog.d");
}

Finding look_at_key(const Patient& patient) {
  const store::KeyRing ring = key_ring_of(patient.config);
  if (!ring.passphrase.empty()) return good("given by STORAGE_ENCRYPTION_KEY");
  const std::string path = ring.file().path();
  const auto key = ring.file().read();
  if (!key) return bad(key.error().message());
  if (*key) return good(path + ": keep a copy of it elsewhere");
  SystemRandom random;
  if (check_installed(patient.config.data_dir) && !store::ConfigStore::rehearse(ring, random)) {
    return bad(path + " is missing: put it back from where you keep copies");
  }
  const auto next = ring.next_file().read();
  return next && *next ? good(ring.next_file().path() + ": the next start makes it " + path)
                       : good("made at the first start");
}

Finding look_at_databases(const Patient& patient) {
  constexpr std::array files{std::pair{"/config.sqlite", sql::config_application_id},
                             std::pair{"/usage.sqlite", sql::usage_application_id}};
  for (const auto& [name, application_id] : files) {
    const std::string path = patient.config.data_dir + name;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) continue;
    const auto file = sql::open_sqlite_as_it_stands(path, application_id);
    const Status whole = file ? sql::check_sqlite(**file) : file.error();
    if (!whole) return bad(path + ": " + whole.error().message());
  }
  return good("whole");
}

Finding look_at_start(const Patient& patient) {
  if (!patient.found) return bad(patient.found.error().message());
  return good("the databases are ours, of a version that we know, and open with the key");
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
  if (!is_exposed(patient.config)) return good(patient.config.host + ": this machine alone");
  if (!patient.found) return doubtful("others can connect, and who may do what cannot be read");
  std::vector<std::string> warnings;
  const Status fit = check_exposure(patient.config, **patient.found, warnings);
  if (!fit) return bad(fit.error().message());
  return warnings.empty() ? good("others can connect, and show a password or a key")
                          : doubtful(warnings.front());
}

Finding look_at_clock(const Patient&) {
  constexpr std::int64_t january_2026_ms = 1'767'225'600'000;
  constexpr std::int64_t year_2100_ms = 4'102'444'800'000;
  const Clock::Wall now = SystemClock().wall();
  const bool sane = to_millis(now) > january_2026_ms && to_millis(now) < year_2100_ms;
  return sane ? good(iso8601(now)) : bad(iso8601(now) + " cannot be: certificates will not hold");
}

struct Look {
  std::string_view name;
  Finding (*at)(const Patient&);
};
constexpr std::array looks{
    Look{"data directory", look_at_data_dir},
    Look{".env", look_at_env_file},
    Look{"master key", look_at_key},
    Look{"catalog", look_at_catalog},
    Look{"databases", look_at_databases},
    Look{"start", look_at_start},
    Look{"port", look_at_port},
    Look{"exposure", look_at_exposure},
    Look{"clock", look_at_clock},
};

}  // namespace

int doctor(const Invocation& invocation) {
  const Config& config = invocation.config;
  std::error_code unknown;
  const bool exists = std::filesystem::is_directory(config.data_dir, unknown);
  SystemRandom random;
  const Patient patient{config, exists, is_held(config.data_dir),
                        Storage::rehearse(config, random)};
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
