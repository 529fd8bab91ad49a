// The words of Ollama's chat API that both directions need.

#include "dialect/ollama/wire.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/clock.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

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

bool holds_nothing(json::Value value) {
  switch (value.kind()) {
    case json::Kind::null:
      return true;
    case json::Kind::text:
      return value.slice().size() == 2;
    case json::Kind::array:
      return !(value.items().begin() != value.items().end());
    default:
      return false;
  }
}

void keep(chat::Extras& extras, std::string_view key, json::Value value) {
  extras.dialect = own;
  extras.members.emplace_back(key, value.raw());
}

json::Raw object_of(const json::RawMembers& members) {
  std::string object;
  json::Writer out(object);
  out.begin_object();
  for (const auto& [name, value] : members) out.key(name).raw(value);
  out.end_object();
  return json::Raw::trusted(std::move(object));
}

void keep_inner(chat::Extras& extras, std::string_view key, const json::RawMembers& members) {
  if (members.empty()) return;
  extras.dialect = own;
  extras.members.emplace_back(key, object_of(members));
}

chat::Extras inner(const chat::Extras& extras, std::string_view key) {
  chat::Extras found;
  found.dialect = own;
  const json::Raw* const object = find(extras, key);
  if (extras.dialect != own || object == nullptr || !object->text().starts_with('{')) return found;
  // Inside of an array, as a document may not have two members of one name at its top.
  std::string wrapped = "[";
  wrapped.append(object->text()).push_back(']');
  const json::ScratchReader reader;
  for (const json::Value item : reader->read(wrapped).items()) {
    for (const auto [name, value] : item.members()) found.members.emplace_back(name, value.raw());
  }
  return found;
}

const json::Raw* find(const chat::Extras& extras, std::string_view key) {
  const auto found = std::ranges::find(
      extras.members, key, [](const auto& member) -> const std::string& { return member.first; });
  return found == extras.members.end() ? nullptr : &found->second;
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
