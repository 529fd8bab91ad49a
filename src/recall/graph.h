#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "recall/vector.h"

namespace omni::recall {

/// Many vectors of as many dimensions, each linked to those near it, so that a search looks at some
/// hundreds of them however many there are.  It may miss the nearest, in about one of a hundred
/// searches.  Threads may search at the same time; who adds or removes is alone.
class Graph {
 public:
  using Slot = std::uint32_t;
  struct Hit {
    Slot slot = 0;
    float likeness = 0;
  };

  /// It never grows, for that would move all that is there; room that nobody has used yet takes 50
  /// bytes for each vector.
  Graph(std::size_t dimensions, std::size_t capacity);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// In the place of one that was removed, where there is such.  Nothing where it is full, or there
  /// is no memory for it: then the graph is of no more use.
  std::optional<Slot> add(const Vector& vector);
  void remove(Slot slot);
  /// The most alike first.
  std::vector<Hit> nearest(const Vector& to) const;

  Vector vector(Slot slot) const;
  std::size_t size() const;
  bool full() const;
  /// With those that were removed, which searches still pass through.
  std::size_t slots() const;
  /// That a vector takes here beside its own bytes.
  static constexpr std::size_t link_bytes = 200;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace omni::recall
