#include "gateway/exposure.h"

#include "identity/address.h"
#include "identity/password.h"

namespace omni::gateway {
namespace {

Status check_initial_password(const Config& config) {
  if (config.initial_password.empty()) return Nothing{};
  const auto least =
      config.allow_weak_password ? identity::PasswordLength::weak : identity::PasswordLength::usual;
  Status fit = identity::check_new_password(config.initial_password, least);
  if (fit) return fit;
  return Error(Error::Kind::bad_request,
               "INITIAL_PASSWORD will not do where others can connect, as they can to " +
                   config.host + ": " + fit.error().message() +
                   ".  Choose another one, or listen on 127.0.0.1");
}

}  // namespace

bool is_exposed(const Config& config) {
  if (config.host == "localhost") return false;
  const auto address = identity::parse_address(config.host);
  return !address || !identity::is_loopback(*address);
}

identity::Guards guards_of(const Config& config, const store::Configuration& configuration) {
  const identity::Guards there{
      .password = !configuration.password_hash.empty() || !config.initial_password.empty(),
      .keys = config.require_api_key};
  return there.under(configuration.settings);
}

Status check_exposure(const Config& config, const store::Configuration& configuration,
                      std::vector<std::string>& warnings) {
  if (!is_exposed(config)) return Nothing{};
  if (configuration.password_hash.empty()) {
    if (Status fit = check_initial_password(config); !fit) return fit;
  }
  const std::string reset = "omniroute reset-password" + data_dir_flag(config);
  const identity::Guards guards = guards_of(config, configuration);
  if (guards.none()) {
    return Error(Error::Kind::bad_request,
                 "refusing to listen on " + config.host +
                     ": others can connect, no password guards the settings and no API key is "
                     "required.  Do one of these:\n"
                     "  " +
                     reset +
                     "       set a password, and ask for it\n"
                     "  REQUIRE_API_KEY=true           require API keys\n"
                     "  omniroute --host 127.0.0.1     listen on this machine alone");
  }
  if (!guards.password) {
    warnings.emplace_back(
        configuration.settings.require_login
            ? "others can connect and no password is set: " + reset
            : "others can connect and login is switched off: everybody may change everything");
  }
  if (!guards.keys) {
    warnings.emplace_back(
        "others can connect and no API key is required: everybody may use the models");
  }
  return Nothing{};
}

}  // namespace omni::gateway
