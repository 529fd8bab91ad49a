#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace omni::dialect::ollama {

/// Gives calls and results an id where the client gave none: "call_<n>", counted through the
/// conversation.  A result answers the first call of its name that waits for one.
class CallIds {
 public:
  /// The id under which a call goes on; `id` is its own or empty.
  std::string of_call(std::string_view id, std::string_view name);
  /// Likewise for a result; an empty name means any tool.
  std::string of_result(std::string_view id, std::string_view name);

 private:
  struct Waiting {
    std::string id, name;
  };
  /// More calls than this do not wait at a time: the oldest are given up, so that a hostile
  /// conversation costs no more than a long one.
  static constexpr std::size_t waiting_max = 256;

  std::string made();

  std::vector<Waiting> waiting_;
  std::size_t count_ = 0;
};

}  // namespace omni::dialect::ollama
