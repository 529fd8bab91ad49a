#include "json/scratch_reader.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace omni::json {
namespace {

struct Shelf {
  std::vector<std::unique_ptr<Reader>> readers;
  std::size_t lent = 0;  // the first ones
};

Shelf& shelf() {
  thread_local Shelf of_this_thread;
  return of_this_thread;
}

}  // namespace

ScratchReader::ScratchReader() {
  Shelf& here = shelf();
  if (here.lent == here.readers.size()) here.readers.push_back(std::make_unique<Reader>());
  reader_ = here.readers[here.lent++].get();
}

ScratchReader::~ScratchReader() {
  reader_->forget();
  --shelf().lent;
}

}  // namespace omni::json
