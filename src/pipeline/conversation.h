#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "catalog/provider.h"
#include "pipeline/draft.h"

namespace omni::pipeline {

/// Which conversation a request belongs to: who of the provider's accounts has answered it before
/// may still have its beginning in a cache.
class Conversation {
 public:
  Conversation() = default;
  /// By what it begins with, of that model and that caller; where the client names it, `named`, by
  /// that alone.
  Conversation(const Draft& draft, std::string_view caller, std::string_view named);

  /// Its name among the conversations with that provider.
  std::string id_at(const catalog::Provider& provider) const;
  /// This is not its first request: something in it was said before.
  bool goes_on() const { return goes_on_; }

 private:
  void add(std::string_view text);
  void add_beginning(std::span<const std::string_view> messages);

  std::string name_;  // by the client
  std::uint64_t print_ = 0;
  bool goes_on_ = false;
};

}  // namespace omni::pipeline
