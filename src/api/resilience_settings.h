#pragma once

#include <string>
#include <string_view>

#include "api/settings_change.h"
#include "json/shape.h"
#include "json/writer.h"

namespace omni::api {

inline constexpr std::string_view resilience_group = "resilience";

/// The settings of the group as clients know them: nested by what they are about and by kind of
/// provider, and once more under the names of before.
json::Shape resilience_shape();
/// Just those of the queue of an account.
json::Shape queue_shape();
/// Inside of an object.
void write_resilience_settings(json::Writer& writer, const store::Settings& settings);
/// The members of the queue, inside of an object.
void write_queue(json::Writer& writer, const store::Settings& settings);

/// Assigns what a body of that shape names.
SettingsEdit resilience_edit(std::string body);
SettingsEdit queue_edit(std::string body);

}  // namespace omni::api
