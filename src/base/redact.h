#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace omni {

/// Puts `***` wherever the secret stands in a text that somebody else has written.
inline void hide(const Secret& secret, std::string& text) {
  constexpr std::string_view hidden = "***";
  // What is shorter guards nothing: it is "none" for a server that wants no key, or another word
  // that texts are full of.
  constexpr std::size_t bytes_min = 6;
  if (secret.reveal().size() < bytes_min) return;
  std::size_t at = 0;
  while ((at = text.find(secret.reveal(), at)) != std::string::npos) {
    text.replace(at, secret.reveal().size(), hidden);
    at += hidden.size();
  }
}

}  // namespace omni
