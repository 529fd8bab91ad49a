#include "identity/model_rule.h"

#include <algorithm>

namespace omni::identity {
namespace {

/// Whether `text` is what `rule` says, with `*` for any number of characters.  Goes back to the
/// last star only, so a rule of many stars cannot make it slow.
bool fits(std::string_view rule, std::string_view text) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;  // where in the text the star ends
  while (in < text.size()) {
    if (at < rule.size() && rule[at] == '*') {
      star = at++;
      after_star = in;
    } else if (at < rule.size() && rule[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++after_star;
    } else {
      return false;
    }
  }
  return rule.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace

bool model_allowed(const store::ApiKey& key, std::string_view requested,
                   std::string_view resolved) {
  if (key.allowed_models.empty()) return true;
  return std::ranges::any_of(key.allowed_models, [&](const std::string& rule) {
    return fits(rule, requested) || fits(rule, resolved);
  });
}

}  // namespace omni::identity
