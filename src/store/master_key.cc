#include "store/master_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>

#include "base/cipher.h"
#include "base/hash.h"
#include "base/strings.h"

namespace omni::store {
namespace {

constexpr std::size_t hex_digits = Cipher::key_bytes * 2;

/// A descriptor for as long as a function runs.
class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error failed(std::string_view what) {
  std::string message("the master key ");
  message.append(what).append(": ").append(std::strerror(errno));
  return {Error::Kind::unavailable, std::move(message)};
}

/// A file is only there for good when its folder is on disk too.
Status sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const File folder(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY);
  if (!folder.is_open() || ::fsync(folder.get()) != 0) return failed("cannot be kept");
  return Nothing{};
}

std::optional<Secret> parse_key(std::string_view line) {
  line = trim(line);
  if (line.size() != hex_digits) return std::nullopt;
  std::optional<std::string> bytes = from_hex(line);
  if (!bytes) return std::nullopt;
  return Secret(*std::move(bytes));
}

}  // namespace

MasterKey MasterKey::from_passphrase(Secret passphrase) {
  MasterKey key = from_bytes(scrypt(passphrase, "omniroute-field-encryption-v2"));
  key.passphrase = std::move(passphrase);
  return key;
}

MasterKey MasterKey::from_bytes(Secret bytes) {
  const Sha256 digest = sha256(std::string("omniroute key id:").append(bytes.reveal()));
  MasterKey key;
  key.id = to_hex(std::span(digest).first(4));
  key.bytes = std::move(bytes);
  return key;
}

MasterKey MasterKey::random(Random& random) {
  std::array<std::uint8_t, Cipher::key_bytes> bytes{};
  random.fill(bytes);
  return from_bytes(Secret(std::string(bytes.begin(), bytes.end())));
}

Result<std::optional<MasterKey>> KeyFile::read() const {
  const File file(path_, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<MasterKey>();
    return failed("cannot be read");
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return failed("cannot be read");
  if ((facts.st_mode & 077) != 0) {
    return Error(Error::Kind::bad_request,
                 path_ + " can be read by others: take their rights away (chmod 600)");
  }
  std::array<char, hex_digits + 8> text{};
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  if (length < 0) return failed("cannot be read");
  std::optional<Secret> bytes = parse_key({text.data(), static_cast<std::size_t>(length)});
  explicit_bzero(text.data(), text.size());
  if (!bytes) {
    return Error(Error::Kind::bad_request,
                 path_ +
                     " holds no key of 64 hex digits: put the key back from where you keep "
                     "copies, or, where nothing was sealed yet, move the file away");
  }
  return std::optional(MasterKey::from_bytes(*std::move(bytes)));
}

/// Written beside its place and then linked to it, so that there is never half a key, nor one over
/// another.
Status KeyFile::create(const MasterKey& key) const {
  const Secret line(to_hex(key.bytes.reveal()).append("\n"));
  const std::string beside = path_ + ".new";
  ::unlink(beside.c_str());
  const File file(beside, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return failed("cannot be written");
  const std::string_view text = line.reveal();
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
    const Error error = failed("cannot be written");
    ::unlink(beside.c_str());
    return error;
  }
  const Status linked = ::link(beside.c_str(), path_.c_str()) == 0
                            ? Status(Nothing{})
                            : Status(failed("cannot be written"));
  ::unlink(beside.c_str());
  return linked ? sync_folder_of(path_) : linked;
}

Status KeyFile::replace(const KeyFile& other) const {
  if (::rename(path_.c_str(), other.path_.c_str()) != 0) return failed("cannot be put in place");
  return sync_folder_of(other.path_);
}

Status KeyFile::remove() const {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return failed("cannot be removed");
  return sync_folder_of(path_);
}

}  // namespace omni::store
