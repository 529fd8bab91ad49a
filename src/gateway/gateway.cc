#include "gateway/gateway.h"

#include <algorithm>
#include <filesystem>
#include <thread>

namespace omni::gateway {
namespace {

std::size_t loop_count(const Config& config) {
  if (config.threads > 0) return config.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

Status make_data_dir(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const bool made = fs::create_directories(path, failed);
  if (made) fs::permissions(path, fs::perms::owner_all, failed);
  if (failed || !fs::is_directory(path)) {
    return Error(Error::Kind::bad_request, "cannot use the data directory " + path + ": " +
                                               (failed ? failed.message() : "not a directory"));
  }
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

Status Gateway::start() {
  if (Status made = make_data_dir(config_.data_dir); !made) return made;
  if (!config_.tls_certificate.empty()) {
    auto loaded = net::ServerTls::load({config_.tls_certificate, config_.tls_key});
    if (!loaded) return loaded.error();
    tls_ = *std::move(loaded);
  }
  if (Status listening = listen(); !listening) return listening;
  health_.set_ready(true);
  return Nothing{};
}

Status Gateway::listen() {
  const Result<std::uint16_t> port = server_.listen(config_.host, config_.port, tls_.get());
  if (!port) return port.error();
  const bool v6 = config_.host.find(':') != std::string::npos;
  url_ = tls_ ? "https://" : "http://";
  url_.append(v6 ? "[" + config_.host + "]" : config_.host).append(":");
  url_.append(std::to_string(*port));
  log_.info("server.listening", {{"url", url_}, {"loops", loops_.size()}});
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
}

}  // namespace omni::gateway
