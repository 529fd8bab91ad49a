#include "api/transfer.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "net/fd.h"
#include "net/form.h"

namespace omni::api {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;

Error unreadable() { return {Error::Kind::unavailable, "a temporary file cannot be read"}; }
Error unwritable() { return {Error::Kind::unavailable, "a temporary file cannot be written"}; }

Result<std::string> read_piece(const std::string& path, std::uint64_t offset) {
  const net::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string piece(piece_bytes, '\0');
  const ssize_t got = ::pread(fd.number(), piece.data(), piece.size(), static_cast<off_t>(offset));
  if (got <= 0) return unreadable();
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

Status append_piece(const std::string& path, std::string_view piece) {
  const net::Fd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  while (!piece.empty()) {
    const ssize_t put = ::write(fd.number(), piece.data(), piece.size());
    if (put <= 0) return unwritable();
    piece.remove_prefix(static_cast<std::size_t>(put));
  }
  return Nothing{};
}

/// Gathers what comes and has the workers write it.
class Receiver {
 public:
  Receiver(net::Workers& workers, SharedFile file) : workers_(workers), file_(std::move(file)) {}

  net::Task<Status> take(std::string_view bytes) {
    waiting_.append(bytes);
    if (waiting_.size() < piece_bytes) co_return Nothing{};
    co_return co_await flush();
  }
  net::Task<Status> flush() {
    if (waiting_.empty()) co_return Nothing{};
    const auto written =
        co_await net::offload(workers_, [file = file_, piece = std::exchange(waiting_, {})] {
          return append_piece(file->path(), piece);
        });
    if (!written) co_return written.error();
    co_return *written;
  }

 private:
  net::Workers& workers_;
  SharedFile file_;
  std::string waiting_;
};

net::Task<Status> take_body(net::ByteSource& body, Receiver& receiver) {
  while (!body.done()) {
    const auto piece = co_await body.read();
    if (!piece) co_return piece.error();
    const Status taken = co_await receiver.take(*piece);
    if (!taken) co_return taken;
  }
  co_return co_await receiver.flush();
}

net::Task<Result<std::string>> take_form(net::Exchange& exchange, Receiver& receiver) {
  auto form = net::FormReader::open(exchange.request().field("content-type"), exchange.body());
  if (!form) co_return form.error();
  std::optional<std::string> filename;
  bool in_file = false;
  for (;;) {
    using Kind = net::FormReader::Item::Kind;
    const auto item = co_await (*form)->next();
    if (!item) co_return item.error();
    if (item->kind == Kind::end) break;
    if (item->kind == Kind::part) {
      in_file = item->head.name == "file" && !filename;
      if (in_file) filename = item->head.filename.value_or("");
    }
    if (item->kind != Kind::data || !in_file) continue;
    const Status taken = co_await receiver.take(item->data);
    if (!taken) co_return taken.error();
  }
  if (!filename) co_return Error(Error::Kind::bad_request, "The form has no field \"file\"");
  const Status flushed = co_await receiver.flush();
  if (!flushed) co_return flushed.error();
  co_return *std::move(filename);
}

}  // namespace

net::Task<Status> send_file(net::Exchange& exchange, net::Workers& workers, SharedFile file,
                            net::OutFields fields) {
  std::error_code missing;
  const std::uint64_t bytes = std::filesystem::file_size(file->path(), missing);
  if (missing) co_return unreadable();
  if (Status begun = exchange.begin(200, fields, bytes); !begun) co_return begun;
  for (std::uint64_t sent = 0; sent < bytes;) {
    auto piece =
        co_await net::offload(workers, [file, sent] { return read_piece(file->path(), sent); });
    if (!piece) co_return piece.error();
    if (!*piece) co_return piece->error();
    const Status written = co_await exchange.write(**piece);
    if (!written) co_return written;
    sent += (*piece)->size();
  }
  co_return co_await exchange.finish();
}

net::Task<Result<std::string>> receive_file(net::Exchange& exchange, net::Workers& workers,
                                            SharedFile file) {
  Receiver receiver(workers, std::move(file));
  const std::string type = to_lower(exchange.request().field("content-type"));
  if (type.starts_with("multipart/")) co_return co_await take_form(exchange, receiver);
  const Status taken = co_await take_body(exchange.body(), receiver);
  if (!taken) co_return taken.error();
  co_return std::string();
}

}  // namespace omni::api
