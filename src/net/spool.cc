#include "net/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace omni::net {
namespace {

Error failed(int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return {Error::Kind::internal,
          full ? "There is no room on the disk for the upload" : "The upload could not be kept"};
}

/// Who reads and writes for us shall do it again after a signal.
template <class Call>
ssize_t repeated(const Call& call) {
  ssize_t done = -1;
  do {
    done = call();
  } while (done < 0 && errno == EINTR);
  return done;
}

/// Not every file system knows files that have never had a name.
Fd open_nameless(const std::string& folder) {
  constexpr mode_t mine = 0600;
  const int nameless = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, mine);
  if (nameless >= 0) return Fd(nameless);
  std::string path = folder + "/.upload-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return Fd(named);
}

Status write_at(const Fd& file, std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = repeated([&] {
      return ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    });
    if (written <= 0) return failed(written < 0 ? errno : EIO);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return Nothing{};
}

/// Some of what stands there, at most as much as `buffer` has room for, in the same memory.
Result<std::string> read_at(const Fd& file, std::uint64_t at, std::string buffer) {
  const ssize_t got = repeated([&] {
    return ::pread(file.number(), buffer.data(), buffer.size(), static_cast<off_t>(at));
  });
  if (got <= 0) return failed(got < 0 ? errno : EIO);
  buffer.resize(static_cast<std::size_t>(got));
  return buffer;
}

}  // namespace

struct Spool::Spilled {
  Status done = Nothing{};
  File file;
  std::string memory;  // that was the bytes', for the next ones
};

Spool::Spilled Spool::spill(File file, const std::string& folder, std::uint64_t at,
                            std::string bytes) {
  Spilled spilled{.file = std::move(file), .memory = std::move(bytes)};
  if (spilled.file == nullptr) {
    Fd opened = open_nameless(folder);
    if (!opened) {
      spilled.done = failed(errno);
      return spilled;
    }
    spilled.file = std::make_shared<const Fd>(std::move(opened));
  }
  spilled.done = write_at(*spilled.file, at, spilled.memory);
  return spilled;
}

Task<Status> Spool::add(std::string_view bytes) {
  kept_.append(bytes);
  if (kept_.size() <= (in_file() ? piece_bytes : memory_bytes_max)) co_return Nothing{};
  const std::size_t count = kept_.size();
  Result<Spilled> spilled = co_await offload(
      workers_, [file = file_, folder = folder_, at = file_bytes_,
                 bytes = std::exchange(kept_, {})]() mutable {
        return spill(std::move(file), folder, at, std::move(bytes));
      });
  if (!spilled) co_return spilled.error();
  if (!spilled->done) co_return spilled->done;
  file_ = std::move(spilled->file);
  file_bytes_ += count;
  kept_ = std::move(spilled->memory);
  kept_.clear();
  co_return Nothing{};
}

class Spool::Reader final : public ByteSource {
 public:
  explicit Reader(const Spool& spool) : spool_(spool) {}

  Task<Result<std::string_view>> read() override;
  bool done() const override { return at_ == spool_.size(); }
  std::optional<std::uint64_t> announced() const override { return spool_.size(); }
  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  const Spool& spool_;
  std::uint64_t at_ = 0;
  std::string piece_;
};

Task<Result<std::string_view>> Spool::Reader::read() {
  if (at_ >= spool_.file_bytes_) {
    const std::string_view rest =
        std::string_view(spool_.kept_).substr(static_cast<std::size_t>(at_ - spool_.file_bytes_));
    at_ = spool_.size();
    co_return rest;
  }
  const std::uint64_t left = spool_.file_bytes_ - at_;
  piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_bytes)));
  Result<Result<std::string>> got = co_await offload(
      spool_.workers_, [file = spool_.file_, at = at_, buffer = std::move(piece_)]() mutable {
        return read_at(*file, at, std::move(buffer));
      });
  if (!got) co_return got.error();
  if (!*got) co_return got->error();
  piece_ = **std::move(got);
  at_ += piece_.size();
  co_return std::string_view(piece_);
}

std::unique_ptr<ByteSource> Spool::open() const { return std::make_unique<Reader>(*this); }

}  // namespace omni::net
