#include "wire/pairs.h"

namespace omni::wire {

using chat::Dialect;

Case case_with(std::string_view kind, Dialect dialect, std::string text) {
  Case scenario;
  scenario.written.push_back(
      {std::string(kind), {std::string(chat::name_of(dialect))}, std::move(text)});
  return scenario;
}

void for_pairs(const Case& scenario, std::string_view kind, const Check& check) {
  std::size_t checked = 0;
  for (const Dialect client : chat::all_dialects) {
    for (const Dialect provider : chat::all_dialects) {
      const Dialect whose = kind == "request" ? client : provider;
      if (scenario.find(kind, whose) == nullptr) continue;
      SCOPED_TRACE("client " + std::string(chat::name_of(client)) + ", provider " +
                   std::string(chat::name_of(provider)));
      check(client, provider);
      ++checked;
    }
  }
  EXPECT_GT(checked, 0U) << "nothing to check";
}

std::string sent(const Case& scenario, Dialect client, Dialect provider) {
  const Way way(scenario, client, provider);
  if (way.sent()) return way.sent()->body;
  ADD_FAILURE() << way.sent().error().message();
  return {};
}

std::string answered(const Case& scenario, Dialect provider, Dialect client) {
  const Way way(scenario, client, provider);
  const Way::Answer answer = way.answer(scenario.find("reply", provider)->text);
  EXPECT_FALSE(answer.failure);
  return answer.text;
}

std::string told(const Case& scenario, Dialect provider, Dialect client) {
  const Way way(scenario, client, provider);
  return way.tell(scenario.find("stream", provider)->text).text;
}

std::size_t times(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

}  // namespace omni::wire
