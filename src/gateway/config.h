#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "gateway/env_file.h"
#include "identity/address_rule.h"

namespace omni::gateway {

/// What flags and environment say, fixed from the start to the end of the process.  What each
/// member means is in its row of `options()`.
struct Config {
  // place
  std::string host = "127.0.0.1";
  std::uint16_t port = 20128;
  std::string data_dir;
  bool no_open = false;
  bool check_only = false;  // say whether all of this is usable, and do nothing
  std::size_t threads = 0;  // 0: one per core
  std::string tls_certificate, tls_key;
  Millis shutdown_time{30'000};

  // log
  Log::Level log_level = Log::Level::info;
  std::optional<Log::Format> log_format;  // default: human on a terminal, else JSON

  // secrets
  Secret initial_password;
  Secret storage_key;
  Secret api_key_secret;
  std::string machine_id_salt = "endpoint-proxy-salt";

  // access
  bool require_api_key = false;
  Secret api_key, router_api_key;
  std::string api_key_id = "env-key";
  bool allow_weak_password = false;
  bool cookie_always_secure = false;
  std::vector<std::string> cors_origin, cors_allowed_origins;
  bool cors_allow_all = false;
  std::vector<identity::AddressRule> trusted_proxies;
  bool filter_includes_loopback = false;
  std::string base_url;
  std::vector<std::string> allowed_hosts;

  // providers
  bool private_providers = false;  // may be anywhere but at what only attacks ask for
  Millis connect_time{10'000}, first_byte_time{300'000}, stream_idle_time{120'000};
  bool import_env = false;
  Secret https_proxy, http_proxy, all_proxy;
  std::vector<std::string> no_proxy;
  bool socks_proxies = false;  // may be set, whatever the setting says
  std::string proxy_test_url = "https://api64.ipify.org/?format=json";
  /// All variables, of the file those that the process has not got itself.
  Environment environment;

  // what is remembered of answers
  std::size_t cache_entries_max = 500;
  std::size_t cache_bytes_max = std::size_t{32} << 20;
  std::size_t stored_answers_max = 10'000;
  std::size_t stored_answer_bytes_max = std::size_t{64} << 20;

  // what is written down of requests
  std::uint64_t log_bytes_max = std::uint64_t{1} << 30;

  // what a collector of OpenTelemetry is told
  std::string otlp_endpoint, otlp_traces_endpoint, otlp_metrics_endpoint;  // all empty: nothing
  Secret otlp_headers;
  std::string otlp_protocol = "http/json";
  Millis otlp_timeout{10'000};
  std::string otel_service_name, otel_resource_attributes;
  std::string otel_sampler = "parentbased_always_on";
  double otel_sampler_ratio = 1;
  Millis otel_metric_interval{60'000};
  std::string otel_traces_exporter = "otlp", otel_metrics_exporter = "otlp";
  bool otel_disabled = false;

  // backups
  bool no_backup_before_writes = false;

  // where they are not given, the settings hold
  std::optional<std::uint64_t> body_bytes_max;
  std::optional<std::size_t> backup_files_max;
  std::optional<int> backup_days, call_days;
  std::optional<Millis> cache_lifetime;

  std::string env_file;  // that was read; empty: none
  /// Of each row of `options()`, who said so: "default", "--port", "PORT", "PORT in /x/.env".
  std::vector<std::string> sources;
};

/// One option: its flag, its variable or both, how a value gets into the Config, and what it is.
struct Option {
  std::string_view flag;      // "--port"; empty where only the environment sets it
  std::string_view variable;  // "PORT"; empty where only the flag sets it
  std::string_view value;     // what help calls the value; empty for a switch
  std::string_view help;
  Status (*apply)(Config&, std::string_view value);
  /// What holds in the end, for people; a secret is masked.  Rows of one member share it.
  std::string (*show)(const Config&);
  /// Whether a value of the variable is meant for us; null: always.
  bool (*heeds)(std::string_view value) = nullptr;
};
/// All of them, in the order in which help shows them.
const std::vector<Option>& options();

/// Where values come from: a flag wins over a variable, a variable over the same one in the file,
/// and all of them over the default.
struct Inputs {
  std::vector<std::string> flags;
  Environment environment;
  EnvFile env_file;
};
/// Where `.env` may be: the first of them that is there counts.
std::vector<std::string> env_file_places(const Inputs& inputs);

/// The error is the exact message for the person at the terminal.  `warnings` receives the name of
/// each OMNIROUTE_ variable that means nothing.
Result<Config> read_config(const Inputs& inputs, std::vector<std::string>& warnings);

/// ` --data-dir FOLDER`, for the commands that we advise; empty where they find it without.
std::string data_dir_flag(const Config& config);

}  // namespace omni::gateway
