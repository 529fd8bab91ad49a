#include "wire/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "json/reader.h"

namespace omni::wire {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t columns_max = 100;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

/// On one line, with a blank after each comma and colon.
std::string on_a_line(const Value& value) {
  std::string out;
  if (value.kind() == Kind::object) {
    for (auto [key, member] : value.members()) {
      out += out.empty() ? "" : ", ";
      out += quoted(key) + ": " + on_a_line(member);
    }
    return "{" + out + "}";
  }
  if (value.kind() == Kind::array) {
    for (const Value item : value.items()) {
      out += out.empty() ? "" : ", ";
      out += on_a_line(item);
    }
    return "[" + out + "]";
  }
  return std::string(value.slice());
}

std::string over_lines(const Value& value, std::size_t indent, std::size_t used) {
  const bool object = value.kind() == Kind::object;
  std::string line = on_a_line(value);
  if ((!object && value.kind() != Kind::array) || used + line.size() <= columns_max) return line;
  const std::string start = "\n" + std::string(indent + 2, ' ');
  std::string out;
  if (object) {
    for (auto [key, member] : value.members()) {
      const std::string head = quoted(key) + ": ";
      out += (out.empty() ? "" : ",") + start + head +
             over_lines(member, indent + 2, indent + 3 + head.size());
    }
  } else {
    for (const Value item : value.items()) {
      out += (out.empty() ? "" : ",") + start + over_lines(item, indent + 2, indent + 3);
    }
  }
  return (object ? "{" : "[") + out + "\n" + std::string(indent, ' ') + (object ? "}" : "]");
}

std::string number(const Value& value) {
  const std::string_view slice = value.slice();
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(slice.begin(), slice.end(), whole);
  if (error == std::errc() && end == slice.end()) return std::to_string(whole);
  std::array<char, 32> text{};
  const double exact = value.number();
  if (exact == static_cast<double>(static_cast<std::int64_t>(exact))) {
    return std::to_string(static_cast<std::int64_t>(exact));
  }
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), exact).ptr};
}

std::string canonical(const Value& value) {
  std::string out;
  switch (value.kind()) {
    case Kind::object: {
      std::vector<std::pair<std::string, std::string>> members;
      for (auto [key, member] : value.members()) members.emplace_back(key, canonical(member));
      std::ranges::sort(members);
      for (const auto& [key, member] : members) {
        out += out.empty() ? "" : ",";
        out += quoted(key) + ":" + member;
      }
      return "{" + out + "}";
    }
    case Kind::array:
      for (const Value item : value.items()) {
        out += out.empty() ? "" : ",";
        out += canonical(item);
      }
      return "[" + out + "]";
    case Kind::text:
      return quoted(value.text());
    case Kind::number:
      return number(value);
    default:
      return std::string(value.slice());
  }
}

}  // namespace

bool is_json(std::string_view text) {
  json::Reader reader;
  return static_cast<bool>(reader.read(text));
}

std::string pretty(std::string_view json) {
  json::Reader reader;
  const Value root = reader.read(json);
  return root ? over_lines(root, 0, 0) : std::string(json);
}

std::string canonical(std::string_view json) {
  json::Reader reader;
  const Value root = reader.read(json);
  return root ? canonical(root) : std::string(json);
}

std::string at(std::string_view json, std::string_view path) {
  json::Reader reader;
  Value value = reader.read(json);
  while (value && !path.empty()) {
    const std::string_view step = cut(path, '.');
    Value next;
    if (value.kind() == Kind::object) {
      for (auto [key, member] : value.members()) next = key == step ? member : next;
    } else if (value.kind() == Kind::array) {
      std::uint64_t left = parse_unsigned(step).value_or(~std::uint64_t{0});
      for (const Value item : value.items()) {
        if (left-- == 0) next = item;
      }
    }
    value = next;
  }
  return value ? canonical(value) : std::string();
}

}  // namespace omni::wire
