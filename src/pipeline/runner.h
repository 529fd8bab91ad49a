#pragma once

#include "net/scope.h"

namespace omni::pipeline {

/// Who asks a target, alone or beside another.  Whichever of the two first has something for the
/// client gets the floor, and the other is called off.
class Runner {
 public:
  /// Alone.
  Runner() = default;
  /// Runs in that scope, which outlives it.
  explicit Runner(net::Scope& scope) : scope_(&scope) {}
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Both last until neither runs any more.
  void stand_beside(Runner& other);
  /// It asks somebody.
  void begin() { begun_ = true; }
  bool has_begun() const { return begun_; }
  /// Whether its answer may go to the client; from then on the other's may not.
  bool take_floor();
  /// The other has the floor.
  bool called_off() const { return called_off_; }

 private:
  net::Scope* scope_ = nullptr;
  Runner* other_ = nullptr;
  bool begun_ = false;
  bool called_off_ = false;
};

/// Whether nobody waits any more for what is done in that scope.  Where only its time is over,
/// somebody still does.
bool is_called_off(const net::Scope& scope);

}  // namespace omni::pipeline
