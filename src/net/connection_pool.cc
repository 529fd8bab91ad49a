#include "net/connection_pool.h"

#include <algorithm>

namespace omni::net {
namespace {

constexpr std::size_t shelves_max = 256;  // beyond that, empty ones are cleared away

}  // namespace

void Connection::on_input() {
  if (pool_ == nullptr) return;
  if (input_.glance() == Input::Glance::silent) {
    wire_->socket().watch(*this);  // news that was read before it was told
  } else {
    pool_->evict(*this);
  }
}

void Connection::on_timer() {
  if (pool_ != nullptr) pool_->evict(*this);
}

std::unique_ptr<Connection> ConnectionPool::take(const std::string& key) {
  while (std::unique_ptr<Connection> connection = take_last(key)) {
    // The loop may not have come to tell us yet of a hang-up, or of bytes that are no answer.
    if (connection->input_.glance() == Input::Glance::silent) return connection;
  }
  return nullptr;
}

std::unique_ptr<Connection> ConnectionPool::take_last(const std::string& key) {
  const auto shelf = resting_.find(key);
  if (shelf == resting_.end() || shelf->second.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(shelf->second.back());
  shelf->second.pop_back();  // an empty shelf stays: most often the connection comes back
  --size_;
  connection->disarm();
  connection->wire_->socket().unwatch();
  connection->pool_ = nullptr;
  connection->reused_ = true;
  return connection;
}

void ConnectionPool::put(const std::string& key, std::unique_ptr<Connection> connection,
                         Millis rest_max) {
  rest_max = std::min(rest_max, limits_.rest_max);
  if (rest_max <= Millis{0} || !connection->input_.empty()) return;
  if (resting_.size() >= shelves_max) {
    std::erase_if(resting_, [](const auto& shelf) { return shelf.second.empty(); });
  }
  const auto shelf = resting_.try_emplace(key).first;
  if (shelf->second.size() >= limits_.per_key_max) return;
  connection->pool_ = this;
  connection->key_ = &shelf->first;
  Socket& socket = connection->wire_->socket();
  Connection& resting = *connection;
  shelf->second.push_back(std::move(connection));
  ++size_;
  resting.arm(socket.loop().wheel(), rest_max);
  socket.watch(resting);  // which may find that it is over already
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
