#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace omni::gateway {

/// What flags and environment say, fixed from the start to the end of the process.  A flag wins
/// over a variable, a variable over the default.
struct Config {
  std::string host = "127.0.0.1";
  std::uint16_t port = 20128;
  std::string data_dir;  // default: ~/.omniroute
  bool open_browser = true;
  bool check_only = false;  // say whether all of this is usable, and do nothing
  std::size_t threads = 0;  // 0: one per core
  Log::Level log_level = Log::Level::info;
  std::optional<Log::Format> log_format;  // default: human on a terminal, else JSON
  std::string tls_certificate;            // PEM chain; with tls_key, the port speaks TLS
  std::string tls_key;
  Millis shutdown_time{30'000};
};

/// One option: its flag, its variable or both, and how a value gets into the Config.
struct Option {
  std::string_view flag;      // "--port"; empty where only the environment sets it
  std::string_view variable;  // "PORT"; empty where only the flag sets it
  std::string_view value;     // what help calls the value; empty for a switch
  std::string_view help;
  Status (*apply)(Config&, std::string_view value);
};
/// All of them, in the order in which help shows them.
const std::vector<Option>& options();

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Variables first, then flags.  The error is the exact message for the person at the terminal.
/// `warnings` receives the name of each OMNIROUTE_ variable that means nothing.
Result<Config> read_config(const Environment& environment, const std::vector<std::string>& flags,
                           std::vector<std::string>& warnings);

}  // namespace omni::gateway
