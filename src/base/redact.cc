#include "base/redact.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/strings.h"

namespace omni {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::size_t name_bytes_max = 32;
constexpr std::size_t bearer_bytes_min = 16;  // a shorter one is a word of a sentence

/// In small letters, without - and _.
constexpr std::array<std::string_view, 15> secret_names{
    "authorization", "proxyauthorization", "authorizationtoken", "apikey",
    "xapikey",       "xgoogapikey",        "accesstoken",        "refreshtoken",
    "idtoken",       "clientsecret",       "password",           "secret",
    "cookie",        "setcookie",          "privatekey"};

bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

bool is_of_token(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') ||
         std::string_view("._~+/=-").find(letter) != std::string_view::npos;
}

std::size_t backslashes_before(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (count < at && text[at - count - 1] == '\\') ++count;
  return count;
}

bool names_a_secret(std::string_view name) {
  if (name.size() > name_bytes_max) return false;
  std::string plain = to_lower(name);
  std::erase_if(plain, [](char letter) { return letter == '-' || letter == '_'; });
  return std::ranges::find(secret_names, plain) != secret_names.end();
}

/// How many backslashes stand before the quotes of the name of a secret that ends before a colon:
/// more than none in JSON that is a text of JSON.
std::optional<std::size_t> level_of_secret(std::string_view text, std::size_t colon) {
  std::size_t end = colon;
  while (end > 0 && is_blank(text[end - 1])) --end;
  if (end == 0 || text[end - 1] != '"') return std::nullopt;
  const std::size_t level = backslashes_before(text, end - 1);
  const std::size_t name_end = end - 1 - level;
  const std::size_t quote = text.substr(0, name_end).rfind('"');
  if (quote == text.npos || !names_a_secret(text.substr(quote + 1, name_end - quote - 1))) {
    return std::nullopt;
  }
  return level;
}

/// Where a text of that level begins behind a colon.
std::optional<std::size_t> begin_of_text(std::string_view text, std::size_t at, std::size_t level) {
  while (at < text.size() && is_blank(text[at])) ++at;
  for (std::size_t i = 0; i < level; ++i, ++at) {
    if (at >= text.size() || text[at] != '\\') return std::nullopt;
  }
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  return at + 1;
}

std::size_t end_of_text(std::string_view text, std::size_t at, std::size_t level) {
  for (; at < text.size(); ++at) {
    if (text[at] != '"') continue;
    const std::size_t before = backslashes_before(text, at);
    if (before <= level) return at - before;
  }
  return text.size();
}

/// A text that is written anew, without some of its parts.
class Rewriting {
 public:
  explicit Rewriting(std::string& text) : text_(text) {}

  /// Later ones after earlier ones.
  void hide(std::size_t begin, std::size_t end) {
    out_.append(text_, done_, begin - done_).append(hidden);
    done_ = end;
  }
  void finish() {
    if (done_ == 0) return;
    out_.append(text_, done_);
    text_ = std::move(out_);
  }

 private:
  std::string& text_;
  std::string out_;
  std::size_t done_ = 0;
};

void hide_members(std::string& text) {
  Rewriting rewriting(text);
  std::size_t colon = 0;
  while ((colon = text.find(':', colon)) != std::string::npos) {
    const auto level = level_of_secret(text, colon++);
    if (!level) continue;
    const auto begin = begin_of_text(text, colon, *level);
    if (!begin) continue;
    colon = end_of_text(text, *begin, *level);
    rewriting.hide(*begin, colon);
  }
  rewriting.finish();
}

void hide_bearers(std::string& text) {
  constexpr std::string_view rest_of_word = "earer ";
  Rewriting rewriting(text);
  std::size_t at = 0;
  while ((at = text.find(rest_of_word, at)) != std::string::npos) {
    at += rest_of_word.size();
    std::size_t end = at;
    while (end < text.size() && is_of_token(text[end])) ++end;
    if (end - at >= bearer_bytes_min) rewriting.hide(at, end);
  }
  rewriting.finish();
}

}  // namespace

void hide(const Secret& secret, std::string& text) {
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

void hide_credentials(std::string& text) {
  hide_members(text);
  hide_bearers(text);
}

}  // namespace omni
