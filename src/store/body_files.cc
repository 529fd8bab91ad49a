// A file is called like its segment, the time of its begin in milliseconds.  A record stands there
// as its size, a check of what follows, and a frame of zstd.

#include "store/body_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/strings.h"

namespace omni::store {
namespace {

constexpr std::string_view ending = ".bodies";
constexpr int compression_level = 3;
constexpr std::uint64_t record_bytes_max = std::uint64_t{64} << 20;
/// So that a file which is forgotten by its age is not kept for what was written last.
constexpr Millis file_time = std::chrono::days(1);

struct Head {
  std::uint64_t check = 0;
  std::uint32_t size = 0;
  std::uint32_t unused = 0;
};

/// FNV-1a.
std::uint64_t check_of(std::string_view bytes) {
  std::uint64_t check = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    check = (check ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return check;
}

Error failed(std::string_view what) {
  return Error(Error::Kind::unavailable,
               std::string(what) + ": " + std::generic_category().message(errno));
}

Error not_there() { return {Error::Kind::not_found, "These bodies are not kept any more"}; }

std::string compressed(std::string_view bytes) {
  std::string frame(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), compression_level);
  frame.resize(ZSTD_isError(size) == 0 ? size : 0);
  return frame;
}

Result<std::string> decompressed(std::string_view frame) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size > record_bytes_max) return not_there();  // also where none is said
  std::string bytes(size, '\0');
  const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != size) return not_there();
  return bytes;
}

bool read_at(int file, std::uint64_t offset, char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::pread(file, into, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

Result<std::string> read_frame(int file, std::uint64_t offset) {
  std::array<char, sizeof(Head)> bytes{};
  Head head;
  if (!read_at(file, offset, bytes.data(), bytes.size())) return not_there();
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.size > record_bytes_max) return not_there();
  std::string frame(head.size, '\0');
  if (!read_at(file, offset + sizeof head, frame.data(), frame.size())) return not_there();
  if (check_of(frame) != head.check) return not_there();
  return frame;
}

}  // namespace

BodyFiles::BodyFiles(const Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)) {
  std::error_code missing_folder;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, missing_folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(ending)) continue;
    const auto segment =
        parse_unsigned(std::string_view(name).substr(0, name.size() - ending.size()));
    std::error_code gone;
    const std::uintmax_t size = entry.file_size(gone);
    if (segment && !gone) sizes_[static_cast<std::int64_t>(*segment)] = size;
  }
  if (!sizes_.empty()) last_ = sizes_.rbegin()->first;
}

BodyFiles::~BodyFiles() {
  if (file_ >= 0) ::close(file_);
}

std::string BodyFiles::path_of(std::int64_t segment) const {
  return options_.folder + "/" + std::to_string(segment) + std::string(ending);
}

Result<BodyFiles::Place> BodyFiles::append(std::string_view record) {
  const std::string frame = compressed(record);
  if (frame.empty()) return Error(Error::Kind::internal, "bodies cannot be compressed");
  const bool kept = has({.segment = writing_});
  const bool full = end_ + frame.size() > options_.file_bytes_max;
  const bool old = to_millis(clock_.wall()) - writing_ >= file_time.count();
  if (!kept || full || old) {
    if (Status begun = begin_file(); !begun) return begun.error();
  }
  const Head head{.check = check_of(frame), .size = static_cast<std::uint32_t>(frame.size())};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += frame;
  const Place place{.segment = writing_, .offset = static_cast<std::int64_t>(end_)};
  if (Status written = write(bytes); !written) return written.error();
  return place;
}

Status BodyFiles::begin_file() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
  writing_ = 0;
  if (::mkdir(options_.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return failed("the folder of bodies cannot be made");
  }
  last_ = std::max(last_ + 1, to_millis(clock_.wall()));
  file_ =
      ::open(path_of(last_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) return failed("a file of bodies cannot be made");
  writing_ = last_;
  end_ = 0;
  const std::lock_guard lock(mutex_);
  sizes_[writing_] = 0;
  return Nothing{};
}

Status BodyFiles::write(std::string_view bytes) {
  const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(end_));
  if (written != static_cast<ssize_t>(bytes.size())) {
    const Error why = failed("bodies cannot be written");
    (void)::ftruncate(file_, static_cast<off_t>(end_));
    return why;
  }
  end_ += bytes.size();
  const std::lock_guard lock(mutex_);
  if (const auto found = sizes_.find(writing_); found != sizes_.end()) found->second = end_;
  return Nothing{};
}

Result<std::string> BodyFiles::read(const Place& place) const {
  if (!has(place)) return not_there();
  const int file = ::open(path_of(place.segment).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return not_there();
  const Result<std::string> frame = read_frame(file, static_cast<std::uint64_t>(place.offset));
  ::close(file);
  if (!frame) return frame.error();
  return decompressed(*frame);
}

bool BodyFiles::has(const Place& place) const {
  const std::lock_guard lock(mutex_);
  return sizes_.contains(place.segment);
}

std::uint64_t BodyFiles::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [segment, size] : sizes_) bytes += size;
  return bytes;
}

bool BodyFiles::forget_oldest() {
  const std::lock_guard lock(mutex_);
  if (sizes_.empty()) return false;
  ::unlink(path_of(sizes_.begin()->first).c_str());
  sizes_.erase(sizes_.begin());
  return true;
}

void BodyFiles::forget_before(Clock::Wall time) {
  const std::int64_t begun_before = to_millis(time) - file_time.count();
  const auto is_old = [&] {
    const std::lock_guard lock(mutex_);
    return !sizes_.empty() && sizes_.begin()->first < begun_before;
  };
  while (is_old()) forget_oldest();
}

}  // namespace omni::store
