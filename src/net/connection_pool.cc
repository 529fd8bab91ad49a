#include "net/connection_pool.h"

#include <algorithm>

namespace omni::net {

void Connection::on_input() {
  if (pool_ != nullptr) pool_->evict(*this);
}

void Connection::on_timer() {
  if (pool_ != nullptr) pool_->evict(*this);
}

std::unique_ptr<Connection> ConnectionPool::take(const std::string& key) {
  const auto found = resting_.find(key);
  if (found == resting_.end() || found->second.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(found->second.back());
  found->second.pop_back();
  --size_;
  connection->disarm();
  connection->wire_->socket().unwatch();
  connection->pool_ = nullptr;
  connection->reused_ = true;
  return connection;
}

void ConnectionPool::put(const std::string& key, std::unique_ptr<Connection> connection) {
  const auto shelf = resting_.try_emplace(key).first;
  if (shelf->second.size() >= limits_.per_key_max || !connection->input_.empty()) return;
  connection->pool_ = this;
  connection->key_ = &shelf->first;
  Socket& socket = connection->wire_->socket();
  connection->arm(socket.loop().wheel(), limits_.rest_max);
  socket.watch(*connection);
  shelf->second.push_back(std::move(connection));
  ++size_;
}

void ConnectionPool::evict(Connection& connection) {
  const auto shelf = resting_.find(*connection.key_);
  const auto found =
      std::find_if(shelf->second.begin(), shelf->second.end(),
                   [&](const auto& candidate) { return candidate.get() == &connection; });
  shelf->second.erase(found);
  --size_;
  if (shelf->second.empty()) resting_.erase(shelf);
}

void ConnectionPool::clear() {
  resting_.clear();
  size_ = 0;
}

}  // namespace omni::net
