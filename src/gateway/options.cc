// The table of options, and what turns a text into a member and back.

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"
#include "gateway/config.h"
#include "identity/password.h"
#include "json/format.h"
#include "net/fields.h"
#include "net/url.h"
#include "otlp/pairs.h"
#include "otlp/sampler.h"

namespace omni::gateway {
namespace {

Error unusable(std::string_view value, std::string_view wanted) {
  std::string message("\"");
  message.append(value).append("\" is not ").append(wanted);
  return {Error::Kind::bad_request, std::move(message)};
}

/// Shells and containers put the name of the machine into HOSTNAME, which is none of our business.
bool is_address(std::string_view value) {
  const std::string text(value);
  in6_addr unused{};
  return inet_pton(AF_INET, text.c_str(), &unused) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &unused) == 1;
}

Status set_host(Config& config, std::string_view value) {
  const std::string host(value);
  if (!is_address(host) && host != "localhost")
    return unusable(value, "an IP address or localhost");
  config.host = host;
  return Nothing{};
}

Status set_port(Config& config, std::string_view value) {
  const std::optional<std::uint64_t> port = parse_unsigned(value);
  if (!port || *port > 65535) return unusable(value, "a port (0 to 65535, 0 for any free one)");
  config.port = static_cast<std::uint16_t>(*port);
  return Nothing{};
}

Status set_data_dir(Config& config, std::string_view value) {
  if (value.empty()) return unusable(value, "a folder");
  config.data_dir = value;
  return Nothing{};
}

Status set_no_open(Config& config, std::string_view) {
  config.no_open = true;
  return Nothing{};
}

Status set_check_only(Config& config, std::string_view) {
  config.check_only = true;
  return Nothing{};
}

constexpr std::array<std::string_view, 5> level_names{"debug", "info", "warn", "error", "off"};

Status set_log_level(Config& config, std::string_view value) {
  const auto* found = std::find(level_names.begin(), level_names.end(), value);
  if (found == level_names.end()) return unusable(value, "one of debug, info, warn, error, off");
  config.log_level = static_cast<Log::Level>(found - level_names.begin());
  return Nothing{};
}

Status set_log_format(Config& config, std::string_view value) {
  if (value != "json" && value != "text") return unusable(value, "json or text");
  config.log_format = value == "json" ? Log::Format::json : Log::Format::human;
  return Nothing{};
}

template <auto member>
Status set_text(Config& config, std::string_view value) {
  config.*member = std::string(value);
  return Nothing{};
}

template <auto member>
Status set_secret(Config& config, std::string_view value) {
  config.*member = Secret(std::string(value));
  return Nothing{};
}

/// One that cannot be hashed would be asked for for ever, and never be right.
Status set_initial_password(Config& config, std::string_view value) {
  if (value.size() > identity::password_bytes_max) {
    return Error(Error::Kind::bad_request, "is longer than " +
                                               std::to_string(identity::password_bytes_max) +
                                               " bytes, which no password may be");
  }
  return set_secret<&Config::initial_password>(config, value);
}

template <auto member>
Status set_switch(Config& config, std::string_view value) {
  const std::string text = to_lower(value);
  const bool on = text == "true" || text == "1" || text == "yes" || text == "on";
  const bool off = text == "false" || text == "0" || text == "no" || text == "off";
  if (!on && !off) return unusable(value, "true or false");
  config.*member = on;
  return Nothing{};
}

template <auto member, std::uint64_t min, std::uint64_t max>
Status set_number(Config& config, std::string_view value) {
  const std::optional<std::uint64_t> number = parse_unsigned(value);
  if (!number || *number < min || *number > max) {
    return unusable(value, "a number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  config.*member = static_cast<std::remove_reference_t<decltype(config.*member)>>(*number);
  return Nothing{};
}

template <auto member>
Status set_list(Config& config, std::string_view value) {
  (config.*member).clear();
  while (!value.empty()) {
    const std::string_view item = trim(cut(value, ','));
    if (!item.empty()) (config.*member).emplace_back(item);
  }
  return Nothing{};
}

Status set_trusted_proxies(Config& config, std::string_view value) {
  config.trusted_proxies.clear();
  while (!value.empty()) {
    const std::string_view item = trim(cut(value, ','));
    if (item.empty()) continue;
    Result<identity::AddressRule> rule = identity::AddressRule::parse(item);
    if (!rule) return rule.error();
    config.trusted_proxies.push_back(*std::move(rule));
  }
  return Nothing{};
}

Status set_allowed_hosts(Config& config, std::string_view value) {
  if (Status done = set_list<&Config::allowed_hosts>(config, value); !done) return done;
  for (const std::string& host : config.allowed_hosts) {
    if (!json::format::host.fits(host)) return unusable(host, "the name of a host, without a port");
  }
  return Nothing{};
}

Status set_base_url(Config& config, std::string_view value) {
  if (!json::format::url.fits(value)) return unusable(value, "a URL of http or https");
  config.base_url = value;
  return Nothing{};
}

/// Mostly written without a scheme where it is an HTTP proxy.
template <auto member>
Status set_proxy(Config& config, std::string_view value) {
  std::string url(value.find("://") == std::string_view::npos ? "http://" : "");
  const Result<net::Proxy> proxy = net::parse_proxy(url.append(value));
  if (!proxy) return proxy.error();
  config.*member = net::url_of(*proxy);
  return Nothing{};
}

Status set_proxy_test_url(Config& config, std::string_view value) {
  if (!net::parse_url(value)) return unusable(value, "a URL");
  config.proxy_test_url = value;
  return Nothing{};
}

/// One that cannot be read keeps to itself what it is: it may hold a key.
template <auto member>
Status set_collector(Config& config, std::string_view value) {
  if (const auto url = net::parse_url(value); !url) return url.error();
  config.*member = value;
  return Nothing{};
}

Status set_otlp_headers(Config& config, std::string_view value) {
  const Result<otlp::Pairs> pairs = otlp::parse_pairs(value);
  if (!pairs) return pairs.error();
  net::OutFields fields;
  for (const auto& [name, text] : *pairs) fields.add(name, text);
  if (!fields.valid() || fields.frames()) {
    return Error(Error::Kind::bad_request, "has a field that no request may carry");
  }
  return set_secret<&Config::otlp_headers>(config, value);
}

Status set_resource_attributes(Config& config, std::string_view value) {
  if (const auto pairs = otlp::parse_pairs(value); !pairs) return pairs.error();
  config.otel_resource_attributes = value;
  return Nothing{};
}

/// Who takes protobuf takes JSON at the same address.
Status set_otlp_protocol(Config& config, std::string_view value) {
  if (value != "http/json" && value != "http/protobuf") {
    return unusable(value, "http/json, which is all that is spoken, or http/protobuf beside it");
  }
  config.otlp_protocol = value;
  return Nothing{};
}

template <auto member>
Status set_otel_exporter(Config& config, std::string_view value) {
  if (value != "otlp" && value != "none") return unusable(value, "otlp or none");
  config.*member = value;
  return Nothing{};
}

Status set_sampler(Config& config, std::string_view value) {
  if (!otlp::parse_sampler(value)) {
    return unusable(value,
                    "always_on, always_off, traceidratio, or one of them after parentbased_");
  }
  config.otel_sampler = value;
  return Nothing{};
}

Status set_sampler_ratio(Config& config, std::string_view value) {
  double ratio = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ratio);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (!whole || !(ratio >= 0 && ratio <= 1)) return unusable(value, "a number from 0 to 1");
  config.otel_sampler_ratio = ratio;
  return Nothing{};
}

std::string text_of(const std::string& value) { return value; }
std::string text_of(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
std::string text_of(const Secret& value) { return value.empty() ? "" : "***"; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(Millis value) { return std::to_string(value.count()); }
std::string text_of(Log::Level level) {
  return std::string(level_names[static_cast<std::size_t>(level)]);
}
std::string text_of(const std::optional<Log::Format>& format) {
  if (!format) return "";
  return *format == Log::Format::json ? "json" : "text";
}
std::string text_of(const identity::AddressRule& rule) { return rule.text(); }
template <std::integral Number>
std::string text_of(Number value) {
  return std::to_string(value);
}
template <class Value>
std::string text_of(const std::optional<Value>& value) {
  return value ? text_of(*value) : "";
}
template <class Item>
std::string text_of(const std::vector<Item>& items) {
  std::string text;
  for (const Item& item : items) text.append(text.empty() ? "" : ",").append(text_of(item));
  return text;
}

template <auto member>
std::string show(const Config& config) {
  return text_of(config.*member);
}

using C = Config;

constexpr std::array place_options{
    Option{"", "HOSTNAME", "ADDRESS", "as --host, if it is an IP address", set_host, show<&C::host>,
           is_address},
    Option{"--host", "OMNIROUTE_HOST", "ADDRESS", "address to listen on (127.0.0.1)", set_host,
           show<&C::host>},
    Option{"--port", "PORT", "NUMBER", "port to listen on (20128)", set_port, show<&C::port>},
    Option{"", "OMNIROUTE_PORT", "NUMBER", "as PORT, and wins over it", set_port, show<&C::port>},
    Option{"--data-dir", "DATA_DIR", "FOLDER", "where everything is kept (~/.omniroute)",
           set_data_dir, show<&C::data_dir>},
    Option{"--no-open", "", "", "for later: there is no dashboard to open yet", set_no_open,
           show<&C::no_open>},
    Option{"--check", "", "", "say whether a start would go well, and exit", set_check_only,
           show<&C::check_only>},
    Option{"--threads", "OMNIROUTE_THREADS", "NUMBER", "event loops (one per core)",
           set_number<&C::threads, 0, 1024>, show<&C::threads>},
    Option{"--tls-certificate", "OMNIROUTE_TLS_CERTIFICATE", "FILE",
           "PEM chain; makes the port TLS", set_text<&C::tls_certificate>,
           show<&C::tls_certificate>},
    Option{"--tls-key", "OMNIROUTE_TLS_KEY", "FILE", "PEM key of the certificate",
           set_text<&C::tls_key>, show<&C::tls_key>},
    Option{"", "SHUTDOWN_TIMEOUT_MS", "MS",
           "how long running requests may go on at the end (30000)",
           set_number<&C::shutdown_time, 0, 3'600'000>, show<&C::shutdown_time>},
    Option{"--log-level", "APP_LOG_LEVEL", "LEVEL", "debug, info, warn, error or off (info)",
           set_log_level, show<&C::log_level>},
    Option{"--log-format", "APP_LOG_FORMAT", "FORMAT", "json or text (text on a terminal)",
           set_log_format, show<&C::log_format>},
};

constexpr std::array secret_options{
    Option{"", "INITIAL_PASSWORD", "TEXT", "password of the first start, while none is stored",
           set_initial_password, show<&C::initial_password>},
    Option{"", "STORAGE_ENCRYPTION_KEY", "TEXT", "seals secrets on disk, in place of master.key",
           set_secret<&C::storage_key>, show<&C::storage_key>},
    Option{"", "API_KEY_SECRET", "TEXT", "behind the check digits of new API keys (a random one)",
           set_secret<&C::api_key_secret>, show<&C::api_key_secret>},
    Option{"", "MACHINE_ID_SALT", "TEXT", "goes into the machine's part of API keys",
           set_text<&C::machine_id_salt>, show<&C::machine_id_salt>},
};

constexpr std::array access_options{
    Option{"", "REQUIRE_API_KEY", "BOOL", "using models needs an API key, whatever the setting",
           set_switch<&C::require_api_key>, show<&C::require_api_key>},
    Option{"", "ROUTER_API_KEY", "KEY", "one more API key that is always good",
           set_secret<&C::router_api_key>, show<&C::router_api_key>},
    Option{"", "OMNIROUTE_API_KEY", "KEY", "another one", set_secret<&C::api_key>,
           show<&C::api_key>},
    Option{"", "OMNIROUTE_API_KEY_ID", "TEXT", "what logs call these two (env-key)",
           set_text<&C::api_key_id>, show<&C::api_key_id>},
    Option{"", "ALLOW_WEAK_PASSWORD", "BOOL", "takes new passwords of less than 8 characters",
           set_switch<&C::allow_weak_password>, show<&C::allow_weak_password>},
    Option{"", "AUTH_COOKIE_SECURE", "BOOL", "the login cookie is for https alone, always",
           set_switch<&C::cookie_always_secure>, show<&C::cookie_always_secure>},
    Option{"", "CORS_ORIGIN", "LIST", "web origins whose pages may call the API; * for all",
           set_list<&C::cors_origin>, show<&C::cors_origin>},
    Option{"", "CORS_ALLOWED_ORIGINS", "LIST", "more of them", set_list<&C::cors_allowed_origins>,
           show<&C::cors_allowed_origins>},
    Option{"", "CORS_ALLOW_ALL", "BOOL", "as CORS_ORIGIN=*", set_switch<&C::cors_allow_all>,
           show<&C::cors_allow_all>},
    Option{"", "TRUSTED_PROXIES", "LIST", "reverse proxies whose X-Forwarded-For is believed",
           set_trusted_proxies, show<&C::trusted_proxies>},
    Option{"", "IP_FILTER_INCLUDE_LOOPBACK", "BOOL", "the whitelist is also for this machine",
           set_switch<&C::filter_includes_loopback>, show<&C::filter_includes_loopback>},
    Option{"", "BASE_URL", "URL", "the address under which others reach this gateway", set_base_url,
           show<&C::base_url>},
    Option{"", "OMNIROUTE_PUBLIC_BASE_URL", "URL", "as BASE_URL, and wins over it", set_base_url,
           show<&C::base_url>},
    Option{"", "ALLOWED_HOSTS", "LIST", "names by which browsers may reach it besides localhost",
           set_allowed_hosts, show<&C::allowed_hosts>},
    Option{"", "MAX_BODY_SIZE_BYTES", "NUMBER",
           "largest request that is taken, whatever the setting",
           set_number<&C::body_bytes_max, 1, 500ULL * 1024 * 1024>, show<&C::body_bytes_max>},
};

constexpr std::array provider_options{
    Option{"", "OMNIROUTE_ALLOW_PRIVATE_PROVIDER_URLS", "BOOL",
           "every provider may be at a private address, not local ones alone",
           set_switch<&C::private_providers>, show<&C::private_providers>},
    Option{"", "FETCH_CONNECT_TIMEOUT_MS", "MS", "to reach a provider (10000)",
           set_number<&C::connect_time, 1, 600'000>, show<&C::connect_time>},
    Option{"", "FETCH_HEADERS_TIMEOUT_MS", "MS", "until a provider begins to answer (300000)",
           set_number<&C::first_byte_time, 1, 3'600'000>, show<&C::first_byte_time>},
    Option{"", "STREAM_IDLE_TIMEOUT_MS", "MS",
           "silence in the middle of a provider's answer (120000)",
           set_number<&C::stream_idle_time, 1, 3'600'000>, show<&C::stream_idle_time>},
    Option{"", "SEMANTIC_CACHE_MAX_SIZE", "NUMBER", "how many answers are remembered (500)",
           set_number<&C::cache_entries_max, 0, 1'000'000>, show<&C::cache_entries_max>},
    Option{"", "SEMANTIC_CACHE_MAX_BYTES", "NUMBER", "how many bytes of them (33554432)",
           set_number<&C::cache_bytes_max, 0, 64ULL << 30>, show<&C::cache_bytes_max>},
    Option{"", "SEMANTIC_CACHE_DB_MAX_SIZE", "NUMBER",
           "how many are kept over a restart (10000; 0: none)",
           set_number<&C::stored_answers_max, 0, 1'000'000>, show<&C::stored_answers_max>},
    Option{"", "SEMANTIC_CACHE_DB_MAX_BYTES", "NUMBER",
           "their bytes (67108864); an eighth of LOG_MAX_BYTES at most",
           set_number<&C::stored_answer_bytes_max, 0, 64ULL << 30>,
           show<&C::stored_answer_bytes_max>},
    Option{"", "SEMANTIC_CACHE_TTL_MS", "MS", "for how long, whatever the setting",
           set_number<&C::cache_lifetime, 0, 86'400'000>, show<&C::cache_lifetime>},
    Option{"", "OMNIROUTE_IMPORT_ENV", "BOOL",
           "at the start, accounts for providers whose keys are in variables",
           set_switch<&C::import_env>, show<&C::import_env>},
    Option{"", "https_proxy", "URL", "as HTTPS_PROXY", set_proxy<&C::https_proxy>,
           show<&C::https_proxy>},
    Option{"", "HTTPS_PROXY", "URL", "the proxy for providers at https, if none is set for them",
           set_proxy<&C::https_proxy>, show<&C::https_proxy>},
    Option{"", "http_proxy", "URL", "as HTTP_PROXY", set_proxy<&C::http_proxy>,
           show<&C::http_proxy>},
    Option{"", "HTTP_PROXY", "URL", "the same for those at http", set_proxy<&C::http_proxy>,
           show<&C::http_proxy>},
    Option{"", "all_proxy", "URL", "as ALL_PROXY", set_proxy<&C::all_proxy>, show<&C::all_proxy>},
    Option{"", "ALL_PROXY", "URL", "the same for both", set_proxy<&C::all_proxy>,
           show<&C::all_proxy>},
    Option{"", "no_proxy", "LIST", "as NO_PROXY", set_list<&C::no_proxy>, show<&C::no_proxy>},
    Option{"", "NO_PROXY", "LIST", "hosts and domains that everybody's proxy is not for",
           set_list<&C::no_proxy>, show<&C::no_proxy>},
    Option{"", "ENABLE_SOCKS5_PROXY", "BOOL", "SOCKS5 proxies may be set, whatever the setting",
           set_switch<&C::socks_proxies>, show<&C::socks_proxies>},
    Option{"", "PROXY_TEST_URL", "URL", "who is asked through a proxy that is tested",
           set_proxy_test_url, show<&C::proxy_test_url>},
};

constexpr std::array log_options{
    Option{"", "CALL_LOG_RETENTION_DAYS", "NUMBER",
           "for how many days requests are kept, whatever the setting",
           set_number<&C::call_days, 1, 3650>, show<&C::call_days>},
    Option{"", "LOG_MAX_BYTES", "NUMBER",
           "bytes of usage.sqlite and bodies together (1073741824)",
           set_number<&C::log_bytes_max, 1 << 20, std::uint64_t{1} << 50>, show<&C::log_bytes_max>},
};

constexpr std::array otel_options{
    Option{"", "OTEL_EXPORTER_OTLP_ENDPOINT", "URL",
           "collector of OpenTelemetry that is told of requests (none)",
           set_collector<&C::otlp_endpoint>, show<&C::otlp_endpoint>},
    Option{"", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "URL", "whole address for spans alone",
           set_collector<&C::otlp_traces_endpoint>, show<&C::otlp_traces_endpoint>},
    Option{"", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "URL", "whole address for metrics alone",
           set_collector<&C::otlp_metrics_endpoint>, show<&C::otlp_metrics_endpoint>},
    Option{"", "OTEL_EXPORTER_OTLP_HEADERS", "LIST", "fields that it wants to see: name=value,...",
           set_otlp_headers, show<&C::otlp_headers>},
    Option{"", "OTEL_EXPORTER_OTLP_PROTOCOL", "NAME", "http/json is what is spoken",
           set_otlp_protocol, show<&C::otlp_protocol>},
    Option{"", "OTEL_EXPORTER_OTLP_TIMEOUT", "MS", "how long it may take over a batch (10000)",
           set_number<&C::otlp_timeout, 1, 600'000>, show<&C::otlp_timeout>},
    Option{"", "OTEL_SERVICE_NAME", "TEXT", "what it knows this gateway as (omniroute)",
           set_text<&C::otel_service_name>, show<&C::otel_service_name>},
    Option{"", "OTEL_RESOURCE_ATTRIBUTES", "LIST", "what else it is told of it: name=value,...",
           set_resource_attributes, show<&C::otel_resource_attributes>},
    Option{"", "OTEL_TRACES_SAMPLER", "NAME", "which requests become spans (parentbased_always_on)",
           set_sampler, show<&C::otel_sampler>},
    Option{"", "OTEL_TRACES_SAMPLER_ARG", "NUMBER", "for traceidratio, the part of them (1)",
           set_sampler_ratio, show<&C::otel_sampler_ratio>},
    Option{"", "OTEL_METRIC_EXPORT_INTERVAL", "MS", "how often metrics are sent (60000)",
           set_number<&C::otel_metric_interval, 1'000, 86'400'000>, show<&C::otel_metric_interval>},
    Option{"", "OTEL_TRACES_EXPORTER", "NAME", "none: no spans are sent",
           set_otel_exporter<&C::otel_traces_exporter>, show<&C::otel_traces_exporter>},
    Option{"", "OTEL_METRICS_EXPORTER", "NAME", "none: no metrics are sent",
           set_otel_exporter<&C::otel_metrics_exporter>, show<&C::otel_metrics_exporter>},
    Option{"", "OTEL_SDK_DISABLED", "BOOL", "nothing is sent", set_switch<&C::otel_disabled>,
           show<&C::otel_disabled>},
};

constexpr std::array backup_options{
    Option{"", "DISABLE_SQLITE_AUTO_BACKUP", "BOOL", "no hourly backup before changes",
           set_switch<&C::no_backup_before_writes>, show<&C::no_backup_before_writes>},
    Option{"", "DB_BACKUP_MAX_FILES", "NUMBER", "how many backups are kept, whatever the setting",
           set_number<&C::backup_files_max, 1, 10'000>, show<&C::backup_files_max>},
    Option{"", "DB_BACKUP_RETENTION_DAYS", "NUMBER",
           "for how many days, whatever the setting (0: for good)",
           set_number<&C::backup_days, 0, 3650>, show<&C::backup_days>},
};

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> joined;
    const auto add = [&](const auto& group) {
      joined.insert(joined.end(), group.begin(), group.end());
    };
    add(place_options);
    add(secret_options);
    add(access_options);
    add(provider_options);
    add(log_options);
    add(otel_options);
    add(backup_options);
    return joined;
  }();
  return all;
}

}  // namespace omni::gateway
