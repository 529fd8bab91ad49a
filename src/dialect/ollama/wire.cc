// The words of Ollama's chat API that both directions need.

#include "dialect/ollama/wire.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/clock.h"

namespace omni::dialect::ollama {
namespace {

struct RoleWord {
  std::string_view word;
  chat::Role role;
};
constexpr std::array role_words{
    RoleWord{"system", chat::Role::system}, RoleWord{"user", chat::Role::user},
    RoleWord{"assistant", chat::Role::assistant}, RoleWord{"tool", chat::Role::tool},
    RoleWord{"developer", chat::Role::developer}};

/// The first row of a finish has the word that we write.  `load` and `unload` answer a request that
/// only wanted the model in memory or out of it.
struct FinishWord {
  std::string_view word;
  chat::Finish finish;
};
constexpr std::array finish_words{
    FinishWord{"stop", chat::Finish::stop}, FinishWord{"length", chat::Finish::length},
    FinishWord{"stop", chat::Finish::tool_calls}, FinishWord{"load", chat::Finish::stop},
    FinishWord{"unload", chat::Finish::stop}};

}  // namespace

std::optional<chat::Role> role_of(std::string_view word) {
  const auto* const row = std::ranges::find(role_words, word, &RoleWord::word);
  return row == role_words.end() ? std::nullopt : std::optional(row->role);
}

std::string_view word_of(chat::Role role) {
  return std::ranges::find(role_words, role, &RoleWord::role)->word;
}

chat::Finish finish_of(std::string_view word) {
  const auto* const row = std::ranges::find(finish_words, word, &FinishWord::word);
  return row == finish_words.end() ? chat::Finish::stop : row->finish;
}

std::string_view word_of(chat::Finish finish) {
  const auto* const row = std::ranges::find(finish_words, finish, &FinishWord::finish);
  return row == finish_words.end() ? std::string_view{} : row->word;
}

std::string timestamp(std::int64_t seconds) {
  constexpr std::int64_t last = 9'000'000'000;  // of year 2255; the clock's type ends in 2262
  return iso8601(Clock::Wall{std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, last))});
}

std::int64_t seconds_of(std::string_view timestamp) {
  const std::optional<Clock::Wall> time = parse_iso8601(timestamp);
  return time ? std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count() : 0;
}

}  // namespace omni::dialect::ollama
