#include "recall/partition.h"

#include <utility>

namespace omni::recall {
namespace {

/// For each that is added: more than one, so that the young become few again.
constexpr int linked_at_once = 2;
/// From so many slots for each vector on, a graph is mostly of what was removed.
constexpr std::size_t slots_per_vector_max = 16;

}  // namespace

void Partition::add(Place& place, Vector vector) {
  join(place, std::move(vector));
  for (int i = 0; i < linked_at_once && young_.size() > young_max; ++i) link_eldest();
}

void Partition::join(Place& place, Vector vector) {
  place.linked = false;
  place.index = young_.size();
  young_.push_back({std::move(vector), &place});
}

/// The eldest, more or less: whoever is first.
void Partition::link_eldest() {
  if (!graph_) graph_ = std::make_unique<Graph>(dimensions_);
  const auto slot = graph_->add(young_.front().vector);
  if (!slot) return unlink_all();
  Place& place = *young_.front().place;
  remove(place);
  place.linked = true;
  place.index = *slot;
  if (*slot >= by_slot_.size()) by_slot_.resize(*slot + std::size_t{1});
  by_slot_[*slot] = &place;
}

void Partition::unlink_all() {
  for (std::size_t slot = 0; slot < by_slot_.size(); ++slot) {
    if (by_slot_[slot] != nullptr) {
      join(*by_slot_[slot], graph_->vector(static_cast<Graph::Slot>(slot)));
    }
  }
  by_slot_.clear();
  graph_.reset();
}

void Partition::remove(const Place& place) {
  if (!place.linked) {
    const std::size_t index = place.index;
    if (index + 1 != young_.size()) {
      young_[index] = std::move(young_.back());
      young_[index].place->index = index;
    }
    young_.pop_back();
    return;
  }
  graph_->remove(static_cast<Graph::Slot>(place.index));
  by_slot_[place.index] = nullptr;
  if (graph_->size() * slots_per_vector_max < graph_->slots()) unlink_all();
}

Partition::Hit Partition::nearest(const Vector& to, Clock::Steady now) const {
  Hit nearest;
  const auto look_at = [&](Place* place, float likeness) {
    if (now >= place->over) return;
    if (nearest.place == nullptr || likeness > nearest.likeness) nearest = {place, likeness};
  };
  for (const Young& young : young_) look_at(young.place, to.likeness(young.vector));
  if (graph_) {
    for (const Graph::Hit& hit : graph_->nearest(to)) look_at(by_slot_[hit.slot], hit.likeness);
  }
  return nearest;
}

}  // namespace omni::recall
