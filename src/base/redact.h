#pragma once

#include <string>

#include "base/secret.h"

namespace omni {

/// Puts `***` wherever the secret stands in a text that somebody else has written.
void hide(const Secret& secret, std::string& text);

/// The same for what looks like one: members of JSON that are called like keys, also where the JSON
/// is itself a text of JSON, and bearer tokens.
void hide_credentials(std::string& text);

}  // namespace omni
