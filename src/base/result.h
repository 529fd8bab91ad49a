#pragma once

#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/error.h"

namespace omni {

/// Either a value or the reason why there is none.  Looking at the side that is not there is a bug
/// and fails the assertion.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return state_.index() == 0; }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    OMNI_ASSERT(state_.index() == 1);
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    OMNI_ASSERT(state_.index() == 1);
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T& value() {
    OMNI_ASSERT(state_.index() == 0);
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    OMNI_ASSERT(state_.index() == 0);
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

struct Nothing {};
/// For what either works or does not.
using Status = Result<Nothing>;

}  // namespace omni
