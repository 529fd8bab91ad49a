// A record has a head of eight bytes, its size and a check, and a head of zeros follows the last
// one.  Both are written in one piece: whoever reads finds a record whole or not at all, and the
// check tells the one whose writing was broken off.
//
// The file is written and not mapped: in mapped memory a full disk would end the process.

#include "store/journal.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace omni::store {
namespace {

constexpr std::size_t bytes_kept_max = std::size_t{64} << 10;  // of one that is empty again

struct Head {
  std::uint32_t size = 0;
  std::uint32_t check = 0;
};

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

/// The record at the front, if it is whole; empty otherwise.
std::string_view first_of(std::string_view bytes) {
  Head head;
  if (bytes.size() < sizeof head) return {};
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  if (head.size > bytes.size()) return {};
  const std::string_view record = bytes.substr(0, head.size);
  return head.check == check_of(record) ? record : std::string_view();
}

Error failed(std::string_view what) {
  return Error(Error::Kind::unavailable,
               std::string(what) + ": " + std::generic_category().message(errno));
}

Result<std::string> read_file(int file, std::size_t bytes_max) {
  std::string bytes;
  std::array<char, 65536> block{};
  while (bytes.size() < bytes_max) {
    const ssize_t got = ::pread(file, block.data(), block.size(), static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("a journal cannot be read");
    if (got == 0) break;
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

iovec piece(const void* bytes, std::size_t size) { return {const_cast<void*>(bytes), size}; }

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path, std::size_t bytes_max,
                                               const OnRecord& on_record) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed("a journal cannot be opened");
  std::unique_ptr<Journal> journal(new Journal(file, bytes_max));
  const Result<std::string> bytes = read_file(file, bytes_max);
  if (!bytes) return bytes.error();
  std::string_view rest = *bytes;
  for (std::string_view record = first_of(rest); !record.empty(); record = first_of(rest)) {
    on_record(record);
    rest.remove_prefix(sizeof(Head) + record.size());
  }
  journal->end_ = bytes->size() - rest.size();
  return journal;
}

Journal::~Journal() { ::close(file_); }

bool Journal::append(std::string_view record) {
  const std::size_t size = sizeof(Head) + record.size();
  if (record.empty() || size + sizeof(Head) > bytes_max_ - std::min(end_, bytes_max_)) return false;
  const Head head{static_cast<std::uint32_t>(record.size()), check_of(record)};
  const Head after;
  const std::array pieces{piece(&head, sizeof head), piece(record.data(), record.size()),
                          piece(&after, sizeof after)};
  const ssize_t written = ::pwritev(file_, pieces.data(), pieces.size(), static_cast<off_t>(end_));
  if (written != static_cast<ssize_t>(size + sizeof after)) return false;
  end_ += size;
  return true;
}

/// Where this fails the records are told once more, to somebody who knows them already.
void Journal::clear() {
  const Head none;
  (void)::pwrite(file_, &none, sizeof none, 0);
  if (end_ > bytes_kept_max) (void)::ftruncate(file_, sizeof none);
  end_ = 0;
}

}  // namespace omni::store
