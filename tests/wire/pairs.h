#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "wire/ways.h"

namespace omni::wire {

/// A case of one section.
Case case_with(std::string_view kind, chat::Dialect dialect, std::string text);

/// Calls for every client and every provider that the case has a section of this kind for: requests
/// are the client's, all else is the provider's.
using Check = std::function<void(chat::Dialect client, chat::Dialect provider)>;
void for_pairs(const Case& scenario, std::string_view kind, const Check& check);

/// What a provider of the dialect gets of a client's body; fails the test where it gets nothing.
std::string sent(const Case& scenario, chat::Dialect client, chat::Dialect provider);

/// What a client of the dialect reads of the case's reply or stream of a provider.
std::string answered(const Case& scenario, chat::Dialect provider, chat::Dialect client);
std::string told(const Case& scenario, chat::Dialect provider, chat::Dialect client);

/// How often it stands there.
std::size_t times(std::string_view text, std::string_view what);
inline bool has(std::string_view text, std::string_view what) { return times(text, what) > 0; }

}  // namespace omni::wire
