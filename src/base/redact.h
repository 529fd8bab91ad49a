#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace omni {

/// Puts `***` wherever the secret stands in a text that somebody else has written.
inline void hide(const Secret& secret, std::string& text) {
  constexpr std::string_view hidden = "***";
  if (secret.empty()) return;
  std::size_t at = 0;
  while ((at = text.find(secret.reveal(), at)) != std::string::npos) {
    text.replace(at, secret.reveal().size(), hidden);
    at += hidden.size();
  }
}

}  // namespace omni
