#pragma once

#include "net/scope.h"

namespace omni::pipeline {

/// The way of a target that is asked alone, or beside another one.  Whichever of the two first has
/// something for the client gets the floor, and the other is called off.
class Lane {
 public:
  /// Alone.
  Lane() = default;
  /// Runs in that scope, which outlives it.
  explicit Lane(net::Scope& scope) : scope_(&scope) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Both last until neither runs any more.
  void stand_beside(Lane& other);
  /// Somebody is asked on it.
  void begin() { begun_ = true; }
  bool has_begun() const { return begun_; }
  /// Whether its answer may go to the client; from then on the other's may not.
  bool take_floor();
  /// The other has the floor.
  bool called_off() const { return called_off_; }

 private:
  net::Scope* scope_ = nullptr;
  Lane* other_ = nullptr;
  bool begun_ = false;
  bool called_off_ = false;
};

/// Whether nobody waits any more for what is done in that scope.  Where only its time is over,
/// somebody still does.
bool is_called_off(const net::Scope& scope);

}  // namespace omni::pipeline
