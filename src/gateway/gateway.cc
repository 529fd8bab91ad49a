#include "gateway/gateway.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <utility>

#include "gateway/all_rows.h"
#include "gateway/catalog_overrides.h"
#include "gateway/data_dir.h"
#include "gateway/exposure.h"
#include "gateway/import_env.h"
#include "gateway/telemetry.h"
#include "identity/key_text.h"
#include "net/url.h"

namespace omni::gateway {
namespace {

constexpr std::size_t worker_count = 4;
constexpr Millis minute{60'000}, second{1'000};

std::size_t loop_count(const Config& config) {
  if (config.threads > 0) return config.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

identity::AccessOptions access_options(const Config& config) {
  identity::AccessOptions options;
  options.trusted_proxies = config.trusted_proxies;
  options.public_names = config.allowed_hosts;
  if (const auto url = net::parse_url(config.base_url)) {
    options.public_names.push_back(url->origin.host);
  }
  options.allowed_origins = config.cors_origin;
  options.allowed_origins.insert(options.allowed_origins.end(), config.cors_allowed_origins.begin(),
                                 config.cors_allowed_origins.end());
  if (config.cors_allow_all) options.allowed_origins.emplace_back("*");
  for (const Secret* key : {&config.api_key, &config.router_api_key}) {
    if (!key->empty()) options.environment_keys.push_back(*key);
  }
  options.environment_key_id = config.api_key_id;
  options.require_api_key = config.require_api_key;
  options.has_initial_password = !config.initial_password.empty();
  if (config.filter_includes_loopback) {
    options.ip_filter_loopback = identity::IpFilter::Loopback::included;
  }
  return options;
}

/// Which of the keys on a list were made here.
std::string machine_id(const std::string& salt) {
  std::string text;
  std::getline(std::ifstream("/etc/machine-id"), text);
  return identity::machine_id(text, salt);
}

account::ProxyVariables proxy_variables(const Config& config) {
  return {.https = config.https_proxy,
          .http = config.http_proxy,
          .all = config.all_proxy,
          .no_proxy = config.no_proxy};
}

api::AllRoutes::Options api_options(const Config& config, std::vector<net::Route> beside) {
  using AutoBackup = api::Changes::AutoBackup;
  return {.version = OMNI_VERSION,
          .machine_id = machine_id(config.machine_id_salt),
          .data_dir = config.data_dir,
          .beside = std::move(beside),
          .auto_backup = config.no_backup_before_writes ? AutoBackup::off : AutoBackup::on,
          .login = {.initial_password = config.initial_password,
                    .allow_weak_passwords = config.allow_weak_password,
                    .exposed = is_exposed(config),
                    .keys_required = config.require_api_key},
          .secure_cookie = config.cookie_always_secure,
          .port = config.port,
          .proxies = {.variables = proxy_variables(config), .socks_allowed = config.socks_proxies},
          .ip_filter_loopback = access_options(config).ip_filter_loopback};
}

upstream::Upstream::Options upstream_options(const Config& config) {
  return {.user_agent = "omniroute/" OMNI_VERSION,
          .private_addresses = config.private_providers,
          .times = {.connect = config.connect_time,
                    .first_byte = config.first_byte_time,
                    .idle = config.stream_idle_time}};
}

}  // namespace

Gateway::Service::Service(Gateway& gateway)
    : api(gateway.surroundings(), api_options(gateway.config_, rows_beside(gateway.health_))),
      data_plane(gateway.parts()),
      metrics(gateway.parts()),
      gate(gateway.gate_, gateway.parts()),
      router(all_rows(gateway.health_, api, data_plane, metrics), &gate),
      door(router, gateway.gate_, gateway.clock_, gateway.random_,
           {.body_bytes_max = gateway.config_.body_bytes_max}),
      server(gateway.loops_, door, gateway.clock_) {}

Gateway::Gateway(const Config& config, const Clock& clock, Random& random, Log& log)
    : config_(config),
      clock_(clock),
      random_(random),
      log_(log),
      lockout_(clock),
      accounts_(clock, random),
      breakers_(clock),
      sessions_(clock),
      seals_(clock, {}),
      items_(clock, {}),
      recall_(clock, {.cache_entries_max = config.cache_entries_max,
                      .cache_bytes_max = config.cache_bytes_max,
                      .archive_entries_max = config.stored_answers_max,
                      .archive_bytes_max = stored_answer_bytes_max(config),
                      .cache_lifetime = config.cache_lifetime}),
      watch_(clock),
      budgets_(clock, log),
      gate_(access_options(config), clock),
      loops_(loop_count(config), log) {}

Gateway::~Gateway() { stop(); }

Status Gateway::check() {
  if (Status usable = check_surroundings(); !usable) return usable;
  const auto found = Storage::rehearse(config_, random_);
  return found ? judge_exposure(**found) : found.error();
}

Status Gateway::check_surroundings() {
  if (Status usable = check_data_dir(config_.data_dir); !usable) return usable;
  if (!config_.tls_certificate.empty()) {
    auto loaded = net::ServerTls::load({config_.tls_certificate, config_.tls_key});
    if (!loaded) return loaded.error();
    tls_ = *std::move(loaded);
  }
  auto trusted = net::ClientTls::make({});
  if (!trusted) return trusted.error();
  client_tls_ = *std::move(trusted);
  return load_catalog();
}

Status Gateway::load_catalog() {
  Result<std::vector<catalog::Catalog::Document>> overrides =
      read_catalog_overrides(config_.data_dir);
  if (!overrides) return overrides.error();
  auto loaded = catalog::Catalog::load(*overrides);
  if (!loaded) return loaded.error();
  catalog_ = *std::move(loaded);
  views_.emplace(catalog_, combo_memory_, proxy_variables(config_));
  return Nothing{};
}

Status Gateway::start() {
  if (Status usable = check_surroundings(); !usable) return usable;
  Result<net::Fd> held = hold_data_dir(config_.data_dir);
  if (!held) return held.error();
  held_ = *std::move(held);
  if (Status opened = open_storage(); !opened) return opened;
  if (Status imported = import_environment(); !imported) return imported;
  workers_.emplace(worker_count);
  upstream_.emplace(loops_, *client_tls_, clock_, upstream_options(config_));
  refresher_.emplace(
      account::Refresher::Surroundings{storage_->configuration(), *upstream_, loops_, clock_, log_},
      account::Refresher::Options{});
  prober_.emplace(UpstreamProber::Surroundings{*upstream_, *catalog_, *views_, *refresher_, clock_},
                  config_.proxy_test_url);
  explainer_.emplace(parts());
  tell_collector();
  service_.emplace(*this);
  if (Status listening = listen(); !listening) return listening;
  periodic_.emplace(minute, [this] { tidy_up(); });
  pulse_.emplace(surroundings());
  heart_.emplace(second, [this] { pulse_->beat(); });
  health_.set_ready(true);
  return Nothing{};
}

void Gateway::tell_collector() {
  otlp::Options options = telemetry_options(config_, random_);
  if (!options.traces && !options.metrics) return;
  exporter_.emplace(
      otlp::Exporter::Surroundings{loops_[loops_.size() - 1], *client_tls_, clock_, random_, log_},
      std::move(options));
  traces_.set_listener(&*exporter_);
}

Status Gateway::import_environment() {
  if (!config_.import_env) return Nothing{};
  return EnvironmentImport(storage_->configuration(), *catalog_, clock_, random_, log_)
      .run(config_.environment);
}

api::Surroundings Gateway::surroundings() {
  return {.store = storage_->configuration(),
          .backups = storage_->backups(),
          .workers = *workers_,
          .lockout = lockout_,
          .clock = clock_,
          .random = random_,
          .log = log_,
          .catalog = *catalog_,
          .prober = *prober_,
          .explainer = *explainer_,
          .combos = combo_memory_,
          .accounts = accounts_,
          .breakers = breakers_,
          .sessions = sessions_,
          .recall = recall_,
          .budgets = budgets_,
          .watch = watch_,
          .usage = storage_->usage_database(),
          .bodies = &storage_->bodies()};
}

pipeline::Parts Gateway::parts() {
  return {.views = *views_,
          .accounts = accounts_,
          .breakers = breakers_,
          .sessions = sessions_,
          .refresher = *refresher_,
          .upstream = *upstream_,
          .seals = seals_,
          .items = items_,
          .recall = recall_,
          .workers = *workers_,
          .usage = storage_->usage(),
          .budgets = budgets_,
          .traces = traces_,
          .watch = watch_,
          .clock = clock_,
          .random = random_,
          .log = log_,
          .bodies = &storage_->bodies(),
          .upload_folder = config_.data_dir};
}

Status Gateway::open_storage() {
  auto opened = Storage::open(config_, clock_, random_, log_);
  if (!opened) return opened.error();
  storage_ = *std::move(opened);
  if (Status fit = judge_exposure(*storage_->configuration().current()); !fit) return fit;
  if (Status remembered = remember_breakers(); !remembered) return remembered;
  if (Status remembered = remember_spending(); !remembered) return remembered;
  if (Status known = recall_.archive.follow(storage_->usage_database()); !known) return known;
  budgets_.follow(storage_->configuration(), storage_->usage());
  gate_.follow(storage_->configuration());
  views_->follow(storage_->configuration());
  storage_->configuration().add_listener([this](const auto& configuration) {
    log_.set_level(configuration->settings.debug_mode ? Log::Level::debug : config_.log_level);
    watch_.feed.tell(meter::Topic::config, "config.changed", "{}");
    watch_.feed.wake_all();
  });
  return Nothing{};
}

/// Who was left alone before a restart is so after it.
Status Gateway::remember_breakers() {
  store::Database& database = storage_->usage_database();
  std::vector<store::BreakerRow> kept;
  const Status read = database.read_now([&](sql::Session& session) -> Status {
    auto loaded = store::load_breakers(session);
    if (!loaded) return loaded.error();
    kept = *std::move(loaded);
    return Nothing{};
  });
  if (!read) return read;
  breakers_.follow(kept, [&database](const store::BreakerRow& row) {
    database.write([row](sql::Session& session) { return store::store_breaker(session, row); },
                   [](const Status&) {});
  });
  return Nothing{};
}

/// What today has cost so far.
Status Gateway::remember_spending() {
  const Clock::Wall now = clock_.wall();
  return storage_->usage_database().read_now([&](sql::Session& session) -> Status {
    const auto spent =
        store::spending_by_key(session, std::chrono::floor<std::chrono::days>(now), now, now);
    if (!spent) return spent.error();
    std::int64_t nano = 0;
    for (const auto& [key, of_key] : *spent) nano += of_key.cost_nano;
    watch_.traffic.add_past(nano);
    return Nothing{};
  });
}

Status Gateway::judge_exposure(const store::Configuration& configuration) {
  std::vector<std::string> warnings;
  Status fit = check_exposure(config_, configuration, warnings);
  for (const std::string& warning : warnings) log_.warn("server.exposed", {{"why", warning}});
  return fit;
}

bool Gateway::asks_for_password() const {
  return guards_of(config_, *storage_->configuration().current()).password;
}

Status Gateway::listen() {
  const Result<std::uint16_t> port =
      service_->server.listen(config_.host, config_.port, tls_.get());
  if (!port) return port.error();
  if (Status owned = listen_for_owner(); !owned) return owned;
  const bool v6 = config_.host.find(':') != std::string::npos;
  url_ = tls_ ? "https://" : "http://";
  url_.append(v6 ? "[" + config_.host + "]" : config_.host).append(":");
  url_.append(std::to_string(*port));
  log_.info("server.listening", {{"url", url_}, {"loops", loops_.size()}});
  return Nothing{};
}

/// The socket file by which the owner's own commands reach the running gateway.
Status Gateway::listen_for_owner() {
  const std::string path = config_.data_dir + "/omniroute.sock";
  const Status listening = service_->server.listen_unix(path);
  if (listening) {
    socket_path_ = path;
  } else if (listening.error().kind() == Error::Kind::conflict) {
    return Error(Error::Kind::conflict,
                 "another omniroute runs on the data directory " + config_.data_dir);
  } else {
    log_.warn("server.no_unix_socket", {{"why", listening.error().message()}});
  }
  return Nothing{};
}

void Gateway::tidy_up() {
  write_notes();
  storage_->tidy_up();
  budgets_.catch_up();
  recall_.tidy_up();
}

/// What requests have left in memory.
void Gateway::write_notes() {
  store::Database& database = storage_->configuration().database();
  gate_.notes().flush(database);
  accounts_.flush(database);
}

void Gateway::reload() {
  if (!tls_) return;
  const Status reloaded = tls_->reload();
  if (reloaded) {
    log_.info("tls.reloaded");
  } else {
    log_.error("tls.reload_failed", {{"why", reloaded.error().message()}});
  }
}

void Gateway::stop() {
  health_.set_ready(false);
  watch_.feed.close();  // streams of events have no end of their own
  if (service_) {
    service_->door.set_draining();
    service_->server.drain(config_.shutdown_time);
  }
  periodic_.reset();
  heart_.reset();
  pulse_.reset();
  if (!socket_path_.empty()) ::unlink(std::exchange(socket_path_, {}).c_str());
  traces_.set_listener(nullptr);
  exporter_.reset();
  // No task is left that would ask the workers; what they still do uses the service.
  workers_.reset();
  service_.reset();
  explainer_.reset();
  prober_.reset();
  refresher_.reset();
  upstream_.reset();
  if (!storage_) return;
  write_notes();
  recall_.write_notes();
  storage_.reset();  // writes what waits and leaves whole files
}

}  // namespace omni::gateway
