#include "gateway/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace omni::gateway {
namespace {

Error unusable(std::string_view value, std::string_view wanted) {
  std::string message("\"");
  message.append(value).append("\" is not ").append(wanted);
  return {Error::Kind::bad_request, std::move(message)};
}

bool is_address(const std::string& text) {
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

/// Shells and containers put the name of the machine there, which is none of our business.
Status set_hostname(Config& config, std::string_view value) {
  const std::string host(value);
  if (is_address(host)) config.host = host;
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
  config.open_browser = false;
  return Nothing{};
}

Status set_check_only(Config& config, std::string_view) {
  config.check_only = true;
  return Nothing{};
}

Status set_threads(Config& config, std::string_view value) {
  const std::optional<std::uint64_t> threads = parse_unsigned(value);
  if (!threads || *threads > 1024) return unusable(value, "a number of threads (0 to 1024)");
  config.threads = static_cast<std::size_t>(*threads);
  return Nothing{};
}

Status set_log_level(Config& config, std::string_view value) {
  static constexpr std::array<std::string_view, 5> names{"debug", "info", "warn", "error", "off"};
  const auto* found = std::find(names.begin(), names.end(), value);
  if (found == names.end()) return unusable(value, "one of debug, info, warn, error, off");
  config.log_level = static_cast<Log::Level>(found - names.begin());
  return Nothing{};
}

Status set_log_format(Config& config, std::string_view value) {
  if (value != "json" && value != "text") return unusable(value, "json or text");
  config.log_format = value == "json" ? Log::Format::json : Log::Format::human;
  return Nothing{};
}

Status set_certificate(Config& config, std::string_view value) {
  config.tls_certificate = value;
  return Nothing{};
}

Status set_key(Config& config, std::string_view value) {
  config.tls_key = value;
  return Nothing{};
}

Status set_shutdown_time(Config& config, std::string_view value) {
  const std::optional<std::uint64_t> millis = parse_unsigned(value);
  if (!millis || *millis > 3'600'000)
    return unusable(value, "a number of milliseconds (0 to 3600000)");
  config.shutdown_time = Millis(*millis);
  return Nothing{};
}

Error at(std::string_view where, const Error& error) {
  return {Error::Kind::bad_request, std::string(where) + ": " + error.message()};
}

/// Empty as if it were not set: that is what `PORT= omniroute` means.
std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  return found == environment.end() ? std::string_view() : found->second;
}

/// In the order of the table: where two variables set one thing, the later row wins.
Status apply_environment(Config& config, const Environment& environment) {
  for (const Option& option : options()) {
    if (option.variable.empty()) continue;
    const std::string_view value = value_of(environment, option.variable);
    if (value.empty()) continue;
    if (Status done = option.apply(config, value); !done) return at(option.variable, done.error());
  }
  return Nothing{};
}

std::vector<std::string> unknown_variables(const Environment& environment) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : environment) {
    const bool known = std::any_of(options().begin(), options().end(),
                                   [&](const Option& option) { return option.variable == name; });
    if (name.starts_with("OMNIROUTE_") && !known) unknown.push_back(name);
  }
  return unknown;
}

Status apply_flags(Config& config, const std::vector<std::string>& flags) {
  for (std::size_t i = 0; i < flags.size(); ++i) {
    std::string_view rest = flags[i];
    const bool joined = rest.find('=') != std::string_view::npos;
    const std::string_view name = cut(rest, '=');
    const auto& all = options();
    const auto found = std::find_if(all.begin(), all.end(), [name](const Option& option) {
      return !option.flag.empty() && option.flag == name;
    });
    if (found == all.end()) {
      const char* what = name.starts_with('-') ? "unknown flag " : "unexpected argument ";
      return Error(Error::Kind::bad_request, what + std::string(name));
    }
    std::string_view value = rest;
    if (found->value.empty()) {
      if (joined) return at(name, Error(Error::Kind::bad_request, "takes no value"));
    } else if (!joined) {
      if (++i == flags.size()) return at(name, Error(Error::Kind::bad_request, "needs a value"));
      value = flags[i];
    }
    if (Status done = found->apply(config, value); !done) return at(name, done.error());
  }
  return Nothing{};
}

std::string default_data_dir(const Environment& environment) {
  const std::string_view home = value_of(environment, "HOME");
  return home.empty() ? ".omniroute" : std::string(home) + "/.omniroute";
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> all{
      {"", "HOSTNAME", "ADDRESS", "as --host, if it is an IP address", set_hostname},
      {"--host", "OMNIROUTE_HOST", "ADDRESS", "address to listen on (127.0.0.1)", set_host},
      {"--port", "PORT", "NUMBER", "port to listen on (20128)", set_port},
      {"", "OMNIROUTE_PORT", "NUMBER", "as PORT, and wins over it", set_port},
      {"--data-dir", "DATA_DIR", "FOLDER", "where everything is kept (~/.omniroute)", set_data_dir},
      {"--no-open", "", "", "for later: there is no dashboard to open yet", set_no_open},
      {"--check", "", "", "check the configuration and exit", set_check_only},
      {"--threads", "OMNIROUTE_THREADS", "NUMBER", "event loops (one per core)", set_threads},
      {"--tls-certificate", "OMNIROUTE_TLS_CERTIFICATE", "FILE", "PEM chain; makes the port TLS",
       set_certificate},
      {"--tls-key", "OMNIROUTE_TLS_KEY", "FILE", "PEM key of the certificate", set_key},
      {"--log-level", "APP_LOG_LEVEL", "LEVEL", "debug, info, warn, error or off (info)",
       set_log_level},
      {"--log-format", "APP_LOG_FORMAT", "FORMAT", "json or text (text on a terminal)",
       set_log_format},
      {"", "SHUTDOWN_TIMEOUT_MS", "MS", "how long running requests may go on at the end (30000)",
       set_shutdown_time},
  };
  return all;
}

Result<Config> read_config(const Environment& environment, const std::vector<std::string>& flags,
                           std::vector<std::string>& warnings) {
  Config config;
  warnings = unknown_variables(environment);
  if (Status done = apply_environment(config, environment); !done) return done.error();
  if (Status done = apply_flags(config, flags); !done) return done.error();
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return Error(Error::Kind::bad_request,
                 "--tls-certificate and --tls-key go together: " +
                     std::string(config.tls_key.empty() ? "--tls-key" : "--tls-certificate") +
                     " is missing");
  }
  if (config.data_dir.empty()) config.data_dir = default_data_dir(environment);
  return config;
}

}  // namespace omni::gateway
