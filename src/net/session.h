#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "net/exchange.h"
#include "net/input.h"
#include "net/loop.h"
#include "net/tls.h"

namespace omni::net {

/// Every bound of the server's side but the size of heads, which is in head.h.
struct ServerLimits {
  std::size_t connections_max = 20'000;             // of all loops together
  std::uint64_t body_bytes_max = 10 * 1024 * 1024;  // where the route says nothing else
  Millis head_time{10'000};                         // from a request's first byte to its last field
  Millis idle_keep_alive{75'000};
  Millis write_stall{30'000};  // the client takes nothing
  Pace body_pace{Millis{30'000}, Millis{10'000}, 256};
  Millis linger_time{2'000};  // reading on after a refusal, so that the answer is not lost
  std::size_t linger_bytes_max = 1024 * 1024;
};

/// What all sessions of a loop share.
struct SessionHost {
  Loop& loop;
  Service& service;
  const ServerLimits& limits;
  const Clock& clock;
  bool draining = false;
  std::string date;  // as of `date_second`
  std::time_t date_second = 0;
};

/// One client's connection: reads requests one after the other, has each answered, and goes.
class Session final : private InputWatcher {
 public:
  Session(SessionHost& host, std::unique_ptr<Wire> wire, Peer peer)
      : host_(host), wire_(std::move(wire)), input_(*wire_), peer_(std::move(peer)) {
    wire_->set_loss(Error(Error::Kind::cancelled, "the client left"));
  }

  /// `tls`: the same wire, if hands must be shaken first.
  Task<> run(TlsWire* tls);
  /// Goes at once if nothing of a request has come, soon if half of its head has, and else after
  /// the answer.
  void drain();

  // For Exchange.
  Wire& wire() { return *wire_; }
  Input& input() { return input_; }
  const ServerLimits& limits() const { return host_.limits; }
  const Peer& peer() const { return peer_; }
  BodyReader::Options body_options() const;
  std::string_view date();
  bool may_persist() const { return !host_.draining; }
  Task<Status> send_raw(std::string_view text) {
    return wire_->write(text, host_.limits.write_stall);
  }
  /// From now on the client's departure cancels the running handler.
  void watch_client();

 private:
  enum class Arrival : std::uint8_t { request, nothing, refused };
  enum class Next : std::uint8_t { another_request, linger, close };

  void on_input() override;
  Task<Arrival> read_head();
  Task<Arrival> refuse(Refusal refusal);
  Task<Next> serve();
  Task<Next> settle(Exchange& exchange, Status outcome);
  Next reset();
  Task<Status> call_service(Exchange& exchange);
  Task<bool> skip_body(Exchange& exchange);
  Task<> linger();

  SessionHost& host_;
  std::unique_ptr<Wire> wire_;
  Input input_;
  Peer peer_;
  RequestHead head_;
  Scope* scope_ = nullptr;             // of the session
  Scope* handler_scope_ = nullptr;     // of the running handler, if one runs
  bool waiting_ = false;               // for a request or the rest of its head
  std::optional<Deadline> last_call_;  // for the rest of a head when the server stops
  bool first_ = true;
};

}  // namespace omni::net
