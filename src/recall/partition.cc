#include "recall/partition.h"

#include <utility>

namespace omni::recall {
namespace {

/// For each that is added: more than one, so that the young become few again.
constexpr int linked_at_once = 2;
/// Of the first graph; each next one has sixteen times as much room.
constexpr std::size_t capacity_first = 8192;
constexpr std::size_t growth = 16;
/// From so many slots for each vector on, a graph is mostly of what was removed.
constexpr std::size_t slots_per_vector_max = 16;

}  // namespace

void Partition::add(Place& place, Vector vector) {
  join(place, std::move(vector));
  for (int i = 0; i < linked_at_once && young_.size() > young_max; ++i) link_eldest();
}

void Partition::join(Place& place, Vector vector) {
  place.graph = 0;
  place.index = young_.size();
  young_.push_back({std::move(vector), &place});
}

std::size_t Partition::linked() const {
  std::size_t size = 0;
  for (const auto& linked : graphs_) size += linked ? linked->graph.size() : 0;
  return size;
}

/// The last one where all are full: two millions are more than anybody keeps.
std::size_t Partition::graph_with_room() {
  std::size_t number = 0, capacity = capacity_first;
  while (number + 1 < graphs_.size() && graphs_[number] && graphs_[number]->graph.full()) {
    ++number;
    capacity *= growth;
  }
  if (!graphs_[number]) graphs_[number] = std::make_unique<Linked>(dimensions_, capacity);
  return number;
}

/// The eldest, more or less: whoever is first.
void Partition::link_eldest() {
  const std::size_t number = graph_with_room();
  Linked& linked = *graphs_[number];
  if (linked.graph.full()) return;
  const auto slot = linked.graph.add(young_.front().vector);
  if (!slot) return unlink_all(graphs_[number]);
  Place& place = *young_.front().place;
  remove(place);
  place.graph = number + 1;
  place.index = *slot;
  if (*slot >= linked.by_slot.size()) linked.by_slot.resize(*slot + std::size_t{1});
  linked.by_slot[*slot] = &place;
}

void Partition::unlink_all(std::unique_ptr<Linked>& linked) {
  for (std::size_t slot = 0; slot < linked->by_slot.size(); ++slot) {
    if (linked->by_slot[slot] != nullptr) {
      join(*linked->by_slot[slot], linked->graph.vector(static_cast<Graph::Slot>(slot)));
    }
  }
  linked.reset();
}

void Partition::remove(const Place& place) {
  if (place.graph == 0) {
    const std::size_t index = place.index;
    if (index + 1 != young_.size()) {
      young_[index] = std::move(young_.back());
      young_[index].place->index = index;
    }
    young_.pop_back();
    return;
  }
  std::unique_ptr<Linked>& linked = graphs_[place.graph - 1];
  linked->graph.remove(static_cast<Graph::Slot>(place.index));
  linked->by_slot[place.index] = nullptr;
  if (linked->graph.size() * slots_per_vector_max < linked->graph.slots()) unlink_all(linked);
}

Partition::Hit Partition::nearest(const Vector& to, Clock::Steady now) const {
  Hit nearest;
  const auto look_at = [&](Place* place, float likeness) {
    if (now >= place->over) return;
    if (nearest.place == nullptr || likeness > nearest.likeness) nearest = {place, likeness};
  };
  for (const Young& young : young_) look_at(young.place, to.likeness(young.vector));
  for (const auto& linked : graphs_) {
    if (!linked) continue;
    for (const Graph::Hit& hit : linked->graph.nearest(to)) {
      look_at(linked->by_slot[hit.slot], hit.likeness);
    }
  }
  return nearest;
}

}  // namespace omni::recall
