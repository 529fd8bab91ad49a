#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/gateway.h"
#include "gateway/mock/mock_service.h"
#include "gateway/selftest/visitor.h"

namespace omni::gateway::selftest {

/// A folder for its owner alone, removed with all that is in it.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> make();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

/// What everything here is made with.
struct Tools {
  const Clock& clock;
  Random& random;
  Log& log;
};

/// The mock, on a port of its own; it knows one key.
class Provider {
 public:
  static constexpr std::string_view key = "sk-of-the-selftest";

  explicit Provider(const Tools& tools);
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  Status listen();
  std::uint16_t port() const { return port_; }

 private:
  mock::MockService service_;
  net::LoopPool loops_;
  net::Server server_;
  std::uint16_t port_ = 0;
};

/// A whole gateway on a data directory of its own.  Flags, variables and files of whoever runs the
/// selftest mean nothing to it, and what it would ask of others ends at the provider.
class House {
 public:
  House(std::string data_dir, std::uint16_t provider_port, const Tools& tools);
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  Status start();
  std::uint16_t port() const { return port_; }
  const std::string& data_dir() const { return config_.data_dir; }

 private:
  const Config config_;
  Gateway gateway_;
  std::uint16_t port_ = 0;
};

/// What the checks are about.
class Stage {
 public:
  Stage(std::string folder, const Tools& tools) : folder_(std::move(folder)), tools_(tools) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// The gateway, with an account at the provider for each dialect.
  Status start();
  const Tools& tools() const { return tools_; }
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }

  House& house() { return *house_; }
  /// A second gateway, which knows nothing yet.
  Result<std::unique_ptr<House>> start_another(std::string_view name) const;
  /// Of the first one.
  Result<Heard> ask(const Question& question) { return ask(*house_, question); }
  Result<Heard> ask(const House& house, const Question& question) {
    return visitor_->ask(house.port(), question);
  }
  /// The body of an answer with a good status; of any other an error that says what was asked.
  Result<std::string> get(const House& house, const Question& question);

 private:
  Status add_account(chat::Dialect dialect);

  const std::string folder_;
  const Tools tools_;
  std::optional<Provider> provider_;
  std::unique_ptr<Visitor> visitor_;
  std::unique_ptr<House> house_;
};

/// By which the models of the provider are called where it speaks that dialect.
std::string prefix_of(chat::Dialect dialect);

Question post_json(std::string target, std::string body);

}  // namespace omni::gateway::selftest
