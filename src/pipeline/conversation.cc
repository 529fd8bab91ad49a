// The body is known to be JSON, so its first messages are found by brackets and quotes alone: the
// rest of it, mostly much, is not looked at.

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
constexpr std::string_view blanks = " \t\r\n";

/// From quote to quote, for most of a request are its texts.
std::size_t end_of_text(std::string_view json, std::size_t at) {
  for (std::size_t next = at + 1; (at = json.find('"', next)) != json.npos; next = at + 1) {
    std::size_t escapes = 0;
    while (at - escapes > next && json[at - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return at + 1;
  }
  return json.size();
}

/// Behind the value that begins there.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  for (std::size_t depth = 0; at < json.size();) {
    const char c = json[at];
    const bool closes = c == ']' || c == '}';
    if (depth == 0 && (closes || c == ',' || c == ':')) return at;
    at = c == '"' ? end_of_text(json, at) : at + 1;
    if (c == '[' || c == '{') ++depth;
    if (closes) --depth;
    if (depth == 0 && (closes || c == '"')) return at;
  }
  return at;
}

/// The value at the front of what stands between brackets, which is then cut off together with the
/// comma or colon behind it.
std::string_view take_value(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const std::string_view value = rest.substr(0, end_of_value(rest, 0));
  rest.remove_prefix(value.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  if (!rest.empty()) rest.remove_prefix(1);
  return value;
}

std::string_view inside(std::string_view brackets) {
  return brackets.size() < 2 ? std::string_view() : brackets.substr(1, brackets.size() - 2);
}

/// Whether it is how the model shall behave and not yet what is said to it.
bool instructs(std::string_view message) {
  std::string_view rest = inside(message);
  while (!rest.empty()) {
    const std::string_view key = take_value(rest);
    const std::string_view value = take_value(rest);
    if (key == R"("role")") return value == R"("system")" || value == R"("developer")";
  }
  return false;
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
    if (const auto* member = draft.body.find(key)) add_beginning(member->value);
  }
}

/// The marks that clients move from turn to turn are no part of what is said.
void Conversation::add(std::string_view text) {
  text = text.substr(0, looked_at_max);
  text = text.substr(0, text.find("\"cache_control\""));
  print_ = (print_ ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15;
}

void Conversation::add_beginning(std::string_view messages) {
  if (!messages.starts_with('[')) return add(messages);
  std::string_view rest = inside(messages);
  while (!rest.empty()) {
    const std::string_view message = take_value(rest);
    add(message);
    if (instructs(message)) continue;
    goes_on_ = !rest.empty();
    return;
  }
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
