// Each record has a head of eight bytes and begins at a multiple of eight.  A size of 0 is the end;
// it is written behind a record before the record's own size is, so that whoever reads finds either
// the whole record or the end in its place.  The check says what a lost power leaves half written.

#include "store/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace omni::store {
namespace {

constexpr std::size_t bytes_min = std::size_t{64} << 10;
constexpr std::size_t bytes_kept_max = std::size_t{1} << 20;  // of one that is empty again
constexpr std::size_t step = 8;

constexpr std::size_t whole_steps(std::size_t bytes) { return (bytes + step - 1) / step * step; }

std::uint32_t check_of(std::string_view record) {
  std::uint64_t check = record.size();
  while (!record.empty()) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(record.size(), sizeof word);
    std::memcpy(&word, record.data(), bytes);
    record.remove_prefix(bytes);
    check = (check ^ word) * 0x9e3779b97f4a7c15;
    check ^= check >> 32;
  }
  return static_cast<std::uint32_t>(check);
}

Error failed(std::string_view what) {
  return Error(Error::Kind::unavailable,
               std::string(what) + ": " + std::generic_category().message(errno));
}

}  // namespace

struct Journal::Head {
  std::uint32_t size;
  std::uint32_t check;
};

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, std::size_t bytes_max) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed("a journal cannot be opened");
  std::unique_ptr<Journal> journal(new Journal(file, std::max(bytes_max, bytes_min)));
  struct stat found {};
  if (::fstat(file, &found) != 0) return failed("a journal cannot be read");
  const auto bytes = static_cast<std::size_t>(found.st_size);
  if (Status mapped = journal->map(std::max(whole_steps(bytes), bytes_min)); !mapped) {
    return mapped.error();
  }
  while (const Head* record = journal->record_at(journal->end_)) {
    journal->end_ += whole_steps(sizeof(Head) + record->size);
  }
  return journal;
}

Journal::~Journal() {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
  ::close(file_);
}

void Journal::each(const std::function<void(std::string_view)>& on_record) const {
  for (std::size_t place = 0; place < end_;) {
    const Head* head = head_at(place);
    on_record({memory_ + place + sizeof(Head), head->size});
    place += whole_steps(sizeof(Head) + head->size);
  }
}

bool Journal::append(std::string_view record) {
  const std::size_t after = end_ + whole_steps(sizeof(Head) + record.size());
  if (record.empty() || record.size() > bytes_max_) return false;
  if (after + sizeof(Head) > bytes_ && !grow(after + sizeof(Head))) return false;
  head_at(after)->size = 0;
  Head* const head = head_at(end_);
  head->check = check_of(record);
  std::memcpy(memory_ + end_ + sizeof(Head), record.data(), record.size());
  std::atomic_ref(head->size)
      .store(static_cast<std::uint32_t>(record.size()), std::memory_order_release);
  end_ = after;
  return true;
}

void Journal::clear() {
  std::atomic_ref(head_at(0)->size).store(0, std::memory_order_release);
  end_ = 0;
  // It can be mapped smaller where it could be mapped as it is.
  if (bytes_ > bytes_kept_max && ::ftruncate(file_, bytes_min) == 0) (void)map(bytes_min);
}

/// Blocks on the disk are taken first: to write where there are none would end the process.
Status Journal::map(std::size_t bytes) {
  if (const int error = ::posix_fallocate(file_, 0, static_cast<off_t>(bytes)); error != 0) {
    errno = error;
    return failed("there is no room for a journal");
  }
  void* const memory = memory_ == nullptr
                           ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0)
                           : ::mremap(memory_, bytes_, bytes, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) return failed("a journal cannot be mapped");
  memory_ = static_cast<char*>(memory);
  bytes_ = bytes;
  return Nothing{};
}

bool Journal::grow(std::size_t bytes_needed) {
  if (bytes_needed > bytes_max_) return false;
  return bool{map(std::min(std::max(2 * bytes_, bytes_needed), bytes_max_))};
}

const Journal::Head* Journal::record_at(std::size_t place) const {
  if (place + sizeof(Head) > bytes_) return nullptr;
  const Head* const head = head_at(place);
  if (head->size == 0 || head->size > bytes_ - place - sizeof(Head)) return nullptr;
  const std::string_view record(memory_ + place + sizeof(Head), head->size);
  return head->check == check_of(record) ? head : nullptr;
}

Journal::Head* Journal::head_at(std::size_t place) const {
  return reinterpret_cast<Head*>(memory_ + place);
}

}  // namespace omni::store
