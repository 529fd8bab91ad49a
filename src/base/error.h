#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace omni {

/// What went wrong, in words that may be shown to the caller of the API: no secret, no path, no
/// address of ours ever stands in a message.
class Error {
 public:
  enum class Kind : std::uint8_t {
    bad_request,
    unauthorized,
    forbidden,
    not_found,
    conflict,
    too_large,
    unsupported_media,
    rate_limited,
    over_budget,
    unavailable,
    timed_out,
    cancelled,
    upstream,
    internal,
  };

  /// Who has to act before the same request can succeed: the caller, whoever runs this gateway
  /// (host), the provider, or we, its authors.
  enum class Blame : std::uint8_t { nobody, caller, host, provider, ourselves };

  /// `code` names the very case for programs that look at it: a literal such as "AUTH_001".
  Error(Kind kind, std::string message, std::string_view code = {})
      : kind_(kind), message_(std::move(message)), code_(code) {}

  Kind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  std::string_view code() const { return code_; }

  Blame blame() const;
  /// Whether the same request, sent again unchanged, has a chance.
  bool retryable() const;

 private:
  Kind kind_;
  std::string message_;
  std::string_view code_;
};

/// The name of a kind as logs and metrics show it: "bad_request".
std::string_view name_of(Error::Kind kind);

}  // namespace omni
