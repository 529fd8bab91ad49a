#include "gateway/gateway.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace omni::gateway {
namespace {

std::size_t loop_count(const Config& config) {
  if (config.threads > 0) return config.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

namespace fs = std::filesystem;

Error unusable_data_dir(const std::string& path, int error) {
  return {Error::Kind::bad_request,
          "cannot use the data directory " + path + ": " + std::strerror(error)};
}

/// One that does not exist yet is as good as a usable one.
Status check_data_dir(const std::string& path) {
  std::error_code failed;
  const fs::file_type type = fs::status(path, failed).type();
  if (type == fs::file_type::not_found) return Nothing{};
  if (failed) return unusable_data_dir(path, failed.value());
  if (type != fs::file_type::directory) return unusable_data_dir(path, ENOTDIR);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return unusable_data_dir(path, errno);
  return Nothing{};
}

/// For its owner only: `serve` has set the umask so.
Status make_data_dir(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) return unusable_data_dir(path, failed.value());
  return Nothing{};
}

}  // namespace

Gateway::Gateway(const Config& config, const Clock& clock, const Log& log)
    : config_(config),
      log_(log),
      loops_(loop_count(config), log),
      router_(health_.routes()),
      server_(loops_, router_, clock) {}

Gateway::~Gateway() { stop(); }

Status Gateway::check() {
  if (Status usable = check_data_dir(config_.data_dir); !usable) return usable;
  if (!config_.tls_certificate.empty()) {
    auto loaded = net::ServerTls::load({config_.tls_certificate, config_.tls_key});
    if (!loaded) return loaded.error();
    tls_ = *std::move(loaded);
  }
  return Nothing{};
}

Status Gateway::start() {
  if (Status usable = check(); !usable) return usable;
  if (Status made = make_data_dir(config_.data_dir); !made) return made;
  if (Status listening = listen(); !listening) return listening;
  health_.set_ready(true);
  return Nothing{};
}

Status Gateway::listen() {
  const Result<std::uint16_t> port = server_.listen(config_.host, config_.port, tls_.get());
  if (!port) return port.error();
  if (Status owned = listen_for_owner(); !owned) return owned;
  const bool v6 = config_.host.find(':') != std::string::npos;
  url_ = tls_ ? "https://" : "http://";
  url_.append(v6 ? "[" + config_.host + "]" : config_.host).append(":");
  url_.append(std::to_string(*port));
  log_.info("server.listening", {{"url", url_}, {"loops", loops_.size()}});
  return Nothing{};
}

/// The socket file by which the owner's own commands will reach the running gateway.  It also shows
/// that a data directory is in use.
Status Gateway::listen_for_owner() {
  const std::string path = config_.data_dir + "/omniroute.sock";
  const Status listening = server_.listen_unix(path);
  if (listening) {
    socket_path_ = path;
  } else if (listening.error().kind() == Error::Kind::conflict) {
    return Error(Error::Kind::conflict,
                 "another omniroute runs on the data directory " + config_.data_dir);
  } else {
    log_.warn("server.no_unix_socket", {{"why", listening.error().message()}});
  }
  return Nothing{};
}

void Gateway::reload() {
  if (!tls_) return;
  const Status reloaded = tls_->reload();
  if (reloaded) {
    log_.info("tls.reloaded");
  } else {
    log_.error("tls.reload_failed", {{"why", reloaded.error().message()}});
  }
}

void Gateway::stop() {
  health_.set_ready(false);
  server_.drain(config_.shutdown_time);
  if (!socket_path_.empty()) ::unlink(std::exchange(socket_path_, {}).c_str());
}

}  // namespace omni::gateway
