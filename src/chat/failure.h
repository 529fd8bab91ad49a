#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace omni::chat {

/// An answer that is none, as a provider gave it or as we give it: everything that any dialect has
/// a place for.
struct Failure {
  int status = 500;     // of HTTP, also where it comes in the middle of a stream
  std::string message;  // for the caller to read
  std::string type;     // the provider's words for it, where it has some
  std::string code;
  std::string param;       // the member of the request that is to blame
  std::string request_id;  // ours, for dialects that have a place for it
  std::optional<std::int64_t> retry_after_ms;

  /// Of our own error, with the status that the kind stands for.
  static Failure of(const Error& error);
  Error::Kind kind() const;  // by the status
};

}  // namespace omni::chat
