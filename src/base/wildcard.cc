#include "base/wildcard.h"

namespace omni {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b, LetterCase letters) {
  return a == b || (letters == LetterCase::ignored && lower(a) == lower(b));
}

}  // namespace

// Goes back to the last star only, so a pattern of many stars cannot make it slow.
bool matches_wildcard(std::string_view pattern, std::string_view text, LetterCase letters) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;  // where in the text the star ends
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      after_star = in;
    } else if (at < pattern.size() &&
               (pattern[at] == '?' || same(pattern[at], text[in], letters))) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool is_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace omni
