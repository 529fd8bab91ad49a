#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/input.h"
#include "net/wire.h"

namespace omni::net {

class ConnectionPool;

/// A connection to an origin, in use by one request or at rest in the pool.
class Connection final : private InputWatcher, private Timer {
 public:
  explicit Connection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)), input_(*wire_) {}

  Wire& wire() { return *wire_; }
  Input& input() { return input_; }
  /// It has served a request before, so the origin may have given it up in the meantime.
  bool reused() const { return reused_; }

 private:
  friend class ConnectionPool;

  // At rest, anything that comes is the end: a hang-up, or bytes that nobody asked for.
  void on_input() override;
  void on_timer() override;

  std::unique_ptr<Wire> wire_;
  Input input_;
  ConnectionPool* pool_ = nullptr;  // while at rest
  const std::string* key_ = nullptr;
  bool reused_ = false;
};

/// Connections at rest, by where they go.  The one that rested least is taken first, so that a
/// falling load lets the others grow old and go.
class ConnectionPool {
 public:
  struct Limits {
    Millis rest_max{30'000};
    std::size_t per_key_max = 256;
  };

  explicit ConnectionPool(Limits limits) : limits_(limits) {}
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// Null when none rests.
  std::unique_ptr<Connection> take(const std::string& key);
  /// Kept for `rest_max` or for as long as the limits say, whichever is shorter.
  void put(const std::string& key, std::unique_ptr<Connection> connection,
           Millis rest_max = forever);
  std::size_t size() const { return size_; }
  void clear();

 private:
  friend class Connection;
  void evict(Connection& connection);
  std::unique_ptr<Connection> take_last(const std::string& key);

  Limits limits_;
  std::map<std::string, std::vector<std::unique_ptr<Connection>>> resting_;
  std::size_t size_ = 0;
};

}  // namespace omni::net
