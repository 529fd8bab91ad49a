// Seals all secrets anew, under a random key in master.key or under a passphrase.

#include "gateway/data_dir.h"
#include "gateway/storage.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "store/sql/sqlite.h"

namespace omni::gateway {
namespace {

Status change_key(const Config& config, Secret passphrase) {
  SystemRandom random;
  // Brings the database to the newest shape, so that every sealed column is known.
  const SystemClock clock;
  const Log log(clock, {Log::Level::warn, Log::Format::human}, write_to_stderr);
  if (auto opened = Storage::open(config, clock, random, log); !opened) return opened.error();
  const auto session = sql::open_sqlite(config.data_dir + "/config.sqlite");
  if (!session) return session.error();
  const auto key = key_ring_of(config).change_key(**session, std::move(passphrase), random);
  return key ? Status(Nothing{}) : key.error();
}

}  // namespace

int rekey(const Invocation& invocation) {
  const Config& config = invocation.config;
  const Result<net::Fd> held = hold_data_dir(config.data_dir);
  if (!held && held.error().kind() == Error::Kind::conflict) {
    return complain("a gateway runs on this data directory: stop it first", failed);
  }
  if (!held) return complain(held.error());
  Secret passphrase;
  if (invocation.has("--passphrase-stdin")) {
    Result<Secret> line = read_secret_line();
    if (!line) return complain(line.error());
    passphrase = *std::move(line);
  }
  const bool in_file = passphrase.empty();
  const Status done = change_key(config, std::move(passphrase));
  if (!done) return complain(done.error());
  print(in_file ? "Everything is sealed anew.  The key is in master.key: keep a copy of it, and "
                  "remove STORAGE_ENCRYPTION_KEY if it was set.\n"
                : "Everything is sealed anew.  From now on the gateway needs that passphrase in "
                  "STORAGE_ENCRYPTION_KEY.\n");
  print("Backups from before open with the old key alone.\n");
  return succeeded;
}

}  // namespace omni::gateway
