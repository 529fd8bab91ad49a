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

/// Of a folder that is not there: whether the next one above it that is lets us make it.
Status check_parents(const std::string& path) {
  std::error_code failed;
  fs::path parent = fs::absolute(path, failed);
  while (!fs::exists(parent, failed) && parent.has_relative_path()) parent = parent.parent_path();
  if (!fs::is_directory(parent, failed)) return unusable(path, ENOTDIR);
  if (::access(parent.c_str(), W_OK | X_OK) == 0) return Nothing{};
  return Error(Error::Kind::bad_request, "cannot make the data directory " + path + " in " +
                                             parent.string() + ": " + std::strerror(errno));
}

/// A socket that was left behind is taken over; anything else is somebody's.
Status check_socket_file(const std::string& path) {
  std::error_code missing;
  const fs::file_type type = fs::status(path, missing).type();
  if (type == fs::file_type::not_found || type == fs::file_type::socket) return Nothing{};
  return Error(Error::Kind::bad_request,
               path + " is in the place of the gateway's socket, and is no socket: move it away");
}

}  // namespace

Status check_data_dir(const std::string& path) {
  std::error_code failed;
  const fs::file_type type = fs::status(path, failed).type();
  if (type == fs::file_type::not_found) return check_parents(path);
  if (failed) return unusable(path, failed.value());
  if (type != fs::file_type::directory) return unusable(path, ENOTDIR);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return unusable(path, errno);
  return check_socket_file(path + "/omniroute.sock");
}

Status check_installed(const std::string& path) {
  std::error_code unknown;
  if (fs::exists(path + "/config.sqlite", unknown)) return Nothing{};
  return Error(Error::Kind::bad_request,
               "there is no config.sqlite in " + path +
                   ": name the right folder with --data-dir, or make one with omniroute serve");
}

bool is_held(const std::string& path) {
  std::error_code unknown;
  if (!fs::is_directory(path, unknown)) return false;
  const Result<net::Fd> held = hold_data_dir(path);
  return !held && held.error().kind() == Error::Kind::conflict;
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
