#pragma once

#include "store/settings.h"

namespace omni::identity {

/// What keeps others who can connect from doing as they like.
struct Guards {
  bool password = false;  // for managing the gateway
  bool keys = false;      // for using models

  /// Of what there is, that which holds: settings may ask for keys, and not for the password.
  Guards under(const store::Settings& settings) const {
    return {password && settings.require_login, keys || settings.require_api_key};
  }
  bool none() const { return !password && !keys; }
};

}  // namespace omni::identity
