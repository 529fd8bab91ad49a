#pragma once

#include <array>
#include <cstddef>
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
  std::size_t graph = 0;  // its number from 1; 0: among the young
  std::size_t index = 0;  // there
};

/// Vectors that may be compared with each other.  The youngest are scanned; what is more than that
/// goes into a graph, few at a time, so that adding never takes long.  A graph that is full stays
/// as it is and a larger one is begun: there are two for a hundred thousand.  Threads may search at
/// the same time; who adds or removes is alone.
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

  bool empty() const { return young_.empty() && linked() == 0; }
  std::size_t linked() const;

 private:
  struct Young {
    Vector vector;
    Place* place = nullptr;
  };

  struct Linked {
    Linked(std::size_t dimensions, std::size_t capacity) : graph(dimensions, capacity) {}

    Graph graph;
    std::vector<Place*> by_slot;  // null where it was removed
  };
  /// The nth is null until those before it are full, and again when it was mostly empty.
  using Graphs = std::array<std::unique_ptr<Linked>, 3>;

  void join(Place& place, Vector vector);
  void link_eldest();
  std::size_t graph_with_room();
  void unlink_all(std::unique_ptr<Linked>& linked);

  const std::size_t dimensions_;
  std::vector<Young> young_;
  Graphs graphs_;
};

}  // namespace omni::recall
