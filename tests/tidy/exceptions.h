#pragma once

#include <array>
#include <string_view>

namespace omni::tidy {

/// A rule that one file may break, and why.  A row that spares nothing any more is an error, so
/// this table only ever holds what is needed.
struct Exception {
  std::string_view file;
  std::string_view rule;
  std::string_view reason;
};

inline constexpr std::array exceptions{
    Exception{"src/base/assert.h", "macro", "the assertion quotes its condition"},
    Exception{"src/base/log.h", "bool parameter", "a field's value may be a bool like any other"},
    Exception{"src/json/writer.h", "bool parameter", "a JSON value may be a bool like any other"},
    Exception{"src/net/session_test.cc", "sleep", "a client that dribbles has to take its time"},
    Exception{"tests/fuzz/target.h", "bool parameter", "an assertion takes its condition"},
    Exception{"src/net/tls.cc", "parameters", "OpenSSL dictates the shape of its call-backs"},
};

}  // namespace omni::tidy
