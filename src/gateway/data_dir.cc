#include "gateway/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace omni::gateway {
namespace {

namespace fs = std::filesystem;

Error unusable(const std::string& path, int error) {
  return {Error::Kind::bad_request,
          "cannot use the data directory " + path + ": " + std::strerror(error)};
}

Status make(const std::string& path) {
  std::error_code failed;
  const bool made = fs::create_directories(path, failed);
  // A path that ends in a slash is made and reported as if it had been there.
  if (!failed && made) fs::permissions(path, fs::perms::owner_all, failed);
  if (failed) return unusable(path, failed.value());
  return Nothing{};
}

}  // namespace

Status check_data_dir(const std::string& path) {
  std::error_code failed;
  const fs::file_type type = fs::status(path, failed).type();
  if (type == fs::file_type::not_found) return Nothing{};
  if (failed) return unusable(path, failed.value());
  if (type != fs::file_type::directory) return unusable(path, ENOTDIR);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return unusable(path, errno);
  return Nothing{};
}

Result<net::Fd> hold_data_dir(const std::string& path) {
  if (Status usable = check_data_dir(path); !usable) return usable.error();
  if (Status made = make(path); !made) return made.error();
  net::Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return unusable(path, errno);
  // Some file systems know no locks; there the socket file has to do.
  if (::flock(folder.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Error(Error::Kind::conflict, "another omniroute runs on the data directory " + path);
  }
  return folder;
}

}  // namespace omni::gateway
