#pragma once

#include <string_view>

#include "net/byte_source.h"

namespace omni::upstream {

/// What a provider answers: its head is here, its body is pulled.  To drop it tells the provider
/// that nobody listens any more.
class Answer {
 public:
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  virtual ~Answer() = default;

  virtual int status() const = 0;
  /// Of the head, by its name in any case of letters; empty where it is not there.
  virtual std::string_view field(std::string_view name) const = 0;
  virtual net::ByteSource& body() = 0;
};

}  // namespace omni::upstream
