// Frames of tasks come and go several times per request and have few sizes, so each thread keeps
// the ones that it freed.

#include "net/task.h"

#include <array>
#include <cstddef>
#include <new>

namespace omni::net {
namespace {

constexpr std::size_t step = 64;
constexpr std::size_t kept_bytes_max = 2048;  // larger frames are rare
constexpr std::size_t kept_per_size_max =
#ifdef __has_feature
#if __has_feature(address_sanitizer)
    0 *  // a frame used after its end must be seen
#endif
#endif
    256;

struct FreeFrame {
  FreeFrame* next;
};

struct FrameCache {
  struct Shelf {
    FreeFrame* first = nullptr;
    std::size_t count = 0;
  };
  std::array<Shelf, kept_bytes_max / step + 1> shelves;

  ~FrameCache() {
    for (Shelf& shelf : shelves) {
      while (shelf.first != nullptr)
        ::operator delete(std::exchange(shelf.first, shelf.first->next));
    }
  }
};

thread_local FrameCache cache;

std::size_t shelf_of(std::size_t bytes) { return (bytes + step - 1) / step; }

}  // namespace

void* TaskPromise::operator new(std::size_t bytes) {
  const std::size_t index = shelf_of(bytes);
  if (index >= cache.shelves.size()) return ::operator new(bytes);
  FrameCache::Shelf& shelf = cache.shelves[index];
  if (shelf.first == nullptr) return ::operator new(index* step);
  --shelf.count;
  return std::exchange(shelf.first, shelf.first->next);
}

void TaskPromise::operator delete(void* frame, std::size_t bytes) noexcept {
  const std::size_t index = shelf_of(bytes);
  if (index < cache.shelves.size() && cache.shelves[index].count < kept_per_size_max) {
    FrameCache::Shelf& shelf = cache.shelves[index];
    shelf.first = new (frame) FreeFrame{shelf.first};
    ++shelf.count;
    return;
  }
  ::operator delete(frame);
}

}  // namespace omni::net
