#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "json/reader.h"

namespace omni::dialect {

// For tests: JSON texts that mean the same become the same text.

inline std::string canonical(json::Value value) {
  std::string out;
  switch (value.kind()) {
    case json::Kind::object: {
      std::map<std::string, std::string, std::less<>> members;  // of equal names the last counts
      for (const auto [key, member] : value.members())
        members[std::string(key)] = canonical(member);
      for (const auto& [key, member] : members) {
        out += out.empty() ? "{\"" : ",\"";
        append_json_escaped(out, key);
        out += "\":" + member;
      }
      return out.empty() ? "{}" : out + "}";
    }
    case json::Kind::array:
      for (const json::Value item : value.items())
        out += (out.empty() ? "[" : ",") + canonical(item);
      return out.empty() ? "[]" : out + "]";
    case json::Kind::text:
      append_json_escaped(out, value.text());
      return "\"" + out + "\"";
    case json::Kind::number: {
      const std::string slice(value.slice());
      std::int64_t whole = 0;
      const auto [end, error] = std::from_chars(slice.data(), slice.data() + slice.size(), whole);
      constexpr std::int64_t exact_max = std::int64_t{1} << 53;  // of a double
      if (error == std::errc{} && end == slice.data() + slice.size() && whole > -exact_max &&
          whole < exact_max)
        return std::to_string(whole);
      const double number = std::strtod(slice.c_str(), nullptr);
      if (std::trunc(number) == number && std::abs(number) < 9e15)
        return std::to_string(static_cast<std::int64_t>(number));
      std::array<char, 32> digits{};
      char* const last = std::to_chars(digits.begin(), digits.end(), number).ptr;
      return {digits.data(), last};
    }
    default:
      return std::string(value.slice());
  }
}

/// Members by name, numbers by value, strings by what they say.  Text that is no JSON says so.
inline std::string canonical(std::string_view json) {
  json::Reader reader;
  const json::Value root = reader.read(json);
  return root ? canonical(root) : "no JSON: " + std::string(json);
}

}  // namespace omni::dialect
