#include "api/tar.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/assert.h"

namespace omni::api {
namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

/// Octal digits that fill the field but for its last byte.
void put_octal(std::string& header, std::size_t at, std::size_t width, std::uint64_t value) {
  for (std::size_t i = at + width - 1; i-- > at; value /= 8) {
    header[i] = static_cast<char>('0' + value % 8);
  }
  OMNI_ASSERT(value == 0);
}

Error failed() { return {Error::Kind::unavailable, "the archive cannot be written"}; }

}  // namespace

std::string tar_header(std::string_view name, std::uint64_t bytes, Clock::Wall time) {
  OMNI_ASSERT(name.size() <= name_bytes_max);
  std::string header(block_bytes, '\0');
  header.replace(0, name.size(), name);
  put_octal(header, 100, 8, 0600);
  put_octal(header, 108, 8, 0);
  put_octal(header, 116, 8, 0);
  put_octal(header, 124, 12, bytes);
  put_octal(header, 136, 12, static_cast<std::uint64_t>(to_millis(time) / 1000));
  header[156] = '0';  // a plain file
  header.replace(257, 8, std::string_view("ustar\00000", 8));
  // The sum is taken as if its own field held blanks.
  header.replace(148, 8, 8, ' ');
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put_octal(header, 148, 7, sum);
  header[154] = '\0';
  return header;
}

struct TarGzWriter::Stream {
  explicit Stream(gzFile opened) : file(opened) {}
  ~Stream() {
    if (file != nullptr) ::gzclose(file);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  gzFile file;
};

Result<std::unique_ptr<TarGzWriter>> TarGzWriter::open(const std::string& path, Clock::Wall time) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  const gzFile file = ::gzdopen(fd, "wb");
  if (file == nullptr) {
    ::close(fd);
    return failed();
  }
  return std::unique_ptr<TarGzWriter>(new TarGzWriter(std::make_unique<Stream>(file), time));
}

TarGzWriter::TarGzWriter(std::unique_ptr<Stream> stream, Clock::Wall time)
    : stream_(std::move(stream)), time_(time) {}

TarGzWriter::~TarGzWriter() = default;

Status TarGzWriter::put(std::string_view bytes) {
  if (bytes.empty()) return Nothing{};
  const int written = ::gzwrite(stream_->file, bytes.data(), static_cast<unsigned>(bytes.size()));
  return written == static_cast<int>(bytes.size()) ? Status(Nothing{}) : Status(failed());
}

Status TarGzWriter::pad(std::uint64_t bytes) {
  return put(std::string((block_bytes - bytes % block_bytes) % block_bytes, '\0'));
}

Status TarGzWriter::begin(std::string_view name, std::uint64_t bytes) {
  return put(tar_header(name, bytes, time_));
}

Status TarGzWriter::add(std::string_view name, std::string_view bytes) {
  Status done = begin(name, bytes.size());
  if (done) done = put(bytes);
  return done ? pad(bytes.size()) : done;
}

Status TarGzWriter::add_file(std::string_view name, const std::string& path) {
  std::error_code missing;
  const std::uint64_t bytes = std::filesystem::file_size(path, missing);
  if (missing) return failed();
  std::ifstream in(path, std::ios::binary);
  Status done = begin(name, bytes);
  std::string piece(piece_bytes, '\0');
  for (std::uint64_t left = bytes; done && left > 0;) {
    in.read(piece.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, piece_bytes)));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got == 0) return failed();
    done = put(std::string_view(piece).substr(0, got));
    left -= got;
  }
  return done ? pad(bytes) : done;
}

Status TarGzWriter::finish() {
  const Status ended = put(std::string(2 * block_bytes, '\0'));
  const int closed = ::gzclose(std::exchange(stream_->file, nullptr));
  return ended && closed == Z_OK ? Status(Nothing{}) : Status(failed());
}

}  // namespace omni::api
