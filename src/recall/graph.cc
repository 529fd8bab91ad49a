// hnswlib hands out places in order, and its labels are these places.  It keeps no locks on behalf
// of searches, and moves everything when it grows, so whoever adds is alone.
#include "recall/graph.h"

// What hnswlib forgets to include.
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include <hnswlib/hnswlib.h>

namespace omni::recall {
namespace {

constexpr std::size_t links = 12;
constexpr std::size_t breadth_of_adding = 60;
constexpr std::size_t breadth_of_search = 32;
constexpr std::size_t hits_max = 8;
constexpr std::size_t seed = 1;
/// Of the neighbours of a vector that goes, so many are linked anew.  With all of them adding takes
/// ten times as long; with this the nearest is still found 98 times of a hundred after the whole
/// graph was exchanged four times.
constexpr float relinked = 0.2F;

float distance(const void* a, const void* b, const void* dimensions) {
  return 1 - Vector::likeness(static_cast<const std::int8_t*>(a),
                              static_cast<const std::int8_t*>(b),
                              *static_cast<const std::size_t*>(dimensions));
}

class Space final : public hnswlib::SpaceInterface<float> {
 public:
  explicit Space(std::size_t dimensions) : dimensions_(dimensions) {}

  std::size_t get_data_size() override { return Vector::bytes_of(dimensions_); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &dimensions_; }

 private:
  std::size_t dimensions_;
};

}  // namespace

struct Graph::Index {
  Index(std::size_t dimensions, std::size_t capacity)
      : space(dimensions), graph(&space, capacity, links, breadth_of_adding, seed) {
    graph.setEf(breadth_of_search);
  }

  Slot append(const void* vector) {
    const std::size_t slot = graph.cur_element_count;
    graph.addPoint(vector, slot);
    return static_cast<Slot>(slot);
  }

  Slot reuse(const void* vector) {
    const Slot slot = removed.back();
    graph.unmarkDelete(slot);
    graph.updatePoint(vector, slot, relinked);
    removed.pop_back();
    return slot;
  }

  Space space;
  hnswlib::HierarchicalNSW<float> graph;
  std::vector<Slot> removed;
};

Graph::Graph(std::size_t dimensions, std::size_t capacity)
    : index_(std::make_unique<Index>(dimensions, capacity)) {}

Graph::~Graph() = default;

std::optional<Graph::Slot> Graph::add(const Vector& vector) {
  const void* bytes = vector.bytes().data();
  try {
    return index_->removed.empty() ? index_->append(bytes) : index_->reuse(bytes);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void Graph::remove(Slot slot) {
  index_->graph.markDelete(slot);
  index_->removed.push_back(slot);
}

std::vector<Graph::Hit> Graph::nearest(const Vector& to) const {
  auto found = index_->graph.searchKnn(to.bytes().data(), hits_max);
  std::vector<Hit> hits(found.size());
  for (std::size_t i = hits.size(); i-- > 0; found.pop()) {
    hits[i] = {static_cast<Slot>(found.top().second), 1 - found.top().first};
  }
  return hits;
}

Vector Graph::vector(Slot slot) const {
  const char* bytes = index_->graph.getDataByInternalId(slot);
  return Vector::copy_of(
      {reinterpret_cast<const std::int8_t*>(bytes), index_->space.get_data_size()});
}

std::size_t Graph::size() const { return slots() - index_->removed.size(); }

bool Graph::full() const { return size() == index_->graph.max_elements_; }

std::size_t Graph::slots() const { return index_->graph.cur_element_count; }

}  // namespace omni::recall
