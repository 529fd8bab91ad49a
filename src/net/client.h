#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/body_reader.h"
#include "net/body_writer.h"
#include "net/connection_pool.h"
#include "net/connector.h"
#include "net/decompress.h"

namespace omni::net {

/// How long a call may take in each of its phases.
struct CallTimes {
  Millis connect{10'000};      // name, address, proxy and TLS together
  Millis first_byte{300'000};  // from the request's last byte to the end of the answer's head
  Millis idle{120'000};        // between two pieces of the answer
  Millis write_stall{30'000};  // the upstream takes nothing
};

/// A request to an upstream.  What it points to outlives the call.
struct Call {
  std::string_view method = "POST";
  Origin origin;
  std::string_view target = "/";  // path and query
  OutFields fields;               // without host and framing, which are made here: else refused
  std::string_view body;          // whole …
  ByteSource* source = nullptr;   // … or pulled, with the length that it announces or chunked
  const Proxy* proxy = nullptr;
  Reach reach = Reach::open;
  bool decode = false;  // ask for a compressed answer, and take the compression off
  CallTimes times;
};

/// An upstream's answer: its head is here, its body is pulled.  A redirection is an answer like any
/// other: it is never followed, for where it leads nobody has looked at.  When it was read to its
/// end the connection goes back to the pool; dropped before, the connection is closed, which is how
/// the upstream learns that nobody listens any more.
class Answer {
 public:
  Answer(ConnectionPool& pool, std::string key, std::unique_ptr<Connection> connection);
  ~Answer();
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  int status() const { return head_.status(); }
  const Fields& fields() const { return head_.fields(); }
  std::string_view field(std::string_view name) const { return head_.field(name); }
  /// The connection had served a request before this one.
  bool reused_connection() const { return connection_->reused(); }

  /// To be read to its end before the answer goes, or broken off with it.
  ByteSource& body() { return *body_; }

 private:
  friend class Client;

  ConnectionPool& pool_;
  std::string key_;
  std::unique_ptr<Connection> connection_;
  ResponseHead head_;
  std::optional<BodyReader> reader_;
  std::unique_ptr<ByteSource> decoded_;
  ByteSource* body_ = nullptr;
  bool request_sent_ = false;
};

/// Calls upstreams over pooled connections.  One a loop; it outlives the answers that it gave.  The
/// request is sent before the answer is read: an upstream that answers with an error in the middle
/// of it ends the sending, and one that begins to answer with success hears the rest first.
class Client {
 public:
  Client(Loop& loop, Resolver& resolver, ClientTls& tls, ConnectionPool::Limits limits = {})
      : connector_(loop, resolver, tls), pool_(limits) {}

  /// The answer once its head is here.  Tried a second time, on a fresh connection, only when a
  /// reused one died before a byte of the answer came and the request can be sent again.
  Task<Result<std::unique_ptr<Answer>>> send(const Call& call);

  std::size_t resting_connections() const { return pool_.size(); }
  /// To be called on the loop before it ends.
  void close() { pool_.clear(); }

 private:
  struct Attempt;
  class Listening;

  Task<Result<std::unique_ptr<Connection>>> connect(const Call& call);
  Task<Status> send_request(const Call& call, Attempt& attempt);
  Task<Status> send_body(const Call& call, Attempt& attempt, BodyWriter& writer);
  Task<Status> receive_head(const Call& call, Attempt& attempt);
  Task<Status> exchange(const Call& call, Attempt& attempt);
  Task<Status> send_and_listen(const Call& call, Attempt& attempt);
  static Status open_body(const Call& call, Answer& answer);

  Connector connector_;
  ConnectionPool pool_;
};

}  // namespace omni::net
