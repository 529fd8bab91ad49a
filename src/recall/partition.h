#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "recall/graph.h"
#include "recall/vector.h"

namespace omni::recall {

/// What a vector stands for, and where its partition has it.
struct Place {
  std::string key;
  Clock::Steady over{};
  bool linked = false;    // in the graph, else among the young
  std::size_t index = 0;  // there
};

/// Vectors that may be compared with each other.  The youngest are scanned; what is more than that
/// goes into a graph, few at a time, so that adding never takes long.  Threads may search at the
/// same time; who adds or removes is alone.
class Partition {
 public:
  /// From where on a search of the graph is quicker than a scan.
  static constexpr std::size_t young_max = 512;
  struct Hit {
    Place* place = nullptr;
    float likeness = 0;
  };

  explicit Partition(std::size_t dimensions) : dimensions_(dimensions) {}

  /// `place` stays where it is until it is removed.
  void add(Place& place, Vector vector);
  void remove(const Place& place);
  /// The most alike whose time is not over; no place where there is none.
  Hit nearest(const Vector& to, Clock::Steady now) const;

  bool empty() const { return young_.empty() && (!graph_ || graph_->size() == 0); }
  std::size_t linked() const { return graph_ ? graph_->size() : 0; }

 private:
  struct Young {
    Vector vector;
    Place* place = nullptr;
  };

  void join(Place& place, Vector vector);
  void link_eldest();
  void unlink_all();

  const std::size_t dimensions_;
  std::vector<Young> young_;
  std::unique_ptr<Graph> graph_;
  std::vector<Place*> by_slot_;  // null where it was removed
};

}  // namespace omni::recall
