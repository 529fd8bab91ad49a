#include "pipeline/conversation.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/hash.h"

namespace omni::pipeline {
namespace {

constexpr std::size_t name_bytes_max = 64;
/// Conversations that are one up to here may go to one account.
constexpr std::size_t looked_at_max = 1024;

/// Whether it is how the model shall behave and not yet what is said to it.  A text within the
/// message is not taken for its role, for there quotes have a backslash before them; a key of that
/// name deep in it may be, which makes a conversation another and nothing worse.
bool instructs(std::string_view message) {
  static constexpr std::string_view key = R"("role")";
  const std::size_t at = message.find(key);
  if (at == message.npos) return false;
  std::string_view value = message.substr(at + key.size());
  value.remove_prefix(std::min(value.find('"'), value.size()));
  return value.starts_with(R"("system")") || value.starts_with(R"("developer")");
}

}  // namespace

Conversation::Conversation(const Draft& draft, std::string_view caller, std::string_view named) {
  if (!named.empty()) {
    name_.append("ext:").append(named.substr(0, name_bytes_max));
    goes_on_ = true;
    return;
  }
  add(caller);
  add(draft.model);
  for (const std::string_view key :
       {"system", "instructions", "systemInstruction", "system_instruction"}) {
    if (const auto* member = draft.body.find(key)) add(member->value);
  }
  for (const std::string_view key : {"messages", "input", "contents"}) {
    const auto* member = draft.body.find(key);
    if (member == nullptr) continue;
    const auto messages = draft.body.beginning(*member);
    messages.empty() ? add(member->value) : add_beginning(messages);
  }
}

/// The marks that clients move from turn to turn are no part of what is said.
void Conversation::add(std::string_view text) {
  text = text.substr(0, looked_at_max);
  text = text.substr(0, text.find("\"cache_control\""));
  print_ = (print_ ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15;
}

void Conversation::add_beginning(std::span<const std::string_view> messages) {
  for (const std::string_view& message : messages) {
    add(message);
    goes_on_ = &message != &messages.back();
    if (!instructs(message)) return;
  }
  goes_on_ = messages.size() == json::Envelope::beginning_max;  // there may be more
}

std::string Conversation::id_at(const catalog::Provider& provider) const {
  if (!name_.empty()) return name_;
  std::uint64_t print = print_ ^ std::hash<std::string_view>()(provider.id);
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(print);
    print >>= 8;
  }
  return to_hex(bytes);
}

}  // namespace omni::pipeline
