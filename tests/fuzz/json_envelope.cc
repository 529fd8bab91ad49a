// Splices any JSON object: the result scans again, shows the edit, and has every other member as it
// was, byte for byte.

#include "json/envelope.h"

#include <algorithm>

#include "target.h"

namespace omni::json {
namespace {

using fuzz::require;

/// Whether the members of both are the same bytes, apart from that of this key.
bool same_but_for(std::string_view key, const Envelope& a, const Envelope& b) {
  const auto others = [&](const Envelope& envelope) {
    std::vector<std::string_view> wholes;
    for (const Envelope::Member& member : envelope.members()) {
      if (member.key != key) wholes.push_back(member.whole);
    }
    return wholes;
  };
  return others(a) == others(b);
}

void check_edit(const Envelope& before, const Envelope::Edit& edit) {
  const std::string text = before.splice({edit});
  const auto after = Envelope::scan(text);
  require(after && same_but_for(edit.key, before, *after));
  const Envelope::Member* const member = after->find(edit.key);
  require((member != nullptr) == edit.value.has_value());
  if (member != nullptr) require(member->value == edit.value->text());
}

/// A new value changes that value and no other byte.
void check_replacement(std::string_view text, const Envelope& before, std::string_view key) {
  const Raw value = Raw::trusted("[1.0]");
  const Envelope::Member& member = *before.find(key);
  std::string expected(text);
  expected.replace(static_cast<std::size_t>(member.value.data() - text.data()), member.value.size(),
                   value.text());
  require(before.splice({{key, value}}) == expected);
}

void splice(std::string_view text) {
  const auto envelope = Envelope::scan(text);
  if (!envelope) return;
  require(envelope->splice({}) == text);
  for (const Envelope::Member& member :
       envelope->members().first(std::min<std::size_t>(envelope->members().size(), 8))) {
    require(envelope->find(member.key) == &member);
    check_replacement(text, *envelope, member.key);
    check_edit(*envelope, {member.key, std::nullopt});
    check_edit(*envelope, {member.key, Raw::quote(member.key)});
  }
  check_edit(*envelope, {"model", Raw::quote("a/b")});
  check_edit(*envelope, {"model", std::nullopt});
  check_edit(*envelope, {"new \"\n\x01 member", Raw::trusted("{}")});

  std::vector<Envelope::Edit> all;
  for (const Envelope::Member& member : envelope->members()) all.push_back({member.key, {}});
  const std::string emptied = envelope->splice(all);
  const auto empty = Envelope::scan(emptied);
  require(empty && empty->members().empty());
}

}  // namespace
}  // namespace omni::json

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omni::json::splice({reinterpret_cast<const char*>(data), size});
  return 0;
}
