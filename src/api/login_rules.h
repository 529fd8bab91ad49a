#pragma once

#include <string>

#include "api/change.h"
#include "api/settings_change.h"
#include "json/reader.h"

namespace omni::api {

/// What guards the dashboard: the one password, how often it may be tried, what a new one must be
/// like, and when login may be switched off.
class LoginRules {
 public:
  struct Options {
    Secret initial_password;  // good while none is stored
    bool allow_weak_passwords = false;
    bool exposed = false;        // others than this machine can connect
    bool keys_required = false;  // for using models, whatever the settings say
  };
  enum class Verdict : std::uint8_t { right, wrong };

  LoginRules(const Surroundings& with, Changes& changes, Options options)
      : with_(with), changes_(changes), options_(std::move(options)) {}

  bool has_password(const store::Configuration& configuration) const {
    return !configuration.password_hash.empty() || !options_.initial_password.empty();
  }
  /// Whether the password, once it was right, is to be stored as a hash: one of the environment, or
  /// one that an old release kept in clear.
  static bool wants_hash(const store::Configuration& configuration);

  /// Tries a password against this configuration.  An error of kind rate_limited, with Retry-After
  /// among the fields of the answer, if the client has tried too often.
  net::Task<Result<Verdict>> try_password(net::Exchange& exchange, Secret password,
                                          std::shared_ptr<const store::Configuration> against);
  /// Whether the body's `currentPassword` is the password, where there is one; where there is none,
  /// whoever has not logged in may set the first from this machine alone.
  net::Task<Status> check_current(net::Exchange& exchange, json::Value body,
                                  std::shared_ptr<const store::Configuration> now);
  /// Of one that is in use already.
  net::Task<Result<std::string>> hash(Secret password);
  /// Of a new one, which must be fit.
  net::Task<Result<std::string>> hash_new(Secret password);

  /// In a transaction: fails where the password is not any more the one that was tried.
  Status expect_unchanged(sql::Session& session, const store::Configuration& tried) const;
  /// In a transaction: from now on this is the password, and of all sessions only `keep` goes on.
  Status store_password(sql::Session& session, const std::string& hash,
                        std::string_view keep) const;

  /// The edit, refused where others can connect and it takes away the last that guards the gateway:
  /// with such settings it would not start again.  `password_hash` is a new one, or empty.
  SettingsEdit keep_guarded(SettingsEdit edit, std::string_view password_hash) const;

  /// Whether `requireLogin`, if it is in the body, may become what it says.
  Status check_switch(json::Value body) const;

 private:
  const Surroundings with_;
  Changes& changes_;
  const Options options_;
};

/// The session that goes on when all others end: that of whoever asks.
std::string own_session(const identity::Caller& caller);

}  // namespace omni::api
