#include "otlp/pairs.h"

#include "base/strings.h"
#include "json/raw.h"
#include "net/fields.h"
#include "net/url.h"

namespace omni::otlp {
namespace {

bool is_utf8(std::string_view text) {
  std::string quoted("\"");
  append_json_escaped(quoted, text);
  return static_cast<bool>(json::Raw::parse(quoted.append("\"")));
}

}  // namespace

Result<Pairs> parse_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    std::string_view value = trim(cut(text, ','));
    if (value.empty()) continue;
    const bool named = value.find('=') != std::string_view::npos;
    const std::string_view name = trim(cut(value, '='));
    std::optional<std::string> decoded = net::percent_decode(trim(value));
    if (!named || !net::is_token(name) || !decoded || !is_utf8(*decoded)) {
      return Error(Error::Kind::bad_request,
                   "is no list of name=value with commas between, values percent-encoded");
    }
    pairs.emplace_back(name, *std::move(decoded));
  }
  return pairs;
}

}  // namespace omni::otlp
