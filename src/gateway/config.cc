#include "gateway/config.h"

#include <algorithm>
#include <filesystem>

#include "base/strings.h"

namespace omni::gateway {
namespace {

Error at(std::string_view where, const Error& error) {
  return {Error::Kind::bad_request, std::string(where) + ": " + error.message()};
}

Status apply(Config& config, const Option& option, std::string_view value,
             const std::string& source) {
  if (Status done = option.apply(config, value); !done) return at(source, done.error());
  for (std::size_t i = 0; i < options().size(); ++i) {
    if (options()[i].show == option.show) config.sources[i] = source;
  }
  return Nothing{};
}

/// In the order of the table: where two variables set one thing, the later row wins.
Status apply_variables(Config& config, const Environment& variables, std::string_view where) {
  for (const Option& option : options()) {
    if (option.variable.empty()) continue;
    const std::string_view value = value_of(variables, option.variable);
    if (value.empty() || (option.heeds != nullptr && !option.heeds(value))) continue;
    std::string source(option.variable);
    source.append(where);
    if (Status done = apply(config, option, value, source); !done) return done;
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
      std::string message(name.starts_with('-') ? "unknown flag " : "unexpected argument ");
      return Error(Error::Kind::bad_request, message.append(name));
    }
    std::string_view value = rest;
    if (found->value.empty()) {
      if (joined) return at(name, Error(Error::Kind::bad_request, "takes no value"));
    } else if (!joined) {
      if (++i == flags.size()) return at(name, Error(Error::Kind::bad_request, "needs a value"));
      value = flags[i];
    }
    if (Status done = apply(config, *found, value, std::string(name)); !done) return done;
  }
  return Nothing{};
}

/// A home of its own in XDG's folder is used if it is there, and not made: ~/.omniroute is where
/// everybody looks.
std::string default_data_dir(const Environment& environment) {
  const std::string_view xdg = value_of(environment, "XDG_CONFIG_HOME");
  if (!xdg.empty()) {
    std::string folder = std::string(xdg) + "/omniroute";
    std::error_code unknown;
    if (std::filesystem::is_directory(folder, unknown)) return folder;
  }
  const std::string_view home = value_of(environment, "HOME");
  return home.empty() ? ".omniroute" : std::string(home) + "/.omniroute";
}

/// As far as it can be known before the file is read.
std::string data_dir_without_file(const Inputs& inputs) {
  constexpr std::string_view flag = "--data-dir";
  std::string folder(value_of(inputs.environment, "DATA_DIR"));
  for (std::size_t i = 0; i < inputs.flags.size(); ++i) {
    const std::string& text = inputs.flags[i];
    if (text == flag && i + 1 < inputs.flags.size()) folder = inputs.flags[i + 1];
    if (text.starts_with(flag) && text.substr(flag.size()).starts_with('=')) {
      folder = text.substr(flag.size() + 1);
    }
  }
  return folder.empty() ? default_data_dir(inputs.environment) : folder;
}

}  // namespace

std::vector<std::string> env_file_places(const Inputs& inputs) {
  std::vector<std::string> places{data_dir_without_file(inputs) + "/.env"};
  const std::string_view home = value_of(inputs.environment, "HOME");
  if (!home.empty()) places.push_back(std::string(home) + "/.omniroute/.env");
  places.emplace_back(".env");
  return places;
}

std::string data_dir_flag(const Config& config) {
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    if (options()[i].flag == "--data-dir" && config.sources[i] == "default") return "";
  }
  return " --data-dir " + config.data_dir;
}

Result<Config> read_config(const Inputs& inputs, std::vector<std::string>& warnings) {
  Config config;
  config.env_file = inputs.env_file.path;
  config.sources.assign(options().size(), "default");
  warnings = unknown_variables(inputs.environment);
  for (std::string& name : unknown_variables(inputs.env_file.variables)) {
    if (std::ranges::find(warnings, name) == warnings.end()) warnings.push_back(std::move(name));
  }
  // Of a name that the environment has as well, the environment's value alone counts.
  Environment in_file = inputs.env_file.variables;
  std::erase_if(in_file, [&](const auto& variable) {
    return !value_of(inputs.environment, variable.first).empty();
  });
  config.environment = in_file;
  config.environment.insert(config.environment.end(), inputs.environment.begin(),
                            inputs.environment.end());
  Status done = apply_variables(config, in_file, " in " + inputs.env_file.path);
  if (done) done = apply_variables(config, inputs.environment, "");
  if (done) done = apply_flags(config, inputs.flags);
  if (!done) return done.error();
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    return Error(Error::Kind::bad_request,
                 "--tls-certificate and --tls-key go together: " +
                     std::string(config.tls_key.empty() ? "--tls-key" : "--tls-certificate") +
                     " is missing");
  }
  if (config.data_dir.empty()) config.data_dir = default_data_dir(inputs.environment);
  return config;
}

}  // namespace omni::gateway
