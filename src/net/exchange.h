#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/body_reader.h"
#include "net/body_writer.h"
#include "net/head.h"

namespace omni::net {

class Session;

/// Where a connection comes from: an address without port, or empty for a unix socket.
struct Peer {
  std::string address;
  bool encrypted = false;
};

/// Who sent a request, as far as a gate found out; gates derive what they know from it.
struct Caller {
  Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  virtual ~Caller() = default;
};

/// Hears the body of an answer as it goes out, before it is framed.
struct AnswerListener {
  AnswerListener() = default;
  AnswerListener(const AnswerListener&) = delete;
  AnswerListener& operator=(const AnswerListener&) = delete;
  virtual ~AnswerListener() = default;
  virtual void hear(std::string_view piece) = 0;
};

/// One request and the answer to it.  The handler reads what it wants of the request and answers
/// once: whole by `reply`, or piece by piece by `begin`, `write` and `finish`.  When the client
/// leaves, whatever the handler waits for fails with Error::Kind::cancelled.
class Exchange {
 public:
  Exchange(Session& session, const RequestHead& request);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const RequestHead& request() const { return request_; }
  const Peer& peer() const;
  /// The part of the path that stood for `{name}` in the route, percent-decoded.
  std::string_view param(std::string_view name) const;

  /// What the request is called in answers and logs, of visible ASCII; empty until somebody names
  /// it.
  void set_id(std::string id) { id_ = std::move(id); }
  const std::string& id() const { return id_; }
  void set_caller(std::unique_ptr<Caller> caller) { caller_ = std::move(caller); }
  const Caller* caller() const { return caller_.get(); }
  /// How an error is written that no handler has answered: a router's, a gate's, a session's.  As
  /// far as nobody says otherwise, as error_json writes it.
  using ErrorBody = std::string (*)(const Error& error, int status, std::string_view id);
  void set_error_body(ErrorBody body) { error_body_ = body; }
  std::string error_body(const Error& error, int status) const {
    return error_body_(error, status, id_);
  }
  /// Fields that go out with the answer, whoever gives it.
  OutFields& standing_fields() { return standing_fields_; }

  /// Until it goes, when somebody has to say so: null for nobody.
  void set_listener(AnswerListener* listener) { listener_ = listener; }

  /// As far as nobody says otherwise, the server's limit.
  void set_body_bytes_max(std::uint64_t bytes_max);
  ByteSource& body() { return body_; }
  /// The whole body, as far as it is allowed, with its compression taken off.
  Task<Result<std::string>> read_body();

  // By value, since the task that they give may be awaited after what was passed is gone.
  Task<Status> reply(int status, OutFields fields, std::string body);
  Task<Status> reply_json(int status, std::string json);
  /// As error_json says it, with the status that belongs to the error's kind.
  Task<Status> reply_error(const Error& error);

  /// Starts an answer.  With `length` it is sent as announced; without, it is chunked.
  Status begin(int status, const OutFields& fields,
               std::optional<std::uint64_t> length = std::nullopt);
  /// Sends the head before there is anything of the body.
  Task<Status> flush() { return writer_.flush(); }
  Task<Status> write(std::string_view piece) { return writer_.write(told(piece)); }
  Task<Status> finish(std::string_view last = {}) { return writer_.finish(told(last)); }
  bool begun() const { return writer_.begun(); }
  /// Of the answer; 0 until it has begun.
  int status() const { return status_; }

 private:
  friend class Session;
  friend class Router;

  /// The request's body: asks for it when the client waits to be asked, and takes up the watch for
  /// the client's departure after each wait.
  class Body final : public ByteSource {
   public:
    Body(Exchange& exchange, Input& input, const BodyReader::Options& options);
    Task<Result<std::string_view>> read() override;
    bool done() const override { return reader.done(); }
    std::optional<std::uint64_t> announced() const override { return reader.announced(); }
    bool acceptable() const { return announced().value_or(0) <= exchange.body_bytes_max_; }

    Exchange& exchange;
    BodyReader reader;
    bool ask_first;
  };

  void set_params(std::vector<std::pair<std::string_view, std::string>> params) {
    params_ = std::move(params);
  }
  std::string_view told(std::string_view piece) {
    if (listener_ != nullptr) listener_->hear(piece);
    return piece;
  }
  Task<Result<std::string>> read_coded_body(std::string_view coding);
  std::string head_text(int status, const OutFields& fields) const;

  Session& session_;
  const RequestHead& request_;
  Body body_;
  BodyWriter writer_;
  std::vector<std::pair<std::string_view, std::string>> params_;
  std::uint64_t body_bytes_max_;
  bool keep_alive_;
  int status_ = 0;
  std::string id_;
  ErrorBody error_body_;
  std::unique_ptr<Caller> caller_;
  OutFields standing_fields_;
  AnswerListener* listener_ = nullptr;
};

/// What answers requests.  One object for all loops: it is called on each of them.
class Service {
 public:
  virtual ~Service() = default;
  /// An error before an answer was begun is answered for the handler; after that, the connection is
  /// broken off, so that no client takes half an answer for a whole one.
  virtual Task<Status> handle(Exchange& exchange) = 0;
};

/// The HTTP status that belongs to a kind of error.
int status_of(Error::Kind kind);

}  // namespace omni::net
