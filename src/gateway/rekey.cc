// Seals all secrets anew, under a random key in master.key or under a passphrase.

#include "gateway/data_dir.h"
#include "gateway/storage.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "store/sql/sqlite.h"

namespace omni::gateway {
namespace {

constexpr std::size_t passphrase_bytes_min = 8;

Status change_key(const Config& config, Secret passphrase) {
  SystemRandom random;
  // Brings the database to the newest shape, so that every sealed column is known.
  const SystemClock clock;
  const Log log(clock, {Log::Level::warn, Log::Format::human}, write_to_stderr);
  store::Settings settings;
  {
    const auto opened = Storage::open(config, clock, random, log);
    if (!opened) return opened.error();
    settings = (*opened)->configuration().current()->settings;
  }
  const auto session = sql::open_sqlite(config.data_dir + "/config.sqlite");
  if (!session) return session.error();
  store::KeyRing::Change change;
  change.passphrase = std::move(passphrase);
  change.entry.when = clock.wall();
  change.entry.action = "key.changed";
  change.entry.actor = "owner";
  change.entry.address = "local";
  const auto key = key_ring_of(config).change_key(**session, std::move(change), random);
  if (!key) return key.error();
  // One that the new key opens, for whoever has that alone.
  store::Backups backups(backups_of(config, [&settings] { return settings; }), clock);
  const auto made = backups.create(store::BackupReason::manual);
  if (!made) print("No backup could be made of it: " + made.error().message() + "\n");
  return Nothing{};
}

/// From a terminal it is asked for twice.
Result<Secret> read_passphrase() {
  Result<Secret> given = is_terminal() ? ask_for_new_secret("passphrase") : read_secret_line();
  if (given && given->reveal().size() < passphrase_bytes_min) {
    return Error(Error::Kind::bad_request, "the passphrase needs at least 8 characters");
  }
  return given;
}

}  // namespace

int rekey(const Invocation& invocation) {
  const Config& config = invocation.config;
  if (Status there = check_installed(config.data_dir); !there) return complain(there.error());
  const Result<net::Fd> held = hold_data_dir(config.data_dir);
  if (!held && held.error().kind() == Error::Kind::conflict) {
    return complain("a gateway runs on this data directory: stop it first", failed);
  }
  if (!held) return complain(held.error());
  Secret passphrase;
  if (invocation.has("--passphrase-stdin")) {
    Result<Secret> given = read_passphrase();
    if (!given) return complain(given.error());
    passphrase = *std::move(given);
  }
  const bool in_file = passphrase.empty();
  const Status done = change_key(config, std::move(passphrase));
  if (!done) return complain(done.error());
  print(in_file ? "Everything is sealed anew.  The key is in master.key: keep a copy of it, and "
                  "remove STORAGE_ENCRYPTION_KEY if it was set.\n"
                : "Everything is sealed anew.  From now on the gateway needs that passphrase in "
                  "STORAGE_ENCRYPTION_KEY.\n");
  print(
      "Backups from before open with the old key alone: a key that was in master.key is kept in "
      "master.key.<id>, an old passphrase goes along as X-Backup-Passphrase.\n");
  return succeeded;
}

}  // namespace omni::gateway
