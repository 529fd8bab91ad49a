#include "api/provider_formats.h"

#include <algorithm>

#include "base/strings.h"
#include "net/url.h"

namespace omni::api::format {
namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && is_printable(text) && text.find_first_of(" #\\") == text.npos;
}

}  // namespace

const json::Format provider_url{"uri", "must be an http or https URL without a user name",
                                [](std::string_view text) { return bool(net::parse_url(text)); }};
const json::Format field_value{"field-value", "must be one line of ASCII characters", is_printable};
const json::Format key{"key", "must be one line of ASCII characters",
                       [](std::string_view text) { return is_printable(trim(text)); }};
const json::Format provider_path{"path", "must begin with /", is_path};

}  // namespace omni::api::format
