#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::gateway {

/// Asks the running gateway as its owner does: by the socket file in the data directory, which lets
/// in whoever may open it.  Blocks, one connection a question; for the commands alone.
class OwnerClient {
 public:
  static constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;

  explicit OwnerClient(const std::string& data_dir) : path_(data_dir + "/omniroute.sock") {}

  /// The body of a good answer.  Errors carry the words of the gateway: `not_found` and `conflict`
  /// for what it refuses; or are `unavailable` where none runs.
  Result<std::string> get(std::string_view target) const { return ask("GET", target, ""); }
  Result<std::string> ask(std::string_view method, std::string_view target,
                          std::string_view json) const;

 private:
  std::string path_;
};

}  // namespace omni::gateway
