// hnswlib hands out places in order, and its labels are these places.  It keeps no locks on behalf
// of searches, and moves everything when it grows, so whoever adds is alone.
#include "recall/graph.h"

// What hnswlib forgets to include.
#include <cmath>
#include <cstring>
#include <deque>
#include <fstream>
#include <limits>
#include <utility>

#include <hnswlib/hnswlib.h>

namespace omni::recall {
namespace {

constexpr std::size_t links = 12;
constexpr std::size_t breadth_of_adding = 60;
constexpr std::size_t breadth_of_search = 24;
constexpr std::size_t hits_max = 8;
constexpr std::size_t capacity_first = 1024;
constexpr std::size_t seed = 1;
/// Of the neighbours of a vector that goes, so many are linked anew.  With all of them adding takes
/// ten times as long; with this the nearest is still found 98 times of a hundred after the whole
/// graph was exchanged four times.
constexpr float relinked = 0.2F;

/// What hnswlib keeps and hands back of a vector is where it stands, so that little has to be moved
/// when it grows.
using Held = const Vector*;

float distance(const void* a, const void* b, const void*) {
  return 1 - (*static_cast<const Held*>(a))->likeness(**static_cast<const Held*>(b));
}

class Space final : public hnswlib::SpaceInterface<float> {
 public:
  std::size_t get_data_size() override { return sizeof(Held); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return nullptr; }
};

}  // namespace

struct Graph::Index {
  Index() : graph(&space, capacity_first, links, breadth_of_adding, seed) {
    graph.setEf(breadth_of_search);
  }

  Slot append(Vector vector) {
    if (graph.cur_element_count == graph.max_elements_) graph.resizeIndex(2 * graph.max_elements_);
    const std::size_t slot = graph.cur_element_count;
    const Held held = &vectors.emplace_back(std::move(vector));
    graph.addPoint(&held, slot);
    return static_cast<Slot>(slot);
  }

  Slot reuse(Vector vector) {
    const Slot slot = removed.back();
    vectors[slot] = std::move(vector);
    const Held held = &vectors[slot];
    graph.unmarkDelete(slot);
    graph.updatePoint(&held, slot, relinked);
    removed.pop_back();
    return slot;
  }

  Space space;
  hnswlib::HierarchicalNSW<float> graph;
  std::deque<Vector> vectors;
  std::vector<Slot> removed;
};

Graph::Graph() : index_(std::make_unique<Index>()) {}

Graph::~Graph() = default;

std::optional<Graph::Slot> Graph::add(Vector vector) {
  try {
    return index_->removed.empty() ? index_->append(std::move(vector))
                                   : index_->reuse(std::move(vector));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void Graph::remove(Slot slot) {
  index_->graph.markDelete(slot);
  index_->removed.push_back(slot);
}

std::vector<Graph::Hit> Graph::nearest(const Vector& to) const {
  const Held held = &to;
  auto found = index_->graph.searchKnn(&held, hits_max);
  std::vector<Hit> hits(found.size());
  for (std::size_t i = hits.size(); i-- > 0; found.pop()) {
    hits[i] = {static_cast<Slot>(found.top().second), 1 - found.top().first};
  }
  return hits;
}

const Vector& Graph::vector(Slot slot) const { return index_->vectors[slot]; }

std::size_t Graph::size() const { return slots() - index_->removed.size(); }

std::size_t Graph::slots() const { return index_->vectors.size(); }

}  // namespace omni::recall
