#pragma once

#include <optional>

#include "base/error.h"

namespace omni::net {

class Loop;
class Signal;

/// How work is called off.  Every task runs in a scope; cancelling it wakes the one place where the
/// task waits, and every later wait fails at once, so the task unwinds by returning errors up its
/// own calls.  Deadlines, a client that left, shutdown and a lost race are all this one mechanism.
/// Belongs to one loop and is used on its thread only.
class Scope {
 public:
  explicit Scope(Loop& loop) : loop_(loop) {}
  /// A part of `parent`'s work: cancelled with it, or alone.
  explicit Scope(Scope& parent);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The first reason given stays.  Nothing is resumed before the present call stack has returned.
  void cancel(const Error& why);
  bool cancelled() const { return why_.has_value(); }
  const Error& why() const { return *why_; }
  Loop& loop() const { return loop_; }

 private:
  friend class Signal;

  Loop& loop_;
  Signal* waiting_ = nullptr;  // where the task of this scope waits now
  Scope* first_child_ = nullptr;
  Scope* next_ = nullptr;
  Scope** link_ = nullptr;  // what points at this scope
  std::optional<Error> why_;
};

}  // namespace omni::net
