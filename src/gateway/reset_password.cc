// A new password, which is asked for from now on: told to the gateway that runs, or written to its
// database while none does.

#include "api/settings_change.h"
#include "gateway/data_dir.h"
#include "gateway/owner_client.h"
#include "gateway/storage.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"
#include "identity/password.h"
#include "json/writer.h"
#include "store/audit.h"
#include "store/secrets_table.h"
#include "store/sessions.h"

namespace omni::gateway {
namespace {

Status tell_running_gateway(const Config& config, const Secret& password) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("password").text(password.reveal());
  writer.key("requireLogin").boolean(true).end_object();
  const auto told = OwnerClient(config.data_dir).ask("POST", "/api/settings/require-login", body);
  return told ? Status(Nothing{}) : told.error();
}

/// A password that nobody is asked for guards nothing.
Status ask_for_it(store::Settings& settings) {
  settings.require_login = true;
  return Nothing{};
}

Status store_password(store::ConfigStore& configuration, const std::string& hash,
                      const Clock& clock) {
  return configuration.database().write_now([&](sql::Session& session) -> Status {
    Status done =
        store::store_secret(session, configuration.sealer(), store::password_hash, Secret(hash));
    if (done) done = store::end_login_sessions_except(session, "");
    store::AuditEntry entry;
    entry.when = clock.wall();
    entry.actor = "owner";
    entry.address = "local";
    if (done) {
      done = api::change_settings({session, configuration.sealer(), entry.when}, ask_for_it, entry);
    }
    if (!done) return done;
    entry.action = "auth.password.reset";
    return store::add_audit_entry(session, entry);
  });
}

Status write_to_database(const Config& config, const Secret& password) {
  const SystemClock clock;
  SystemRandom random;
  const Log log(clock, {Log::Level::warn, Log::Format::human}, write_to_stderr);
  const auto storage = Storage::open(config, clock, random, log);
  if (!storage) return storage.error();
  const Result<std::string> hash = identity::hash_password(password, random);
  if (!hash) return hash.error();
  return store_password((*storage)->configuration(), *hash, clock);
}

}  // namespace

int reset_password(const Invocation& invocation) {
  const Config& config = invocation.config;
  if (Status there = check_installed(config.data_dir); !there) return complain(there.error());
  const Result<Secret> password =
      invocation.has("--password-stdin") ? read_secret_line() : ask_for_new_secret("password");
  if (!password) return complain(password.error());
  const auto least =
      config.allow_weak_password ? identity::PasswordLength::weak : identity::PasswordLength::usual;
  const Status fit = identity::check_new_password(*password, least);
  if (!fit) return complain(fit.error());
  const Result<net::Fd> held = hold_data_dir(config.data_dir);
  const bool running = !held && held.error().kind() == Error::Kind::conflict;
  if (!held && !running) return complain(held.error());
  const Status done =
      running ? tell_running_gateway(config, *password) : write_to_database(config, *password);
  if (!done) return complain(done.error());
  print("The password is set.  Whoever was logged in has to log in again.\n");
  return succeeded;
}

}  // namespace omni::gateway
